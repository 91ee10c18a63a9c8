import { expect, it } from 'vitest';
import { checkClose, checkRequest } from '../../../src/transport/native/check-request.ts';

const request = (url: string, protocols: readonly string[] = []) => ({ url, protocols }) as never;

it('takes what the platform takes', () => {
  checkRequest(request('wss://a.test/', ['v1']));
  checkClose(1000, 'bye');
  checkClose(undefined, undefined);
});

it('refuses with a reason what the platform would refuse without one', () => {
  expect(() => checkRequest(request('ftp://a.test'))).toThrow(
    expect.objectContaining({ code: 'INVALID_URL' }),
  );
  expect(() => checkRequest(request('wss://a.test', ['a b']))).toThrow(
    expect.objectContaining({ code: 'INVALID_SUBPROTOCOL' }),
  );
  expect(() => checkClose(1001, '')).toThrow(expect.objectContaining({ code: 'INVALID_CLOSE' }));
});
