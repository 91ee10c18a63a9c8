import { describe, expect, it } from 'vitest';
import * as production from '../../../src/transport/native/check-request.production.ts';
import { checkClose, checkRequest } from '../../../src/transport/native/check-request.ts';
import type { TransportRequest } from '../../../src/transport/transport.ts';

const request = (given: Partial<TransportRequest>): TransportRequest =>
  ({ url: 'ws://x/', protocols: [], ...given }) as TransportRequest;

describe('what a platform would refuse without a word', () => {
  it('is refused by name', () => {
    expect(() => checkRequest(request({ url: 'ftp://x/' }))).toThrow(
      expect.objectContaining({ code: 'INVALID_URL', detail: 'scheme' }),
    );
    expect(() => checkRequest(request({ protocols: ['a', 'a'] }))).toThrow(
      expect.objectContaining({ code: 'INVALID_SUBPROTOCOL', detail: 'repeated' }),
    );
    expect(() => checkClose(1006, undefined)).toThrow(expect.objectContaining({ code: 'INVALID_CLOSE' }));
  });

  it('is left to the platform in a production build', () => {
    expect(() => production.checkRequest(request({ url: 'ftp://x/' }))).not.toThrow();
    expect(() => production.checkClose(1006, undefined)).not.toThrow();
  });
});
