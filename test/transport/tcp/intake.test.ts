// However TCP has cut the bytes of a server, its messages are answered alike, in each of the three APIs.
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { connect as connectShort, createClient } from '../../../src/client/create-client.node.ts';
import { raw } from '../../../src/messaging/raw.ts';
import { WebSocket } from '../../../src/transport/tcp/whatwg/websocket.ts';
import { readClientFrames } from '../../tools/client-frame.ts';
import '../../tools/property-runs.ts';
import { type RawServer, startRawServer } from '../../tools/raw-server.ts';
import { closeFrame, PING, serverFrame, TEXT } from '../../tools/server-frame.ts';

const RUNS = 12;

let server: RawServer;
afterEach(() => server.close());

/** Answers every message. Resolves with how it ended. */
type Api = (url: string) => Promise<unknown>;

const APIS: Readonly<Record<string, Api>> = {
  class: (url) =>
    new Promise((resolve) => {
      const socket = new WebSocket(url);
      socket.onmessage = async ({ data }) => {
        await undefined;
        socket.send(`re:${data}`);
      };
      socket.onclose = ({ code, error }) => resolve(error?.code ?? code);
    }),
  connect: async (url) => {
    const socket = await connectShort(url);
    try {
      for await (const message of socket) socket.send(`re:${message}`);
    } catch (error) {
      return (error as { code: string }).code;
    }
    return (await socket.closed).code;
  },
  client: (url) =>
    new Promise((resolve) => {
      const client = createClient({ url, envelope: raw(), reconnect: false });
      client.on('message', (message) => void client.send(`re:${message}`));
      client.on('closed', ({ closure }) => resolve(closure.error?.code ?? closure.code));
      client.connect();
    }),
};

interface Ending {
  readonly bytes: Buffer | 'FIN';
  /** What the client's side writes last. */
  readonly answer: readonly string[];
  /** What it is told. */
  readonly told: unknown;
}

const ENDINGS: readonly Ending[] = [
  { bytes: closeFrame(1000), answer: ['close 1000'], told: 1000 },
  { bytes: serverFrame(3), answer: ['close 1002'], told: 'PROTOCOL' },
  { bytes: serverFrame(TEXT, Uint8Array.of(0xff)), answer: ['close 1007'], told: 'INVALID_PAYLOAD' },
  { bytes: 'FIN', answer: [], told: 'CONNECTION_LOST' },
];

/** What came from the client, in order. */
function heard(chunks: readonly Buffer[]): string[] {
  return readClientFrames(Buffer.concat(chunks)).map(({ opcode, payload }) => {
    const bytes = Buffer.from(payload);
    if (opcode === 8) return `close ${bytes.readUInt16BE(0)}`;
    return opcode === 10 ? `pong ${bytes}` : String(bytes);
  });
}

/** Writes `bytes` cut at `cuts`, each piece when the one before is out. */
async function serve(bytes: Buffer, cuts: readonly number[], isFin: boolean): Promise<string[]> {
  const { socket, chunks, ended } = await server.next();
  socket.setNoDelay(true);
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  let start = 0;
  for (const end of ends) {
    if (end > start) socket.write(bytes.subarray(start, end));
    start = end;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  if (isFin) socket.end();
  else setTimeout(() => socket.end(), 30);
  await ended;
  return heard(chunks);
}

const frames = fc.array(fc.constantFrom<'text' | 'ping'>('text', 'text', 'ping'), { maxLength: 4 });
const cuts = fc.array(fc.nat(), { maxLength: 3 });

describe.each(Object.entries(APIS))('%s', (_, api) => {
  it.each(ENDINGS)('answers every message before the end, however it is cut ($told)', async (ending) => {
    server = await startRawServer();
    await fc.assert(
      fc.asyncProperty(frames, cuts, async (kinds, where) => {
        const parts = kinds.map((kind, at) => serverFrame(kind === 'ping' ? PING : TEXT, `${at}`));
        const expected = kinds.map((kind, at) => (kind === 'ping' ? `pong ${at}` : `re:${at}`));
        if (ending.bytes !== 'FIN') parts.push(ending.bytes);
        const served = serve(Buffer.concat(parts), where, ending.bytes === 'FIN');
        const told = await api(server.url);
        expect(await served).toEqual([...expected, ...ending.answer]);
        expect(told).toEqual(ending.told);
      }),
      { numRuns: RUNS },
    );
  });
});

describe('a loop that takes its time', () => {
  it('answers what was there before the Close, message by message', async () => {
    server = await startRawServer();
    const opening = connectShort(server.url);
    const served = serve(
      Buffer.concat([serverFrame(TEXT, 'a'), serverFrame(TEXT, 'b'), closeFrame(1000)]),
      [],
      false,
    );
    const socket = await opening;
    for await (const message of socket) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      socket.send(`re:${message}`);
    }
    expect(await served).toEqual(['re:a', 're:b', 'close 1000']);
  });

  it('and a Blob as the answer leaves before the Close', async () => {
    server = await startRawServer();
    const socket = new WebSocket(server.url);
    socket.onmessage = ({ data }) => socket.send(new Blob([`re:${data}`]));
    const served = serve(Buffer.concat([serverFrame(TEXT, 'a'), closeFrame(1000)]), [], false);
    expect(await served).toEqual(['re:a', 'close 1000']);
  });
});

describe('readyState', () => {
  it.each([
    ['a Close', closeFrame(1000)],
    ['a fault', serverFrame(3)],
  ])('never goes back: %s makes it CLOSING, then CLOSED', async (__, bytes) => {
    server = await startRawServer();
    const socket = new WebSocket(server.url);
    const seen: number[] = [];
    const look = (): void => {
      if (seen.at(-1) !== socket.readyState) seen.push(socket.readyState);
      if (socket.readyState !== WebSocket.CLOSED) setImmediate(look);
    };
    look();
    const ended = new Promise((resolve) => {
      socket.onclose = resolve;
    });
    await serve(bytes, [], false);
    await ended;
    look();
    expect(seen).toEqual([...seen].sort());
    expect(seen.slice(-2)).toEqual([WebSocket.CLOSING, WebSocket.CLOSED]);
  });
});
