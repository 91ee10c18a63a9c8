import { beforeEach, describe, expect, it, vi } from 'vitest';
import { deferred } from '../../../src/base/deferred.ts';
import type { Closure } from '../../../src/protocol/closure.ts';
import { createVirtualClock, type VirtualClock } from '../../../src/testing/virtual-clock.ts';
import { HIGH_WATER_MARK_BYTES } from '../../../src/transport/high-water-mark.ts';
import { webSocketStreamTransport } from '../../../src/transport/native/websocket-stream-transport.ts';
import type { TransportRequest } from '../../../src/transport/transport.ts';
import { FakeWebSocketStream } from '../../tools/fake-websocket-stream.ts';
import { Session } from '../conformance/session.ts';

let clock: VirtualClock;

interface Pair {
  readonly session: Session;
  readonly stream: FakeWebSocketStream;
}

function start(changes: Partial<TransportRequest> = {}): Pair {
  const session = new Session(webSocketStreamTransport(), 'ws://host/path?token=secret', {
    clock,
    handshakeTimeout: 10_000,
    closeTimeout: 5000,
    ...changes,
  });
  return { session, stream: FakeWebSocketStream.last() };
}

async function opened(changes?: Partial<TransportRequest>): Promise<Pair> {
  const pair = start(changes);
  pair.stream.open();
  await settled();
  expect(pair.session.types).toEqual(['open']);
  return pair;
}

