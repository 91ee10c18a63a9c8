/** Ends that do not read, in both directions, and servers that read one piece at a time. */
import { afterEach, describe, expect, it } from 'vitest';
import { connect, createClient } from '../../src/client/create-client.node.ts';
import { raw } from '../../src/messaging/raw.ts';
import { WebSocket } from '../../src/node.ts';
import { createVirtualClock } from '../../src/testing/virtual-clock.ts';
import { atInterval, awaitReply } from '../../src/transport/pacing.ts';
import { readClientFrames } from '../tools/client-frame.ts';
import { BINARY, CLOSE, closeFrame, serverFrame, TEXT } from '../tools/server-frame.ts';
import { type HostileConnection, type HostileServer, startHostileServer } from './hostile-server.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const MAX_GROWTH_BYTES = 32 * MIB;

let server: HostileServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** A server that accepts and then does `serve`. */
async function start(serve: (connection: HostileConnection) => unknown): Promise<HostileServer> {
  server = await startHostileServer(async (connection) => {
    await connection.write(connection.answer());
    await serve(connection);
  });
  return server;
}

/** The resident memory now, without what is only waiting to be collected. */
function resident(): number {
  globalThis.gc?.();
  return process.memoryUsage.rss();
}

/** Waits until `value()` has not changed for 200 ms, and returns it. */
async function standstill(value: () => number): Promise<number> {
  for (;;) {
    const before = value();
    await new Promise((resolve) => setTimeout(resolve, 200));
    if (value() === before) return before;
  }
}

describe('a reader that is slow', () => {
  it('stops the server, and gets every byte once it reads again', async () => {
    const total = 96 * MIB;
    let written = 0;
    const { url } = await start(async (connection) => {
      const frame = serverFrame(BINARY, Buffer.alloc(64 * KIB));
      for (; written < total; written += 64 * KIB) if (!(await connection.write(frame))) return;
      connection.socket.end(closeFrame(1000));
    });
    const before = resident();
    const socket = await connect(url);
    // What both kernels hold (some MiB, by their settings), 1 MiB of ours, and one read more: far from all of it.
    expect(await standstill(() => written)).toBeLessThan(total / 2);
    expect(resident() - before).toBeLessThan(MAX_GROWTH_BYTES);
    let read = 0;
    for await (const message of socket) read += message.length;
    expect(read).toBe(total);
    expect(await socket.closed).toMatchObject({ code: 1000, wasClean: true });
  });
});

