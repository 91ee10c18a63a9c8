/**
 * How often bytes are handed to the system. A write costs more than everything else that a small message needs, so one
 * more of them is a slower client, whatever a stopwatch says.
 */
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createClient } from '../../src/client/create-client.node.ts';
import { raw } from '../../src/messaging/raw.ts';
import { tcpTransport } from '../../src/transport/tcp/tcp-transport.ts';
import { readClientFrames } from '../tools/client-frame.ts';
import { type RawConnection, type RawServer, startRawServer } from '../tools/raw-server.ts';
import { closeFrame, PING, serverFrame, TEXT } from '../tools/server-frame.ts';
import { Session } from '../transport/conformance/session.ts';
import { type WatchedHandles, watchTcpHandles } from './watched-handles.ts';

let server: RawServer;
let handles: WatchedHandles;

beforeEach(async () => {
  server = await startRawServer();
  handles = await watchTcpHandles();
});
afterEach(async () => {
  handles.stop();
  await server.close();
});

async function open(): Promise<{ session: Session; line: RawConnection }> {
  const session = new Session(tcpTransport({ compression: false }), server.url);
  onTestFinished(() => session.transport.abandon());
  await session.until('open');
  const line = await server.next();
  handles.take();
  return { session, line };
}

/** Waits until the server has read so many bytes, and no more. */
async function received({ socket, chunks }: RawConnection, bytes: number): Promise<void> {
  const sum = (): number => chunks.reduce((total, { length }) => total + length, 0);
  while (sum() < bytes) await once(socket, 'data');
  expect(sum()).toBe(bytes);
}

/** How many writes, how many bytes in each. */
const writes = (): number[] =>
  handles
    .take()
    .filter(({ name }) => name !== 'shutdown')
    .map(({ bytes }) => bytes);

/** Of a frame with up to 125 bytes, mask included. */
const HEADER = 6;

/** Of a frame with 64 KiB and more. */
const LARGE_HEADER = 14;

/** A large message leaves in steps of 256 KiB, a few bytes fewer, so that memory for all of it is not needed. */
const STEP_BYTES = 255 * 1024;

const TEXT_32 = 'a message of 32 bytes, not more.';

/** `count` messages of 32 bytes from the server. */
const burst = (count: number): Buffer => Buffer.concat(new Array(count).fill(serverFrame(TEXT, TEXT_32)));

