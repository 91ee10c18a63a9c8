// What comes when: one task an event, states that change only there, and the amounts and ends that follow from it.
import v8 from 'node:v8';
import vm from 'node:vm';
import { afterEach, describe, expect, inject, it, vi } from 'vitest';
import { WebSocket, type WebSocketOptions } from '../../../../src/transport/tcp/whatwg/websocket.ts';
import type {
  CloseEvent,
  SocketMessageEvent,
  SocketPongEvent,
} from '../../../../src/transport/tcp/whatwg/websocket-events.ts';
import { type RawServer, startRawServer } from '../../../tools/raw-server.ts';
import {
  BINARY,
  closeFrame,
  PING,
  serverFrame,
  switchingProtocols,
  TEXT,
} from '../../../tools/server-frame.ts';
import { logEvents, nextEvent, nextTask } from '../../../tools/socket-events.ts';

const PONG = 10;
const ALL = ['open', 'message', 'error', 'close', 'pong'];

const url = inject('conformanceUrl');
const sockets: WebSocket[] = [];
const servers: RawServer[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

function connect(address: string, options?: WebSocketOptions): WebSocket {
  // Most of these servers never end the TCP connection: nobody has to wait for it.
  const socket = new WebSocket(address, [], { closeTimeout: 1_000, ...options });
  sockets.push(socket);
  return socket;
}

async function open(path = '/echo', options?: WebSocketOptions): Promise<WebSocket> {
  const socket = connect(url + path, options);
  await nextEvent(socket, 'open');
  return socket;
}

/** Connects to a server whose answer has `frames` behind it in the same segment. */
async function connectToFrames(frames: readonly Buffer[], options?: WebSocketOptions): Promise<WebSocket> {
  const server = await startRawServer((request) => Buffer.concat([switchingProtocols(request), ...frames]));
  servers.push(server);
  return connect(server.url, options);
}

describe('WebSocket: one task an event (#114)', () => {
  it('lets promise reactions run between any two events, though all bytes came at once (#114)', async () => {
    const socket = await connectToFrames([
      serverFrame(TEXT, 'one'),
      serverFrame(PONG, 'unasked'),
      serverFrame(TEXT, 'two'),
      closeFrame(1000),
    ]);
    const log = logEvents(socket, ALL);
    await nextEvent(socket, 'close');
    await nextTask();
    const expected = ['open', 'message one', 'pong', 'message two', 'close'];
    expect(log).toEqual(expected.flatMap((entry) => [entry, 'microtask']));
  });

  it('loses no message that came with the answer, to a reader who awaits "open" first (#39, #114)', async () => {
    const socket = await open('/push-with-101');
    const { data } = await nextEvent<SocketMessageEvent>(socket, 'message');
    expect(data).toBe('first');
  });

  it('is OPEN until every message before the server’s Close is delivered, then CLOSING, then CLOSED', async () => {
    const socket = await connectToFrames([serverFrame(TEXT, 'last'), closeFrame(4000, 'over')]);
    expect(socket.readyState).toBe(0);
    const states: number[] = [];
    for (const type of ['open', 'message', 'close']) {
      socket.addEventListener(type, () => states.push(socket.readyState));
    }
    await nextEvent(socket, 'message');
    await nextTask();
    expect([...states, socket.readyState]).toEqual([1, 1, 2]);
    await nextEvent(socket, 'close');
    expect(states).toEqual([1, 1, 3]);
  });

  it.each([
    ['close', (socket: WebSocket) => socket.close()],
    ['terminate', (socket: WebSocket) => socket.terminate()],
  ])('delivers nothing after %s, not even what has been read already (#113)', async (_, end) => {
    const socket = await connectToFrames([serverFrame(TEXT, 'one'), serverFrame(BINARY, 'two')]);
    const log = logEvents(socket, ['message']);
    socket.addEventListener('message', () => end(socket), { once: true });
    await nextEvent(socket, 'message');
    await nextTask();
    expect(log).toEqual(['message one', 'microtask']);
    expect(socket.readyState).toBe(2);
  });

  it('does not open once close() was called, though the answer had come (#108)', async () => {
    // The tracer sees the Ping behind the answer before the task of `open` can run.
    const trace = vi.fn(() => socket.close());
    const socket: WebSocket = await connectToFrames([serverFrame(PING), closeFrame(1000)], { trace });
    const log = logEvents(socket, ALL);
    const { code, wasClean } = await nextEvent<CloseEvent>(socket, 'close');
    expect(trace).toHaveBeenCalled();
    expect([code, wasClean]).toEqual([1006, false]);
    expect(log.filter((entry) => entry !== 'microtask')).toEqual(['error', 'close']);
  });

  it.each([
    '/refuse?status=503',
    '/wrong-accept',
    '/garbage',
    '/bad-utf8',
    '/foreign-subprotocol',
    '/reset-handshake',
  ])('fails by "error" and then "close", each once, at %s (#84, #114)', async (path) => {
    const socket = connect(url + path);
    const failing = ['error', 'close'];
    const log = logEvents(socket, failing);
    const { code, wasClean, error } = await nextEvent<CloseEvent>(socket, 'close');
    expect([code, wasClean]).toEqual([1006, false]);
    expect(error).toBeInstanceOf(Error);
    socket.close();
    socket.terminate();
    await nextTask();
    // Both in one task, as the standard has it.
    expect(log.filter((entry) => entry !== 'microtask')).toEqual(failing);
  });

  it('fails when subprotocols were offered and the answer names none (#105)', async () => {
    const server = await startRawServer();
    servers.push(server);
    const socket = new WebSocket(server.url, ['chat']);
    sockets.push(socket);
    const { code, error } = await nextEvent<CloseEvent>(socket, 'close');
    expect([code, error?.code]).toEqual([1006, 'HANDSHAKE_PROTOCOL']);
  });
});

describe('WebSocket: listeners that do as they please', () => {
  it('may close and connect again inside their own event (attack 26)', async () => {
    const socket = connect(`${url}/echo`);
    const again = new Promise<WebSocket>((resolve) => {
      socket.onopen = () => socket.close(1000);
      socket.onclose = () => resolve(connect(`${url}/echo`));
    });
    const second = await again;
    expect([socket.readyState, second.readyState]).toEqual([3, 0]);
    await nextEvent(second, 'open');
    second.send('works');
    expect((await nextEvent<SocketMessageEvent>(second, 'message')).data).toBe('works');
  });

  it('may close again in "close", and nothing more happens (#108)', async () => {
    const socket = await open();
    const onclose = vi.fn(() => {
      socket.close();
      socket.terminate();
      socket.ping();
      socket.send('late');
    });
    socket.onclose = onclose;
    socket.close();
    socket.close(1000, 'again');
    await nextEvent(socket, 'close');
    await nextTask();
    expect(onclose).toHaveBeenCalledTimes(1);
    expect(socket.bufferedAmount).toBe(4);
  });
});

describe('WebSocket: sending', () => {
  it('sends what was queued before close(), Blobs too, and then the Close (#109)', async () => {
    const id = crypto.randomUUID();
    const socket = await open(`/sink?id=${id}`);
    socket.send('one');
    socket.send(new Blob(['two']));
    socket.send('three');
    socket.close(4000, 'done');
    await nextEvent(socket, 'close');
    const log = connect(`${url}/log?id=${id}`);
    const { data } = await nextEvent<SocketMessageEvent>(log, 'message');
    expect(JSON.parse(String(data))).toEqual([
      { type: 'text', text: 'one' },
      { type: 'binary', bytes: [...Buffer.from('two')] },
      { type: 'text', text: 'three' },
      { type: 'close', code: 4000, reason: 'done' },
      { type: 'end' },
    ]);
  });

  it('takes the bytes as they are when send() returns (attack 22)', async () => {
    const socket = await open();
    socket.binaryType = 'arraybuffer';
    const bytes = Uint8Array.of(1, 2, 3);
    socket.send(bytes);
    bytes.fill(9);
    const { data } = await nextEvent<SocketMessageEvent>(socket, 'message');
    expect(new Uint8Array(data as ArrayBuffer)).toEqual(Uint8Array.of(1, 2, 3));
  });

  it('turns lone surrogates into U+FFFD, and keeps pairs (#52)', async () => {
    const socket = await open();
    socket.send('a\ud800b\udc00c😀');
    expect((await nextEvent<SocketMessageEvent>(socket, 'message')).data).toBe('a\ufffdb\ufffdc😀');
  });

  it('counts the payload in UTF-8 and lets go of it in a later turn only (#112)', async () => {
    const socket = await open('/sink');
    socket.send('ü');
    socket.send(new Uint8Array(5));
    expect(socket.bufferedAmount).toBe(7);
    await new Promise((resolve) => process.nextTick(resolve));
    await null;
    expect(socket.bufferedAmount).toBe(7);
    socket.send('x');
    expect(socket.bufferedAmount).toBe(8);
    await expect.poll(() => socket.bufferedAmount).toBe(0);
  });

  it('lets the amount fall step by step while much is on its way (#112)', async () => {
    const socket = await open('/sink');
    const size = 8 * 1024 * 1024;
    socket.send(new Uint8Array(size));
    const seen = [socket.bufferedAmount];
    const look = (): number => seen[seen.push(socket.bufferedAmount) - 1] as number;
    await expect.poll(look).toBe(0);
    expect(seen[0]).toBe(size);
    expect(seen).toEqual([...seen].sort((a, b) => b - a));
  });

  it('never resets the amount, also not of what a dropped line had not taken (#110)', async () => {
    const socket = await open('/sink');
    socket.send(new Blob(['1234']));
    socket.terminate();
    socket.send('5');
    expect(socket.bufferedAmount).toBe(5);
    await nextEvent(socket, 'close');
    await nextTask();
    expect(socket.bufferedAmount).toBe(5);
  });

  it('closes, with "error" first, when more would wait than maxBufferedAmount (#111)', async () => {
    const id = crypto.randomUUID();
    const socket = await open(`/sink?id=${id}`, { maxBufferedAmount: 10 });
    const log = logEvents(socket, ALL);
    socket.send('12345678');
    socket.send('too much');
    socket.send('x');
    expect([socket.readyState, socket.bufferedAmount]).toEqual([2, 17]);
    const { error } = await nextEvent<CloseEvent>(socket, 'close');
    expect(error?.code).toBe('SEND_BUFFER_FULL');
    expect(log.filter((entry) => entry !== 'microtask')).toEqual(['error', 'close']);
    const seen = await nextEvent<SocketMessageEvent>(connect(`${url}/log?id=${id}`), 'message');
    expect(JSON.parse(String(seen.data))).toEqual([
      { type: 'text', text: '12345678' },
      { type: 'close', code: 1005, reason: '' },
      { type: 'end' },
    ]);
  });

  it('takes any amount as long as it leaves in time', async () => {
    const socket = await open('/sink', { maxBufferedAmount: 10 });
    for (const message of ['0123456789', 'abcdefghij']) {
      socket.send(message);
      await expect.poll(() => socket.bufferedAmount).toBe(0);
    }
    expect(socket.readyState).toBe(1);
  });
});

describe('WebSocket: pings and pongs (#116)', () => {
  it('tells of a Pong that nobody asked for, and does not answer it (#66)', async () => {
    const server = await startRawServer();
    servers.push(server);
    const socket = connect(server.url);
    const line = await server.next();
    await nextEvent(socket, 'open');
    line.socket.write(serverFrame(PONG, 'unasked'));
    const { data } = await nextEvent<SocketPongEvent>(socket, 'pong');
    expect(Buffer.from(data).toString()).toBe('unasked');
    socket.close();
    await expect.poll(() => line.chunks.length).toBeGreaterThan(0);
    // A Close frame and nothing before it.
    expect(Buffer.concat(line.chunks)[0]).toBe(0x88);
  });
});

describe('WebSocket: memory (#117)', () => {
  const { Bun } = globalThis as { Bun?: { gc(isSync: boolean): void } };
  v8.setFlagsFromString('--expose-gc');
  const collect = Bun ? () => Bun.gc(true) : (vm.runInNewContext('gc') as () => void);

  it('is kept while messages may come, and let go once it is closed (#117)', async () => {
    const messages: string[] = [];
    const connectUnheld = (): WeakRef<WebSocket> => {
      const socket = new WebSocket(`${url}/echo`);
      socket.onmessage = ({ data }) => messages.push(String(data));
      return new WeakRef(socket);
    };
    const reference = connectUnheld();
    await expect.poll(() => reference.deref()?.readyState).toBe(1);
    await nextTask();
    collect();
    reference.deref()?.send('still there');
    await expect.poll(() => messages).toEqual(['still there']);
    reference.deref()?.close();
    // Not the socket itself: a failed expectation would hold it.
    const isGone = (): boolean => {
      collect();
      return reference.deref() === undefined;
    };
    await expect.poll(isGone).toBe(true);
  });
});
