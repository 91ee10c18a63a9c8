/** A slow reader, and messages that are small on the wire and large in memory. */
import type { Socket } from 'node:net';
import { constants, deflateRawSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { systemRandom } from '../../../src/base/random.ts';
import type { Closure } from '../../../src/protocol/closure.ts';
import { DEFAULT_LIMITS } from '../../../src/protocol/limits.ts';
import { tcpTransport } from '../../../src/transport/tcp/tcp-transport.ts';
import type { Transport } from '../../../src/transport/transport.ts';
import { type RawServer, startRawServer } from '../../tools/raw-server.ts';
import { BINARY, closeFrame, serverFrame, switchingProtocols } from '../../tools/server-frame.ts';

const MIB = 1024 * 1024;
const COUNT = 40;
/** 1 MiB in about 1 KB: forty of them are in one read of the socket. */
const bomb = serverFrame(
  BINARY,
  deflateRawSync(new Uint8Array(MIB), { level: 9, finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4),
  0xc0 | BINARY,
);
const bombs = Buffer.concat(Array.from({ length: COUNT }, () => bomb));

let server: RawServer;
afterEach(() => server.close());

interface Bench {
  readonly transport: Transport;
  /** The server's end. */
  readonly socket: Socket;
  readonly told: string[];
  readonly closed: Promise<Closure>;
}

/** Connects to a server that sends `bytes` in one write; pauses at once when a message comes, as `isTired` says. */
async function open(
  bytes: Uint8Array,
  isTired: (messages: number, transport: Transport) => boolean = () => true,
): Promise<Bench> {
  server = await startRawServer((request) =>
    switchingProtocols(request, { 'Sec-WebSocket-Extensions': 'permessage-deflate' }),
  );
  const told: string[] = [];
  const bench: { transport?: Transport } = {};
  const closed = new Promise<Closure>((resolve) => {
    bench.transport = tcpTransport()(
      {
        url: server.url,
        protocols: [],
        headers: [],
        handshakeTimeout: 5000,
        closeTimeout: 1000,
        limits: DEFAULT_LIMITS,
        clock: systemClock,
        random: systemRandom,
      },
      {
        open: () => told.push('open'),
        text: () => told.push('text'),
        binary: ({ length }) => {
          told.push(`binary ${length}`);
          const transport = bench.transport as Transport;
          if (isTired(told.length - 1, transport)) transport.pause();
        },
        ping: () => {},
        pong: () => {},
        drain: () => {},
        close: (closure) => {
          told.push(`close ${closure.code}`);
          resolve(closure);
        },
      },
    );
  });
  const { socket } = await server.next();
  await expect.poll(() => told).toEqual(['open']);
  socket.write(bytes);
  await expect.poll(() => told.length).toBeGreaterThan(1);
  return { transport: bench.transport as Transport, socket, told, closed };
}

const messages = (told: readonly string[]): number =>
  told.filter((entry) => entry === `binary ${MIB}`).length;

describe('a pause in the middle of a read', () => {
  it('holds back what would inflate, up to a few messages (attack 4)', async () => {
    const { transport, told, closed } = await open(bombs);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(messages(told)).toBeLessThan(8);
    // Each resume brings a few more, in order, and nothing is lost.
    for (let before = 0; messages(told) < COUNT; before = messages(told)) {
      transport.resume();
      expect(messages(told) - before).toBeLessThan(8);
      await expect.poll(() => messages(told)).toBeGreaterThan(before);
    }
    expect(messages(told)).toBe(COUNT);
    transport.abandon();
    expect(await closed).toMatchObject({ code: 1006 });
  });

  it('does not hold back a reader that is not tired, or is only for a moment', async () => {
    const { transport, told, closed } = await open(bombs, (count, paused) => {
      queueMicrotask(() => paused.resume());
      return count === 3;
    });
    await expect.poll(() => messages(told)).toBe(COUNT);
    transport.abandon();
    await closed;
  });

  it('ends with close(): what was held is read for the Close of the server, and told no more', async () => {
    const { transport, told, closed } = await open(Buffer.concat([bombs, closeFrame(4000)]));
    const before = messages(told);
    transport.close(1000);
    expect(await closed).toMatchObject({ code: 4000, wasClean: true });
    expect(messages(told)).toBe(before);
  });

  it('ends with the line: what came before the end is told before it', async () => {
    const { transport, socket, told, closed } = await open(bombs);
    await expect.poll(() => messages(told)).toBeGreaterThan(0);
    // A socket that does not read learns of a reset when it writes.
    socket.resetAndDestroy();
    while (transport.send('x')) await new Promise((resolve) => setTimeout(resolve, 5));
    await closed;
    expect(messages(told)).toBe(COUNT);
    expect(told.at(-1)).toBe('close 1006');
  });

  it('is forgotten by abandon()', async () => {
    const { transport, told, closed } = await open(bombs);
    const before = messages(told);
    transport.abandon();
    transport.resume();
    await closed;
    expect(messages(told)).toBe(before);
  });
});
