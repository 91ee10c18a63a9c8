/**
 * What compressing our messages costs, and what it saves, by their length: the figures of the page in docs/decisions.
 * `npm run bench:deflate`
 */
import { systemRandom } from '../../src/base/random.ts';
import { acceptFor } from '../../src/protocol/accept.ts';
import { ArrayWriter } from '../../src/protocol/array-writer.ts';
import { ClientEngine } from '../../src/protocol/engine.ts';
import { DEFAULT_LIMITS } from '../../src/protocol/limits.ts';
import { parseTarget } from '../../src/protocol/url.ts';
import { compressionSettings, createCompression } from '../../src/transport/tcp/deflate/compression.ts';
import type { CompressionOptions } from '../../src/transport/tcp/deflate/options.ts';
import { TransportMemory } from '../../src/transport/tcp/memory/memory.ts';

const memory = new TransportMemory();
const LENGTHS = [64, 128, 256, 512, 1_024, 2_048, 4_096, 16_384, 65_536];

/** An engine whose messages go to `written`. */
function openEngine(options: CompressionOptions | false): { engine: ClientEngine; written(): number } {
  const settings = compressionSettings(options);
  const writer = new ArrayWriter();
  const nothing = (): void => {};
  const engine = new ClientEngine({
    target: parseTarget('ws://bench/'),
    protocols: [],
    headers: [],
    limits: DEFAULT_LIMITS,
    random: systemRandom,
    writer,
    sink: {
      open: nothing,
      text: nothing,
      binary: nothing,
      ping: nothing,
      pong: nothing,
      close: nothing,
      failure: (error) => {
        throw error;
      },
    },
    compression: settings && createCompression(settings, memory, DEFAULT_LIMITS.maxMessageBytes),
  });
  engine.open();
  const key = /Key: (.*)\r/.exec(Buffer.concat(writer.take()).toString())?.[1] ?? '';
  const extension = settings ? 'Sec-WebSocket-Extensions: permessage-deflate\r\n' : '';
  engine.receive(
    Buffer.from(
      `HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptFor(key)}\r\n${extension}\r\n`,
    ),
  );
  return { engine, written: () => writer.take().reduce((sum, { length }) => sum + length, 0) };
}

/** Messages of an application: the same fields, other values. */
function messagesOf(length: number, count: number): string[] {
  let seed = 1;
  const next = (): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed;
  };
  const names = ['Ada', 'Grace', 'Edsger', 'Barbara', 'Donald', 'Leslie', 'Radia', 'Vint'];
  return Array.from({ length: count }, () => {
    let text = '';
    while (text.length < length) {
      text += JSON.stringify({
        id: next(),
        user: names[next() % 8],
        price: next() / 1e5,
        active: next() % 2 === 0,
        at: new Date(1.8e12 + next()).toISOString(),
      });
    }
    return text.slice(0, length);
  });
}

/** Microseconds of CPU and bytes on the wire, for one message. */
function measure(
  options: CompressionOptions | false,
  messages: readonly string[],
): { cpu: number; bytes: number } {
  const { engine, written } = openEngine(options);
  const rounds = Math.max(2, Math.ceil(40_000_000 / ((messages[0] as string).length * messages.length * 20)));
  for (const message of messages) engine.send(message);
  written();
  const before = process.cpuUsage();
  let bytes = 0;
  for (let round = 0; round < rounds; round++) {
    for (const message of messages) engine.send(message);
    bytes += written();
  }
  const { user, system } = process.cpuUsage(before);
  engine.abandon();
  return { cpu: (user + system) / rounds / messages.length, bytes: bytes / rounds / messages.length };
}

const KINDS: readonly [string, CompressionOptions | false][] = [
  ['plain', false],
  ['level 1', { threshold: 0, level: 1 }],
  ['level 3', { threshold: 0, level: 3 }],
  ['level 6', { threshold: 0, level: 6 }],
  ['level 3, no takeover', { threshold: 0, level: 3, clientNoContextTakeover: true }],
];
console.log(`| bytes | ${KINDS.map(([name]) => `${name}: us, on the wire`).join(' | ')} |`);
for (const length of LENGTHS) {
  const messages = messagesOf(length, Math.max(8, Math.min(500, 2_000_000 / length)));
  const cells = KINDS.map(([, options]) => {
    const { cpu, bytes } = measure(options, messages);
    return `${cpu.toFixed(1)}, ${((bytes / length) * 100).toFixed(0)} %`;
  });
  console.log(`| ${length} | ${cells.join(' | ')} |`);
}
