import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createVirtualClock, type VirtualClock } from '../../../src/testing/virtual-clock.ts';
import { webSocketStreamTransport } from '../../../src/transport/native/websocket-stream-transport.ts';
import { FakeWebSocket } from '../../tools/fake-websocket.ts';
import { FakeWebSocketStream } from '../../tools/fake-websocket-stream.ts';
import { Session } from '../conformance/session.ts';

let clock: VirtualClock;

function start(): Session {
  return new Session(webSocketStreamTransport(), 'ws://host/', { clock });
}

beforeEach(() => {
  clock = createVirtualClock();
  FakeWebSocketStream.made.length = 0;
  FakeWebSocket.made.length = 0;
  vi.stubGlobal('WebSocketStream', FakeWebSocketStream);
  vi.stubGlobal('WebSocket', FakeWebSocket);
});

describe('WebSocketStream transport: which class', () => {
  it('is the WebSocketStream where there is one, and can pause then', () => {
    const session = start();
    expect(FakeWebSocketStream.made).toHaveLength(1);
    expect(FakeWebSocket.made).toHaveLength(0);
    expect(session.transport.features).toEqual({ ping: false, pause: true, headers: false });
  });

  it.each([
    ['no WebSocketStream', undefined],
    ['the first form of it', class {}],
  ])('is the WebSocket where there is %s', (_name, found) => {
    vi.stubGlobal('WebSocketStream', found);
    const session = start();
    expect(FakeWebSocket.made).toHaveLength(1);
    expect(session.transport.features.pause).toBe(false);
  });

  it('is looked up for every attempt', () => {
    const factory = webSocketStreamTransport();
    vi.stubGlobal('WebSocketStream', undefined);
    new Session(factory, 'ws://host/', { clock });
    vi.stubGlobal('WebSocketStream', FakeWebSocketStream);
    new Session(factory, 'ws://host/', { clock });
    expect([FakeWebSocket.made.length, FakeWebSocketStream.made.length]).toEqual([1, 1]);
  });

  it('throws where there is neither', () => {
    vi.stubGlobal('WebSocketStream', undefined);
    vi.stubGlobal('WebSocket', undefined);
    expect(() => start()).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
  });
});
