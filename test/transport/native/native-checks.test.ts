import { describe, expect, it } from 'vitest';
import { checkNativeClose, checkNativeRequest } from '../../../src/transport/native/native-checks.ts';
import { nativeTransport } from '../../../src/transport/native/native-transport.ts';
import type { TransportRequest } from '../../../src/transport/transport.ts';

const request = (given: Partial<TransportRequest>): TransportRequest =>
  ({ url: 'ws://x/', protocols: [], ...given }) as TransportRequest;

describe('what a platform would refuse without a word', () => {
  it('is refused by name', () => {
    expect(() => checkNativeRequest(request({ url: 'ftp://x/' }))).toThrow(
      expect.objectContaining({ code: 'INVALID_URL', detail: 'scheme' }),
    );
    expect(() => checkNativeRequest(request({ protocols: ['a', 'a'] }))).toThrow(
      expect.objectContaining({ code: 'INVALID_SUBPROTOCOL', detail: 'repeated' }),
    );
    expect(() => checkNativeClose(1006, undefined)).toThrow(
      expect.objectContaining({ code: 'INVALID_CLOSE' }),
    );
  });
});

it('an option that there is not, or a class that is none, is refused', () => {
  expect(() => nativeTransport({ Websocket: class {} } as object)).toThrow(
    'The option Websocket of nativeTransport is unknown. Did you mean WebSocket?',
  );
  expect(() => nativeTransport({ WebSocket: 'ws' as never })).toThrow(
    'The option WebSocket of nativeTransport must be a function. It is "ws".',
  );
});
