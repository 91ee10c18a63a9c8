import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { TracedFrame } from '../../../src/protocol/trace.ts';
import { createVirtualClock, type VirtualClock } from '../../../src/testing/virtual-clock.ts';
import { HIGH_WATER_MARK_BYTES } from '../../../src/transport/high-water-mark.ts';
import type { NativeSocketConstructor } from '../../../src/transport/native/native-socket.ts';
import { nativeTransport } from '../../../src/transport/native/native-transport.ts';
import type { TransportRequest } from '../../../src/transport/transport.ts';
import { FakeWebSocket } from '../../tools/fake-websocket.ts';
import { Session } from '../conformance/session.ts';

let clock: VirtualClock;

function start(changes: Partial<TransportRequest> = {}): { session: Session; socket: FakeWebSocket } {
  const factory = nativeTransport({ WebSocket: FakeWebSocket });
  const session = new Session(factory, 'ws://host/path?token=secret', {
    clock,
    handshakeTimeout: 10_000,
    closeTimeout: 5000,
    ...changes,
  });
  return { session, socket: FakeWebSocket.last() };
}

function opened(changes?: Partial<TransportRequest>): { session: Session; socket: FakeWebSocket } {
  const made = start(changes);
  made.socket.open();
  return made;
}

function closureOf(session: Session) {
  expect(session.breaches).toEqual([]);
  const last = session.told.at(-1);
  return last?.type === 'close' ? last.closure : undefined;
}

/** Nothing may be left behind, whatever the platform does afterwards. */
function expectClean({ session, socket }: { session: Session; socket: FakeWebSocket }): void {
  const told = session.told.length;
  expect(clock.pendingTimers).toBe(0);
  expect(socket.listeners).toBe(0);
  socket.onerror?.({});
  socket.end(1000);
  expect(session.told).toHaveLength(told);
  expect(session.breaches).toEqual([]);
}

beforeEach(() => {
  clock = createVirtualClock();
  FakeWebSocket.made.length = 0;
});

describe('native transport: setting up', () => {
  it('hands over the normalised URL and the subprotocols, and asks for ArrayBuffers', () => {
    const { socket } = start({ protocols: ['a', 'b'] });
    expect(socket.url).toBe('ws://host/path?token=secret');
    expect(socket.protocols).toEqual(['a', 'b']);
    expect(socket.binaryType).toBe('arraybuffer');
  });

  it('looks the global class up for every connection', () => {
    const session = () => new Session(nativeTransport(), 'ws://host/', { clock });
    vi.stubGlobal('WebSocket', undefined);
    expect(session).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
    vi.stubGlobal('WebSocket', FakeWebSocket);
    session();
    expect(FakeWebSocket.made).toHaveLength(1);
  });

  it('makes a thrown error of the platform a UsageError without the query', () => {
    class Refusing extends FakeWebSocket {
      constructor(url: string) {
        super(url);
        throw new DOMException(`blocked: ${url}`, 'SecurityError');
      }
    }
    const connect = () =>
      new Session(nativeTransport({ WebSocket: Refusing }), 'ws://host/path?token=secret', { clock });
    expect(connect).toThrow(
      expect.objectContaining({
        code: 'INVALID_URL',
        message: expect.stringContaining('SecurityError'),
      }),
    );
    expect(connect).toThrow(expect.not.objectContaining({ message: expect.stringContaining('secret') }));
    expect(connect).toThrow(expect.not.objectContaining({ cause: expect.anything() }));
  });

  it.each([
    ['An insecure connection may not be made from a page loaded over HTTPS.', true],
    ["The subprotocol 'secret' is invalid.", false],
    ['Cannot open /path?token=1.', false],
    ['Cannot open ws://host/.', false],
  ])('keeps the own text of the platform unless it may hold a secret: %s', (text, isKept) => {
    class Refusing {
      constructor() {
        throw new DOMException(text, 'SecurityError');
      }
    }
    const WebSocket = Refusing as unknown as NativeSocketConstructor;
    const connect = () =>
      new Session(nativeTransport({ WebSocket }), 'ws://host/path?token=1', { clock, protocols: ['secret'] });
    expect(connect).toThrow(
      expect.objectContaining({ reason: isKept ? `SecurityError: ${text}` : 'SecurityError' }),
    );
  });

  it('refuses headers before anything is opened', () => {
    expect(() => start({ headers: [['Cookie', 'secret']] })).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED' }),
    );
    expect(FakeWebSocket.made).toHaveLength(0);
  });

  it('says what it cannot do', () => {
    const { session } = start();
    expect(session.transport.features).toEqual({ ping: false, pause: false, headers: false });
    session.transport.ping();
    session.transport.pause();
    session.transport.resume();
    expect(session.told).toEqual([]);
  });
});

