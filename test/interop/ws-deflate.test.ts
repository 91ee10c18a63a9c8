/** Every agreement on compression that the `ws` package can make, over real sockets, in both directions. */
import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { WebSocket as WsSocket } from 'ws';
import { connect } from '../../src/index.node.ts';
import { type CompressionOptions, tcpTransport } from '../../src/node.ts';
import { startWsServer } from './ws-server.ts';

type Server = Awaited<ReturnType<typeof startWsServer>>;

const servers: Server[] = [];
afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()));
});

const flags = [false, true];
/** zlib has no raw window of 2^8, so `ws` cannot agree to compress with one; it can ask us to. */
const windows: readonly (readonly [server: number, client: number])[] = [
  [15, 15],
  [9, 8],
  [10, 9],
  [12, 12],
  [14, 11],
];
const agreements = flags.flatMap((serverNoContextTakeover) =>
  flags.flatMap((clientNoContextTakeover) =>
    windows.map(([serverMaxWindowBits, clientMaxWindowBits]) => ({
      serverNoContextTakeover,
      clientNoContextTakeover,
      serverMaxWindowBits,
      clientMaxWindowBits,
    })),
  ),
);

/** From one byte to 1 MiB; every other one such that it can be compressed. */
const messages: Buffer[] = [1, 2, 125, 126, 1_023, 1_024, 16_383, 65_535, 65_536, 100_000, 1024 * 1024].map(
  (length, index) =>
    index % 4 === 3
      ? randomBytes(length)
      : Buffer.from(`${index} ${'Hello, 世界. '.repeat(length)}`).subarray(0, length),
);
const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Answers each message by its digest, then by the message: whole, and in fragments of uneven length. */
function answer(socket: WsSocket): void {
  socket.on('message', (data: Buffer) => {
    socket.send(digest(data));
    socket.send(data, { binary: true });
    const cuts = [0, Math.floor(data.length / 3), Math.floor(data.length / 2), data.length];
    cuts.slice(1).forEach((end, index) => {
      socket.send(data.subarray(cuts[index], end), { binary: true, fin: index === 2 });
      if (index < 2) socket.ping('between');
    });
  });
}

async function converse(port: number, compression: CompressionOptions): Promise<void> {
  const transport = tcpTransport({ compression: { threshold: 0, ...compression } });
  const socket = await connect(`ws://127.0.0.1:${port}`, { transport });
  for (const message of messages) {
    socket.send(message);
    expect(await socket.receive()).toBe(digest(message));
    for (const how of ['whole', 'in fragments']) {
      const back = (await socket.receive()) as Uint8Array;
      expect(digest(back), `${message.length} bytes, ${how}`).toBe(digest(message));
    }
  }
  expect(await socket.close(1000)).toMatchObject({ code: 1000, wasClean: true });
}

it.each(agreements)('%j (#93, #94, #97, #98)', async (agreement) => {
  const server = await startWsServer({ perMessageDeflate: { threshold: 0, ...agreement } }, answer);
  servers.push(server);
  await converse(server.port, {});
});

let generous: Server;
beforeAll(async () => {
  generous = await startWsServer({ perMessageDeflate: { threshold: 0 } }, answer);
  servers.push(generous);
});

it.each<CompressionOptions>([
  { serverNoContextTakeover: true },
  { clientNoContextTakeover: true },
  { serverMaxWindowBits: 9, clientMaxWindowBits: 9 },
  {
    serverMaxWindowBits: 12,
    clientMaxWindowBits: 8,
    serverNoContextTakeover: true,
    clientNoContextTakeover: true,
  },
  { level: 9, memLevel: 9 },
  { level: 1, memLevel: 1 },
  { threshold: Number.POSITIVE_INFINITY },
])('what we ask for is given: %j (#25, #93, #94)', async (compression) => {
  await converse(generous.port, compression);
});