describe('writes to the socket', () => {
  it.each([1, 10, 1000])('%i small messages of a tick: one', async (count) => {
    const { session, line } = await open();
    for (let index = 0; index < count; index++) session.transport.send(TEXT_32);
    await Promise.resolve();
    expect(writes()).toEqual([count * (HEADER + 32)]);
    await received(line, count * (HEADER + 32));
    expect(readClientFrames(Buffer.concat(line.chunks))).toHaveLength(count);
    expect(writes()).toEqual([]);
  });

  it('a message alone leaves in the tick in which it is sent', async () => {
    const { session } = await open();
    session.transport.send('x');
    // No timer, no immediate, no round of I/O: a microtask.
    await Promise.resolve();
    expect(writes()).toEqual([HEADER + 1]);
  });

  it('the messages of two ticks: two', async () => {
    const { session, line } = await open();
    session.transport.send('x');
    await Promise.resolve();
    await received(line, HEADER + 1);
    session.transport.send('y');
    await Promise.resolve();
    expect(writes()).toEqual([HEADER + 1, HEADER + 1]);
  });

  it('the opening handshake: one', async () => {
    const session = new Session(tcpTransport(), server.url);
    onTestFinished(() => session.transport.abandon());
    await session.until('open');
    expect(writes()).toHaveLength(1);
  });

  it('answers to all messages of a chunk: one', async () => {
    const { session, line } = await open();
    session.onTold = (told) => {
      if (told.type === 'text') session.transport.send(told.text);
    };
    line.socket.write(burst(100));
    await received(line, 100 * (HEADER + 32));
    expect(writes()).toEqual([100 * (HEADER + 32)]);
  });

  it('answers to a burst of pings: one', async () => {
    const { line } = await open();
    line.socket.write(Buffer.concat(new Array(100).fill(serverFrame(PING, 'ping'))));
    await received(line, 100 * (HEADER + 4));
    expect(writes()).toEqual([100 * (HEADER + 4)]);
  });

  it('header and payload of a message of 64 KiB: one', async () => {
    const { session, line } = await open();
    const size = LARGE_HEADER + 64 * 1024;
    session.transport.send(new Uint8Array(64 * 1024));
    await Promise.resolve();
    expect(writes()).toEqual([size]);
    await received(line, size);
    expect(writes()).toEqual([]);
  });

  it.each([
    ['1 MiB', 1024 * 1024],
    ['16 MiB', 16 * 1024 * 1024],
  ])('a message of %s: one for every 256 KiB, the header with the first of them', async (_name, payload) => {
    const { session, line } = await open();
    const size = LARGE_HEADER + payload;
    session.transport.send(new Uint8Array(payload));
    await Promise.resolve();
    const [first, ...more] = writes();
    expect(first).toBeGreaterThanOrEqual(STEP_BYTES);
    await received(line, size);
    expect(1 + more.length + writes().length).toBeLessThanOrEqual(Math.ceil(size / STEP_BYTES));
  });

  it('while the system takes no more, messages collect: no write for each', async () => {
    const { session, line } = await open();
    line.socket.pause();
    const size = LARGE_HEADER + 16 * 1024 * 1024;
    session.transport.send(new Uint8Array(16 * 1024 * 1024));
    // What the system has room for goes at once.
    for (let calm = 0; calm < 20; calm = writes().length === 0 ? calm + 1 : 0)
      await new Promise(setImmediate);
    for (let tick = 0; tick < 100; tick++) {
      session.transport.send('x');
      await new Promise(setImmediate);
    }
    expect(writes()).toEqual([]);
    line.socket.resume();
    await received(line, size + 100 * (HEADER + 1));
    expect(writes().length).toBeLessThanOrEqual(Math.ceil(size / STEP_BYTES) + 1);
  });

  it('our Close: one, and nothing else: closing the socket ends the stream', async () => {
    const { session, line } = await open();
    session.transport.close(1000, 'bye');
    await received(line, HEADER + 5);
    line.socket.end(closeFrame(1000));
    await session.until('close');
    expect(handles.take()).toEqual([{ name: 'writeBuffer', bytes: HEADER + 2 + 3 }]);
  });

  it('messages and a Close of the same tick: one', async () => {
    const { session, line } = await open();
    for (let index = 0; index < 10; index++) session.transport.send('x');
    session.transport.close(1000);
    await received(line, 10 * (HEADER + 1) + HEADER + 2);
    expect(writes()).toEqual([10 * (HEADER + 1) + HEADER + 2]);
  });

  it('the answer to a Close: one', async () => {
    const { session, line } = await open();
    line.socket.end(closeFrame(1000, 'bye'));
    await session.until('close');
    expect(writes()).toEqual([HEADER + 2]);
  });

  it('a client on top adds none: what it sends in a tick, and its answers within a chunk', async () => {
    const client = createClient({
      url: server.url,
      envelope: raw(),
      heartbeat: false,
      transport: tcpTransport({ compression: false }),
    });
    onTestFinished(async () => {
      await client.close();
    });
    await client.ready();
    const line = await server.next();
    expect(writes()).toHaveLength(1);
    await Promise.all(Array.from({ length: 1000 }, () => client.send(TEXT_32)));
    expect(writes()).toEqual([1000 * (HEADER + 32)]);
    await received(line, 1000 * (HEADER + 32));
    client.on('message', (message) => void client.send(message));
    line.socket.write(burst(100));
    await received(line, 1100 * (HEADER + 32));
    expect(writes()).toEqual([100 * (HEADER + 32)]);
  });
});