describe('native transport: a handshake that fails', () => {
  it('ends on `error` alone, as Node 20 and 22 fire it', () => {
    const { session, socket } = start();
    const cause = new Error('refused');
    socket.onerror?.({ error: cause });
    expect(closureOf(session)).toMatchObject({
      code: 1006,
      wasClean: false,
      error: { name: 'HandshakeError', code: 'HANDSHAKE_OPAQUE', cause },
    });
    expect(closureOf(session)?.error?.message).toContain('ws://host/path ');
    expectClean({ session, socket });
  });

  it('keeps an error of the platform to itself that quotes the URL, as Bun’s does', () => {
    const { session, socket } = start();
    socket.onerror?.({ error: new Error("'ws://host/path?token=secret' failed") });
    const error = closureOf(session)?.error;
    expect(error).toMatchObject({ code: 'HANDSHAKE_OPAQUE' });
    expect(error).not.toHaveProperty('cause');
    expectClean({ session, socket });
  });

  it('ends on `close` alone', () => {
    const { session, socket } = start();
    socket.end(1006);
    expect(closureOf(session)?.error).toMatchObject({ code: 'HANDSHAKE_OPAQUE' });
    expectClean({ session, socket });
  });

  it('ends at the deadline when no event comes at all, not before', async () => {
    const { session, socket } = start();
    await clock.advance(9999);
    expect(session.told).toEqual([]);
    await clock.advance(1);
    expect(closureOf(session)).toMatchObject({ code: 1006, error: { code: 'TIMEOUT' } });
    expect(socket.closeCalls).toEqual([[]]);
    expectClean({ session, socket });
  });

  it('has no deadline with a handshakeTimeout of 0', () => {
    start({ handshakeTimeout: 0 });
    expect(clock.pendingTimers).toBe(0);
  });

  it('forgets the deadline once open, and a second open', () => {
    const { session, socket } = opened();
    expect(clock.pendingTimers).toBe(0);
    socket.onopen?.();
    expect(session.types).toEqual(['open']);
  });

  it.each(['close', 'abandon'] as const)('%s before open ends in a later task', async (verb) => {
    const { session, socket } = start();
    session.transport[verb]();
    session.transport[verb]();
    session.transport.abandon();
    expect(session.told).toEqual([]);
    expect(socket.closeCalls).toEqual([[]]);
    await clock.advance(0);
    expect(closureOf(session)?.error?.code).toBe('HANDSHAKE_ABORTED');
    expectClean({ session, socket });
  });
});

