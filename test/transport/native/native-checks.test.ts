import { describe, expect, it } from 'vitest';
import { checkClose, checkRequest } from '../../../src/transport/native/native-checks.ts';
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
});