/** Promises have run. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function closureOf(session: Session): Closure | undefined {
  expect(session.breaches).toEqual([]);
  const last = session.told.at(-1);
  return last?.type === 'close' ? last.closure : undefined;
}

const bytes = (...values: number[]): Uint8Array<ArrayBuffer> => new Uint8Array(values);

beforeEach(() => {
  clock = createVirtualClock();
  FakeWebSocketStream.made.length = 0;
  vi.stubGlobal('WebSocketStream', FakeWebSocketStream);
});

describe('WebSocketStream as a WebSocket: opening', () => {
  it('hands over URL and subprotocols, and tells what was agreed on', async () => {
    const { session, stream } = start({ protocols: ['a', 'b'] });
    expect([stream.url, stream.protocols]).toEqual(['ws://host/path?token=secret', ['a', 'b']]);
    stream.open('b', 'permessage-deflate');
    const { info } = await session.until('open');
    expect(info).toMatchObject({ protocol: 'b', extensions: 'permessage-deflate' });
    expect(clock.pendingTimers).toBe(0);
  });

  it('tells a refusal, once', async () => {
    const { session, stream } = start();
    const cause = new Error('WebSocket closed before handshake complete.');
    stream.refuse(cause);
    await settled();
    expect(session.types).toEqual(['close']);
    expect(closureOf(session)).toMatchObject({
      code: 1006,
      wasClean: false,
      error: { name: 'HandshakeError', code: 'HANDSHAKE_OPAQUE', cause },
    });
    expect(clock.pendingTimers).toBe(0);
  });

  it('gives up at the deadline, and closes what opens after it', async () => {
    const { session, stream } = start();
    await clock.advance(10_000);
    expect(closureOf(session)?.error?.code).toBe('TIMEOUT');
    expect(stream.closeCalls).toHaveLength(1);
    stream.open();
    await settled();
    stream.receive('late');
    await settled();
    expect(session.types).toEqual(['close']);
    expect(stream.held).toEqual(['late']);
  });

  it.each(['close', 'abandon'] as const)('%s gives it up', async (verb) => {
    const { session, stream } = start();
    session.transport[verb]();
    expect(stream.closeCalls).toEqual([[]]);
    await clock.advance(0);
    stream.refuse(new Error('closed'));
    await settled();
    expect(session.types).toEqual(['close']);
    expect(closureOf(session)?.error?.code).toBe('HANDSHAKE_ABORTED');
  });
});

describe('WebSocketStream as a WebSocket: messages', () => {
  it('come as text and bytes, whichever kind of bytes the platform gives', async () => {
    const { session, stream } = await opened();
    stream.receive('text', bytes(1, 2).buffer, bytes(3));
    await settled();
    expect(session.messages).toEqual(['text', bytes(1, 2), bytes(3)]);
    expect(session.transport.bytesReceived).toBe(3 * 2 + 4 + 2 + 1);
    expect(session.transport.heardAt).toBeCloseTo(clock.now(), -2);
  });

  it('go on when a tracer throws, which is reported', async () => {
    const queued: (() => void)[] = [];
    vi.stubGlobal('queueMicrotask', (report: () => void) => queued.push(report));
    const fault = new Error('a bad tracer');
    const { session, stream } = await opened({
      trace: ({ length }) => {
        if (length === 1) throw fault;
      },
    });
    stream.receive('a', 'next');
    await settled();
    expect(session.messages).toEqual(['next']);
    expect(queued).toHaveLength(1);
    expect(queued[0]).toThrow(fault);
  });

  it('leave in order, as they were when they were given, Blobs too', async () => {
    const { session, stream } = await opened();
    const changed = bytes(1);
    const { transport } = session;
    transport.send('text');
    transport.send(new Blob(['blob']));
    transport.send(changed);
    changed[0] = 9;
    expect(transport.bufferedAmount).toBe(9);
    await expect.poll(() => stream.sent.length).toBe(3);
    expect(stream.sent).toEqual(['text', new TextEncoder().encode('blob').buffer, bytes(1)]);
    await settled();
    expect(transport.bufferedAmount).toBe(0);
    expect(transport.bytesSent).toBe(9);
  });

  it('count until the platform has taken them, and drain is told once it has', async () => {
    const { session, stream } = await opened();
    stream.stalled = deferred();
    const chunk = new Uint8Array(HIGH_WATER_MARK_BYTES);
    session.transport.send(chunk);
    session.transport.send(chunk);
    await settled();
    expect(session.transport.bufferedAmount).toBe(2 * HIGH_WATER_MARK_BYTES);
    await clock.advance(100);
    expect(session.types).toEqual(['open']);
    stream.stalled.resolve();
    await settled();
    await clock.advance(100);
    expect(session.types).toEqual(['open', 'drain']);
  });

  it('that the platform refuses end the connection, and those behind it do not leave', async () => {
    const { session, stream } = await opened();
    stream.stalled = deferred();
    session.transport.send('one');
    session.transport.send('two');
    await settled();
    const cause = new Error('Cannot write to a closed WebSocketStream.');
    stream.stalled.reject(cause);
    stream.stalled = undefined;
    await settled();
    expect(session.transport.send('three')).toBe(false);
    expect(stream.sent).toEqual([]);
    expect(stream.closeCalls).toEqual([[]]);
    await clock.advance(5000);
    expect(closureOf(session)).toMatchObject({ code: 1006, error: { code: 'CONNECTION_LOST', cause } });
  });

  it('end the connection when a Blob cannot be read', async () => {
    const { session, stream } = await opened();
    const blob = new Blob(['gone']);
    const cause = new Error('The file is gone.');
    blob.arrayBuffer = () => Promise.reject(cause);
    session.transport.send(blob);
    session.transport.send('behind it');
    await settled();
    stream.lose();
    await settled();
    expect(stream.sent).toEqual([]);
    expect(closureOf(session)).toMatchObject({ code: 1006, error: { code: 'CONNECTION_LOST' } });
  });
});

describe('WebSocketStream as a WebSocket: pause', () => {
  it('leaves what the server sends with the server, and resume takes it', async () => {
    const { session, stream } = await opened();
    session.transport.pause();
    stream.receive(...'abcd');
    await settled();
    // One reading had begun already.
    expect(session.messages).toEqual(['a']);
    expect(stream.held).toEqual(['b', 'c', 'd']);
    session.transport.resume();
    await settled();
    expect(session.messages).toEqual(['a', 'b', 'c', 'd']);
  });

  it('within the callback of a message holds the next', async () => {
    const { session, stream } = await opened();
    session.onTold = ({ type }) => type === 'text' && session.transport.pause();
    stream.receive(...'abc');
    await settled();
    expect(session.messages).toEqual(['a']);
    session.transport.resume();
    await settled();
    expect(session.messages).toEqual(['a', 'b']);
  });

  it('before the opening holds the first', async () => {
    const { session, stream } = start();
    session.transport.pause();
    stream.open();
    await settled();
    stream.receive('a');
    await settled();
    expect(session.types).toEqual(['open']);
  });

  it('does not keep the end from being told, after what came before it', async () => {
    const { session, stream } = await opened();
    session.onTold = ({ type }) => type === 'text' && session.transport.pause();
    stream.receive(...'ab');
    await settled();
    stream.endUnread(1001, 'restart');
    await settled();
    expect(session.types).toEqual(['open', 'text', 'text', 'close']);
  });

  it.each(['close', 'abandon'] as const)('does not keep %s from reading to the end', async (verb) => {
    const { session, stream } = await opened();
    session.transport.pause();
    stream.receive(...'abc');
    await settled();
    session.transport[verb]();
    await settled();
    expect(stream.held).toEqual([]);
    expect(session.messages).toEqual(['a']);
  });
});

describe('WebSocketStream as a WebSocket: the end', () => {
  it.each([
    [undefined, undefined, {}, { code: 1005, reason: '' }],
    [4001, 'bye', { closeCode: 4001, reason: 'bye' }, { code: 4001, reason: 'bye' }],
    [1000, undefined, { closeCode: 1000, reason: '' }, { code: 1000, reason: '' }],
  ])('closes with %s %s', async (code, reason, info, frame) => {
    const { session, stream } = await opened();
    session.transport.close(code, reason);
    await settled();
    expect(stream.closeCalls).toEqual([[info]]);
    stream.end(frame.code, frame.reason);
    await settled();
    expect(closureOf(session)).toEqual({
      ...frame,
      wasClean: true,
      sent: frame,
      received: frame,
      error: undefined,
    });
    expect(clock.pendingTimers).toBe(0);
  });

  it('closes behind what was handed over, and without a code that cannot be sent', async () => {
    const { session, stream } = await opened();
    stream.refusesCodes = true;
    stream.stalled = deferred();
    session.transport.send('last words');
    session.transport.close(4000);
    await settled();
    expect(stream.closeCalls).toEqual([]);
    stream.stalled.resolve();
    await settled();
    expect(stream.sent).toEqual(['last words']);
    expect(stream.closeCalls).toEqual([[{ closeCode: 4000, reason: '' }], []]);
  });

  it('closes when what was handed over cannot leave', async () => {
    const { session, stream } = await opened();
    stream.stalled = deferred();
    session.transport.send('never');
    session.transport.close(4000);
    stream.stalled.reject(new Error('broken'));
    await settled();
    expect(stream.closeCalls).toEqual([[{ closeCode: 4000, reason: '' }]]);
  });

  it('gives up after closeTimeout, though a message never leaves', async () => {
    const { session, stream } = await opened();
    stream.stalled = deferred();
    session.transport.send('never');
    session.transport.close(1000);
    await clock.advance(5000);
    expect(closureOf(session)?.error?.code).toBe('CLOSE_TIMEOUT');
    expect(stream.closeCalls).toEqual([[]]);
  });

  it('tells what the server closes with, after its messages', async () => {
    const { session, stream } = await opened();
    stream.receive('last words');
    stream.end(4401, 'token expired');
    await settled();
    expect(session.types).toEqual(['open', 'text', 'close']);
    expect(closureOf(session)).toMatchObject({ code: 4401, reason: 'token expired', wasClean: true });
  });

  it('tells a connection that was lost', async () => {
    const { session, stream } = await opened();
    stream.lose();
    await settled();
    expect(closureOf(session)).toMatchObject({
      code: 1006,
      wasClean: false,
      error: { code: 'CONNECTION_LOST', detail: 'network' },
    });
    expect(clock.pendingTimers).toBe(0);
  });

  it('ends when reading fails and the platform says nothing more', async () => {
    const { session, stream } = await opened();
    const cause = new Error('decoding failed');
    stream.breakReading(cause);
    await settled();
    expect(stream.closeCalls).toEqual([[]]);
    await clock.advance(5000);
    expect(closureOf(session)).toMatchObject({ code: 1006, error: { code: 'CONNECTION_LOST', cause } });
  });

  it('abandons at once, and tells nothing that comes afterwards', async () => {
    const { session, stream } = await opened();
    stream.stalled = deferred();
    session.transport.send('never');
    session.transport.abandon();
    expect(stream.closeCalls).toEqual([[]]);
    stream.receive('late');
    await settled();
    await clock.advance(0);
    expect(session.types).toEqual(['open', 'close']);
    expect(closureOf(session)?.error).toMatchObject({ code: 'CONNECTION_LOST', detail: 'abandoned' });
    stream.lose();
    await settled();
    expect(session.types).toEqual(['open', 'close']);
    expect(clock.pendingTimers).toBe(0);
  });
});