describe('native transport: an open connection', () => {
  it('tells the subprotocol and extensions of the answer', () => {
    const { session, socket } = start();
    socket.protocol = 'chat';
    socket.extensions = 'permessage-deflate';
    socket.open();
    expect(session.told).toEqual([
      { type: 'open', info: { protocol: 'chat', extensions: 'permessage-deflate' } },
    ]);
  });

  it('tells messages and counts their bytes, an empty one too', () => {
    const { session, socket } = opened();
    const counts = ['abc', '', new Uint8Array([1, 2]).buffer].map((data) => {
      socket.onmessage?.({ data });
      return session.transport.bytesReceived;
    });
    expect(session.messages).toEqual(['abc', '', new Uint8Array([1, 2])]);
    expect(counts).toEqual([5, 7, 11]);
  });

  it('does not send when the platform is already closing, though no event has come', () => {
    const { session, socket } = opened();
    socket.readyState = 2;
    expect(session.transport.send('late')).toBe(false);
    expect(socket.sent).toEqual([]);
  });

  it('traces messages in both directions', () => {
    const frames: string[] = [];
    const trace = ({ direction, opcode, length }: TracedFrame) =>
      frames.push(`${direction} ${opcode} ${length}`);
    const { session, socket } = opened({ trace });
    session.transport.send('ü');
    socket.onmessage?.({ data: new ArrayBuffer(3) });
    expect(frames).toEqual(['out 1 2', 'in 2 3']);
  });

  it('watches the buffer only while it is above the mark, and tells drain once', async () => {
    const { session, socket } = opened();
    session.transport.send('a');
    expect(clock.pendingTimers).toBe(0);
    socket.bufferedAmount = HIGH_WATER_MARK_BYTES + 1;
    session.transport.send('b');
    session.transport.send('c');
    expect(clock.pendingTimers).toBe(1);
    await clock.advance(1000);
    expect(session.types).toEqual(['open']);
    socket.bufferedAmount = HIGH_WATER_MARK_BYTES;
    await clock.advance(20);
    expect(session.types).toEqual(['open', 'drain']);
    expect(clock.pendingTimers).toBe(0);
    expect(session.transport.bufferedAmount).toBe(HIGH_WATER_MARK_BYTES);
  });

  it('stops watching the buffer when the connection ends', () => {
    const { session, socket } = opened();
    socket.bufferedAmount = HIGH_WATER_MARK_BYTES + 1;
    session.transport.send('a');
    socket.end(1006);
    expectClean({ session, socket });
  });

  it('tells the end that `close` alone brings', () => {
    const { session, socket } = opened();
    socket.end(1011, 'oops', true);
    expect(closureOf(session)).toEqual({
      code: 1011,
      reason: 'oops',
      wasClean: true,
      received: { code: 1011, reason: 'oops' },
      sent: undefined,
      error: undefined,
    });
    expectClean({ session, socket });
  });

  it('waits for `close` after `error`, and tells what it says', () => {
    const { session, socket } = opened();
    socket.onerror?.({});
    expect(session.transport.send('late')).toBe(false);
    expect(session.types).toEqual(['open']);
    socket.end(1006);
    expect(closureOf(session)).toMatchObject({
      code: 1006,
      received: undefined,
      error: { code: 'CONNECTION_LOST' },
    });
    expectClean({ session, socket });
  });

  it('takes a close with code 0, as Deno tells a broken line, for 1006', () => {
    const { session, socket } = opened();
    socket.end(0, '', false);
    expect(closureOf(session)).toMatchObject({
      code: 1006,
      received: undefined,
      error: { code: 'CONNECTION_LOST' },
    });
    expectClean({ session, socket });
  });

  it('ends after closeTimeout when `error` comes without `close`', async () => {
    const { session, socket } = opened();
    const cause = new Error('reset');
    socket.onerror?.({ error: cause });
    socket.onerror?.({ error: cause });
    await clock.advance(5000);
    expect(closureOf(session)).toMatchObject({ code: 1006, error: { code: 'CONNECTION_LOST', cause } });
    expectClean({ session, socket });
  });

  it('abandons in a later task and tells nothing that comes in between', async () => {
    const { session, socket } = opened();
    session.transport.abandon();
    socket.onmessage?.({ data: 'late' });
    expect(session.types).toEqual(['open']);
    await clock.advance(0);
    expect(closureOf(session)).toMatchObject({ code: 1006, error: { code: 'CONNECTION_LOST' } });
    session.transport.abandon();
    expectClean({ session, socket });
  });
});

describe('native transport: closing', () => {
  it('passes code and reason on, or nothing at all', () => {
    const one = opened();
    one.session.transport.close();
    expect(one.socket.closeCalls).toEqual([[]]);
    one.socket.end(1005);
    const other = opened();
    other.session.transport.close(4000, 'bye');
    expect(other.socket.closeCalls).toEqual([[4000, 'bye']]);
    other.socket.end(4000, 'bye');
    expect(closureOf(other.session)).toMatchObject({
      code: 4000,
      wasClean: true,
      sent: { code: 4000, reason: 'bye' },
    });
    expectClean(other);
  });

  it('delivers nothing while closing, but counts it as life', () => {
    const { session, socket } = opened();
    session.transport.close();
    socket.onmessage?.({ data: 'late' });
    expect(session.types).toEqual(['open']);
    expect(session.transport.bytesReceived).toBeGreaterThan(0);
  });

  it('ends after closeTimeout when the platform never finishes, as Node 24 does', async () => {
    const { session, socket } = opened();
    session.transport.close(1000, 'bye');
    session.transport.close(4000);
    await clock.advance(4999);
    expect(session.types).toEqual(['open']);
    await clock.advance(1);
    expect(closureOf(session)).toMatchObject({
      code: 1006,
      wasClean: false,
      sent: { code: 1000, reason: 'bye' },
      error: { code: 'CLOSE_TIMEOUT', sent: { code: 1000, reason: 'bye' } },
    });
    expectClean({ session, socket });
  });

  it('waits until Blobs have left, for Node lets its Close frame overtake them', async () => {
    const { session, socket } = opened();
    socket.bufferedAmount = 5;
    session.transport.send(new Blob(['12345']));
    session.transport.close(1000);
    await clock.advance(100);
    expect(socket.closeCalls).toEqual([]);
    socket.bufferedAmount = 0;
    await clock.advance(20);
    expect(socket.closeCalls).toEqual([[1000, undefined]]);
    socket.end(1000);
    expectClean({ session, socket });
  });

  it('does not wait for Blobs that never leave', async () => {
    const { session, socket } = opened();
    socket.bufferedAmount = 5;
    session.transport.send(new Blob(['12345']));
    session.transport.close();
    await clock.advance(5000);
    expect(closureOf(session)?.error?.code).toBe('CLOSE_TIMEOUT');
    expectClean({ session, socket });
  });
});
