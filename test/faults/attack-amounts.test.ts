/** Servers that send little and mean much: what a client makes of it, holds of it and does for it stays bounded. */
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { constants, deflateRawSync } from 'node:zlib';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { IN_FULL } from '../tools/campaign.ts';
import { serverFrame, TEXT } from '../tools/server-frame.ts';
import type { Flooded, Part } from './flooded-program.ts';
import { type HostileConnection, type HostileServer, startHostileServer } from './hostile-server.ts';

const MIB = 1024 * 1024;
const RSV1 = 0x40;
const FIN = 0x80;

let folder: string;
let outfile: string;
let server: HostileServer | undefined;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'holdline-flooded-'));
  outfile = join(folder, 'flooded.mjs');
  await build({
    entryPoints: [join(import.meta.dirname, 'flooded-program.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    mainFields: ['module', 'main'],
  });
});
afterEach(async () => {
  await server?.close();
  server = undefined;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A variant of another test, for the long campaign: each takes a second and a process of half a gigabyte. */
const variant = (title: string, test: () => Promise<void>): void => {
  if (IN_FULL) it(title, test);
};

/** One message, compressed: 16 MiB of the same take 16 KB on the wire. */
const packed = (text: string): Buffer =>
  serverFrame(
    TEXT,
    // RFC 7692, 7.2.1: without the tail of an empty block.
    deflateRawSync(text, { level: 9, finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4),
    FIN | RSV1 | TEXT,
  );
const listOf = (unit: string, bytes: number): string =>
  `[${`${unit},`.repeat(Math.floor((bytes - 2) / (unit.length + 1)) - 1)}${unit}]`;
const event = (subscription: string, result: string): string =>
  `{"method":"subscription","params":{"subscription":"${subscription}","result":${result}}}`;
const text = (bytes: number): string => `"${'A'.repeat(bytes)}"`;

/** What the server says. `flood`: once the client asks for it. */
interface Flood {
  readonly flood: (connection: HostileConnection) => Iterable<Buffer>;
  /** Said on every message of the client's, before the flood. */
  readonly answer?: (
    message: { id?: number; method: string },
    connection: HostileConnection,
  ) => string | undefined;
}

/** Confirms every subscription by its name. */
const confirming: Flood['answer'] = ({ id, method }) => {
  if (method !== 'subscribe') return undefined;
  return JSON.stringify({ id, result: `s${confirmed++}` });
};
let confirmed = 0;

/** Floods a client in a process of its own whose heap has 512 MiB. */
async function flood(part: Omit<Part, 'url'>, { flood: frames, answer }: Flood): Promise<Flooded> {
  confirmed = 0;
  server = await startHostileServer(async (connection) => {
    await connection.write(connection.answer('Sec-WebSocket-Extensions: permessage-deflate'));
    const pour = async (): Promise<void> => {
      for (const frame of frames(connection)) if (!(await connection.write(frame))) return;
    };
    if (part.login || part.raw) return pour();
    connection.eachFrame(async ({ opcode, payload }) => {
      if (opcode !== TEXT) return;
      const message = JSON.parse(Buffer.from(payload).toString());
      const said = answer?.(message, connection);
      if (said !== undefined) connection.socket.write(serverFrame(TEXT, said));
      if (message.method !== 'flood') return;
      await pour();
      await connection.write(serverFrame(TEXT, JSON.stringify({ id: message.id, result: 'over' })));
    });
  });
  const { url } = server;
  const child = fork(outfile, {
    execArgv: ['--expose-gc', '--max-old-space-size=512'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  try {
    return await new Promise((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`The program died: ${code}`)));
      child.once('message', (report: Flooded) => resolve(report));
      child.send({ ...part, url });
    });
  } finally {
    child.kill('SIGKILL');
  }
}

/**
 * Memory and the processor's time stay below, and nothing but these errors was told. Of what is held 16 MiB may be the memory
 * of the last message, not collected yet.
 */
function expectBounded(
  report: Flooded,
  errors: readonly string[],
  most: { growth: number; held?: number; cpu: number },
): void {
  expect(report.uncaught).toEqual([]);
  expect(report.errors).toEqual(errors);
  expect(report.growth).toBeLessThan(most.growth * MIB);
  expect(report.held).toBeLessThan((most.held ?? 64) * MIB);
  expect(report.cpu).toBeLessThan(most.cpu);
}

describe('one message of JSON that becomes millions of values (attack 29)', () => {
  const bombs = [['objects', '{}']];
  const variants = [
    ['numbers', '1'],
    ['calls', '{"id":1,"method":"x"}'],
    ['lists', '[]'],
    ['batches in a batch', '[{"method":"x"},{"id":1,"error":{}}]'],
    ['unknown replies', '{"id":1,"result":1}'],
    ['errors that belong to nothing', '{"error":{"message":""}}'],
  ];
  it.each(IN_FULL ? [...bombs, ...variants] : bombs)('is refused: %s', async (_what, unit) => {
    const bomb = packed(listOf(unit as string, 16 * MIB - 100));
    expect(bomb.length).toBeLessThan(100_000);
    expectBounded(await flood({}, { flood: () => [bomb] }), ['BAD_MESSAGE'], { growth: 320, cpu: 10_000 });
  });

  it('is refused: lists in lists, millions deep', async () => {
    const bomb = packed('['.repeat(16 * MIB - 100));
    expectBounded(await flood({}, { flood: () => [bomb] }), ['BAD_MESSAGE'], { growth: 128, cpu: 5_000 });
  });

  it('is refused before it is inflated, where it is larger than what is read', async () => {
    const bomb = packed(listOf('{}', 60 * MIB));
    expectBounded(await flood({}, { flood: () => [bomb] }), ['MESSAGE_TOO_BIG'], { growth: 96, cpu: 5_000 });
  });

  variant('and batches without end are answered as far as the server reads', async () => {
    const batch = packed(listOf('{"id":1,"method":"x"}', 20_000));
    const frames = Array(100).fill(batch);
    expectBounded(await flood({}, { flood: () => frames }), [], { growth: 128, held: 16, cpu: 15_000 });
  });
});

describe('buffers that are filled with megabytes (attack 30)', () => {
  const large = text(15 * MIB);

  it('8 events of 15 MiB for one subscription that nobody reads', async () => {
    const frame = packed(event('s0', large));
    const report = await flood({ subscribe: 1 }, { answer: confirming, flood: () => Array(8).fill(frame) });
    expectBounded(report, ['SUBSCRIPTION_OVERFLOW'], { growth: 256, cpu: 10_000 });
  });

  variant('12 subscriptions, each within its own bound', async () => {
    const frames = Array.from({ length: 12 }, (_, index) => packed(event(`s${index}`, text(7 * MIB))));
    const report = await flood({ subscribe: 12 }, { answer: confirming, flood: () => frames });
    expectBounded(report, ['SUBSCRIPTION_OVERFLOW'], { growth: 256, cpu: 10_000 });
  });

  variant('an event of megabytes beside 999 small ones, in batches', async () => {
    const small = Array(999).fill('{"id":0,"result":0}');
    const frame = packed(`[${[event('s0', large), ...small]}]`);
    const report = await flood({ subscribe: 1 }, { answer: confirming, flood: () => Array(8).fill(frame) });
    expectBounded(report, ['SUBSCRIPTION_OVERFLOW'], { growth: 256, cpu: 10_000 });
  });

  it('events that are small as texts and large as objects', async () => {
    const frame = packed(event('s0', listOf('{}', MIB)));
    const report = await flood({ subscribe: 1 }, { answer: confirming, flood: () => Array(12).fill(frame) });
    expectBounded(report, ['SUBSCRIPTION_OVERFLOW'], { growth: 256, cpu: 10_000 });
  });

  it('events before the reply of their subscription', async () => {
    const frame = packed(event('later', large));
    const report = await flood({ subscribe: 1 }, { flood: () => Array(8).fill(frame) });
    expectBounded(report, [], { growth: 256, cpu: 10_000 });
  });

  variant('events of unknown subscriptions whose names are megabytes', async () => {
    const frame = packed(event('n'.repeat(15 * MIB), '1'));
    const report = await flood({ subscribe: 1 }, { flood: () => Array(8).fill(frame) });
    expectBounded(report, [], { growth: 256, cpu: 10_000 });
  });

  variant('cursors of megabytes', async () => {
    const frames = Array.from({ length: 8 }, (_, index) =>
      packed(event('s0', `{"at":"${index}${'n'.repeat(15 * MIB)}"}`)),
    );
    const report = await flood({ subscribe: 1, cursor: true }, { answer: confirming, flood: () => frames });
    expectBounded(report, [], { growth: 256, cpu: 10_000 });
  });

  it.each([
    ['JSON', { loop: true }],
    ...(IN_FULL ? [['text as it is', { loop: true, raw: true }] as const] : []),
  ] as const)('messages for a loop that does not read: %s', async (_what, part) => {
    const frame = packed(large);
    const report = await flood(part, { flood: () => Array(8).fill(frame) });
    expectBounded(report, [], { growth: 256, cpu: 10_000 });
  });

  it('messages while a login is under way', async () => {
    const frame = packed(large);
    const report = await flood({ login: true }, { flood: () => Array(8).fill(frame) });
    expectBounded(report, ['LOGIN_FAILED'], { growth: 160, cpu: 10_000 });
  });
});

describe('questions of the server’s while handlers are slow (attack 31)', () => {
  const question = '{"id":1,"method":"confirm","params":0}';

  it('100,000 of them', async () => {
    const batch = packed(`[${Array(1_000).fill(question)}]`);
    const report = await flood({ handle: true }, { flood: () => Array(100).fill(batch) });
    expectBounded(report, ['HANDLER_FAILED'], { growth: 160, held: 16, cpu: 20_000 });
  });

  variant('with params of megabytes', async () => {
    const frame = packed(`{"id":1,"method":"confirm","params":${text(15 * MIB)}}`);
    const report = await flood({ handle: true }, { flood: () => Array(8).fill(frame) });
    expectBounded(report, ['HANDLER_FAILED'], { growth: 256, cpu: 10_000 });
  });

  it('and 200,000 calls after a handover, beside 10,000 requests of ours: each is answered for itself', async () => {
    const batch = packed(`[${Array(1_000).fill('{"id":1,"method":"x"}')}]`);
    const report = await flood(
      { handle: true, handover: true, pending: 9_900 },
      { flood: () => Array(200).fill(batch) },
    );
    // Our requests hold 7 MiB (12 in Node 24), and the last message; 200,000 calls or their answers would be 30 more.
    expectBounded(report, ['gap'], { growth: 160, held: 24, cpu: 5_000 });
  });
});