describe('a server that stops reading (attack 23)', () => {
  const stall = (connection: HostileConnection): unknown => connection.socket.pause();
  const chunk = new Uint8Array(64 * KIB);

  it('makes connect().send() refuse at 16 MiB; what was taken before arrives whole', async () => {
    const { url, connections } = await start(stall);
    const socket = await connect(url);
    const before = resident();
    let taken = 0;
    let firstFalse = 0;
    const sendForEver = (): void => {
      for (;;) {
        const isRoomy = socket.send(chunk);
        taken++;
        if (!isRoomy && firstFalse === 0) firstFalse = socket.bufferedAmount;
      }
    };
    expect(sendForEver).toThrow(expect.objectContaining({ code: 'BACKPRESSURE', outcome: 'not-sent' }));
    expect(firstFalse).toBe(MIB + chunk.length);
    expect(socket.bufferedAmount).toBe(16 * MIB + chunk.length);
    expect(resident() - before).toBeLessThan(MAX_GROWTH_BYTES);
    connections[0]?.socket.resume();
    await socket.drained();
    expect(socket.bufferedAmount).toBeLessThanOrEqual(MIB);
    expect(socket.send('the end')).toBe(true);
    const closing = socket.close(1000);
    const frameBytes = taken * (chunk.length + 14) + ('the end'.length + 6) + 8;
    await connections[0]?.untilBytes(frameBytes);
    expect(connections[0]?.received.length).toBe(frameBytes);
    await connections[0]?.write(closeFrame(1000));
    expect(await closing).toMatchObject({ wasClean: true });
  });

  it('costs a sender that waits for drained() little more than 1 MiB', async () => {
    const { url, connections } = await start(stall);
    const socket = await connect(url);
    let most = 0;
    const sending = (async () => {
      for (let index = 0; index < 512; index++) {
        const isRoomy = socket.send(chunk);
        most = Math.max(most, socket.bufferedAmount);
        if (!isRoomy) await socket.drained();
      }
    })();
    await standstill(() => most);
    connections[0]?.socket.resume();
    await sending;
    expect(most).toBeLessThanOrEqual(MIB + chunk.length);
    await connections[0]?.untilBytes(512 * (chunk.length + 14));
    expect(socket.bufferedAmount).toBe(0);
  });

  it('makes a client queue, then refuse: every send() settles', async () => {
    const { url } = await start(stall);
    const client = createClient({ url, envelope: raw(), closeTimeout: 100, heartbeat: false });
    await client.ready();
    const before = resident();
    const results = Array.from({ length: 1024 }, () =>
      client.send(chunk).then(
        ({ outcome }) => outcome,
        (error: { code: string }) => error.code,
      ),
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(client.stats().bufferedAmount).toBeLessThanOrEqual(16 * MIB + chunk.length);
    expect(client.stats().queuedBytes).toBeLessThanOrEqual(4 * MIB);
    expect(resident() - before).toBeLessThan(MAX_GROWTH_BYTES);
    await client.close();
    const outcomes = await Promise.all(results);
    expect(new Set(outcomes)).toEqual(new Set(['handed-off', 'OUTBOX_FULL', 'CLIENT_CLOSED']));
  });

  it('shows in bufferedAmount of the class: payload alone, never too little (#112)', async () => {
    const { url, connections } = await start(stall);
    const socket = new WebSocket(url);
    await new Promise((resolve) => socket.addEventListener('open', resolve, { once: true }));
    for (let index = 0; index < 128; index++) socket.send(chunk);
    expect(socket.bufferedAmount).toBe(128 * chunk.length);
    connections[0]?.socket.resume();
    await connections[0]?.untilBytes(128 * (chunk.length + 14));
    await expect.poll(() => socket.bufferedAmount).toBe(0);
    socket.terminate();
  });
});

describe('a server that reads once a message', () => {
  it('gets one after its answer to the one before, with pacing: awaitReply()', async () => {
    const { url, connections } = await start((connection) => {
      connection.socket.on('data', (chunk: Buffer) => {
        // Whatever came behind the first frame is lost, as with a bare recv().
        const [first] = readClientFrames(chunk);
        if (first?.opcode === CLOSE) connection.socket.end(closeFrame(1000));
        else setTimeout(() => connection.socket.write(serverFrame(TEXT, first?.payload)), 10);
      });
    });
    const lines = ['one', 'two', 'three', 'four'];
    const socket = await connect(url, { pacing: awaitReply() });
    for (const line of lines) socket.send(line);
    const replies: unknown[] = [];
    for (const _ of lines) replies.push(await socket.receive());
    expect(replies).toEqual(lines);
    expect(await socket.close()).toMatchObject({ wasClean: true });
    expect(connections[0]?.chunks).toHaveLength(lines.length + 1);
  });

  it('gets one a while with pacing: atInterval(ms), though it answers nothing', async () => {
    const { url, connections } = await start(() => {});
    const clock = createVirtualClock();
    const socket = await connect(url, { pacing: atInterval(20), closeTimeout: 50, clock });
    expect([socket.send('one'), socket.send('two'), socket.send('three')]).toEqual([false, false, false]);
    for (const count of [1, 2, 3]) {
      await expect.poll(() => connections[0]?.chunks.length).toBe(count);
      await clock.advance(19);
      expect(connections[0]?.chunks).toHaveLength(count);
      await clock.advance(1);
    }
    await socket.drained();
    const closed = socket.close();
    await clock.advance(50);
    await closed;
  });
});

describe('a server that reads one piece at a time', () => {
  const ways: [way: string, talk: (url: string, messages: readonly Uint8Array[]) => Promise<void>][] = [
    [
      'connect',
      async (url, messages) => {
        const socket = await connect(url, { protocols: ['chat'], headers: { 'X-Filler': 'x'.repeat(500) } });
        for (const message of messages) {
          socket.send(message);
          await socket.receive();
        }
        await socket.close();
      },
    ],
    [
      'createClient',
      async (url, messages) => {
        const client = createClient({ url, protocols: ['chat'], envelope: raw() });
        for (const message of messages) {
          const answered = new Promise((resolve) => client.once('message', resolve));
          await client.send(message);
          await answered;
        }
        await client.close();
      },
    ],
    [
      'WebSocket',
      async (url, messages) => {
        const socket = new WebSocket(url, 'chat');
        const next = (): Promise<unknown> =>
          new Promise((resolve) => socket.addEventListener('message', resolve, { once: true }));
        await new Promise((resolve) => socket.addEventListener('open', resolve, { once: true }));
        for (const message of messages) {
          const answered = next();
          socket.send(message);
          await answered;
        }
        socket.close();
        await new Promise((resolve) => socket.addEventListener('close', resolve, { once: true }));
      },
    ],
  ];

  it.each(ways)('gets the handshake in one piece, and every frame: %s', async (_way, talk) => {
    const sizes = [0, 1, 125, 126, 1000, 16 * KIB];
    server = await startHostileServer(async (connection) => {
      await connection.write(connection.answer('Sec-WebSocket-Protocol: chat'));
      connection.socket.on('data', (chunk: Buffer) => {
        const isClose = (chunk[0] as number) === 0x88;
        connection.socket.write(isClose ? closeFrame(1000) : serverFrame(TEXT, 'go on'));
        if (isClose) connection.socket.end();
      });
    });
    await talk(
      server.url,
      sizes.map((size) => new Uint8Array(size)),
    );
    const [connection] = server.connections as [HostileConnection];
    expect(connection.headChunks).toBe(1);
    // One read a frame: header and payload together; the last one is the Close.
    const headerBytes = (size: number): number => (size < 126 ? 6 : 8);
    expect(connection.chunks.slice(0, -1).map(({ length }) => length)).toEqual(
      sizes.map((size) => size + headerBytes(size)),
    );
    expect(connection.closeCodes).toHaveLength(1);
  });
});
