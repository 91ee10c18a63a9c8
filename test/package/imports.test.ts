/**
 * What an import loads, counted on the built package: modules of Node (each costs milliseconds of every start), files and
 * bytes of our own, code of WebAssembly. What only some programs need is loaded when they need it.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROOT } from '../architecture/tree.ts';
import { HANG_MS } from '../tools/patience.ts';
import { type RawServer, startRawServer } from '../tools/raw-server.ts';

type Kind = 'module' | 'commonjs';

/** What a program loads beyond what Node itself had loaded. */
interface Loaded {
  /** Modules of Node, its inner ones left out. */
  readonly node: readonly string[];
  /** How often code of WebAssembly was compiled. */
  readonly compiled: number;
}

/** Counts, then does `body`, then tells. The package is found by its own name from its own folder. */
const program = (body: string): string => `
  let compiled = 0;
  // As this package does it. Node compiles code of its own in another way, when something names its fetch.
  WebAssembly.Module = new Proxy(WebAssembly.Module, {
    construct: (...call) => (compiled++, Reflect.construct(...call)),
  });
  const before = new Set(process.moduleLoadList);
  const tell = () => {
    const list = process.moduleLoadList.filter((name) => !before.has(name));
    const node = list.map((name) => /^NativeModule (?!internal\\/)(.*)/.exec(name)?.[1]).filter(Boolean).sort();
    console.log(JSON.stringify({ node, compiled }));
  };
  ${body}`;

/** Runs it; one `Loaded` for each time that it tells. */
async function run(kind: Kind, body: string): Promise<Loaded[]> {
  const flags = ['--no-warnings', `--input-type=${kind}`, '--eval', program(body)];
  const { stdout } = await promisify(execFile)(process.execPath, flags, { cwd: ROOT, timeout: HANG_MS });
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Loaded);
}

const load = (kind: Kind, specifier: string): string =>
  kind === 'module' ? `await import('${specifier}');` : `require('${specifier}');`;

/** What TCP needs, and what that loads by itself in one version of Node or another. */
const FOR_TCP = [
  // The digest of the handshake: 0.7 ms, since chance, by Web Crypto, has loaded what lies beneath.
  'crypto',
  'diagnostics_channel',
  'dns',
  'net',
  // The clock: when something was last heard is told by performance.now().
  'perf_hooks',
  'stream',
  'stream/promises',
  'string_decoder',
  'timers',
];

const ENTRIES = [
  ['holdline', ['module', 'string_decoder']],
  ['holdline/node', ['module', 'string_decoder', 'stream', 'stream/promises', 'util/types']],
  ['holdline/protocol', ['string_decoder']],
  ['holdline/envelopes', ['string_decoder']],
  ['holdline/polling', ['string_decoder']],
  ['holdline/otel', ['string_decoder']],
] as const;

describe.each(['module', 'commonjs'] as const)('a %s that imports', (kind) => {
  test.each(ENTRIES)('%s loads no more of Node than that', async (specifier, allowed) => {
    const [{ node, compiled }] = (await run(kind, `${load(kind, specifier)} tell();`)) as [Loaded];
    const known: readonly string[] = allowed;
    expect(node.filter((name) => !known.includes(name))).toEqual([]);
    expect(compiled).toBe(0);
  });
});

describe('files of ours', () => {
  /** Every file that an entry imports, by way of others, unless it is imported on demand. */
  function filesOf(entry: string): string[] {
    const found = new Set<string>();
    const follow = (file: string): void => {
      if (found.has(file)) return;
      found.add(file);
      const text = readFileSync(join(ROOT, 'dist', file), 'utf8');
      const imported = file.endsWith('.cjs')
        ? /\brequire\("\.\/([^"]+)"\)/g
        : /^(?:import|export)\b[^;'"]*["']\.\/([^"']+)["']/gm;
      for (const [, name] of text.matchAll(imported)) follow(posix.normalize(name as string));
    };
    follow(entry);
    return [...found];
  }
  const sizeOf = (files: readonly string[]): number =>
    files.reduce((sum, file) => sum + readFileSync(join(ROOT, 'dist', file)).length, 0);

  // Records are 15 kB of both, since holdline/node has their channels.
  // Each file is a round of the module loader; each byte is read, and most of them are parsed.
  test.each([
    ['index.node.js', 3, 576],
    ['index.node.cjs', 3, 430],
    ['node.js', 3, 316],
    ['node.cjs', 3, 238],
    // What holdline/polling takes of it is three files of their own.
    ['protocol.js', 10, 100],
    ['protocol.cjs', 10, 75],
  ])('%s: at most %i files, %i kB', (entry, files, kilobytes) => {
    const found = filesOf(entry);
    expect(found.length, found.join(' ')).toBeLessThanOrEqual(files);
    expect(sizeOf(found) / 1000, found.join(' ')).toBeLessThanOrEqual(kilobytes);
  });
});

describe('on demand', () => {
  let server: RawServer;
  beforeAll(async () => {
    server = await startRawServer();
  });
  afterAll(() => server.close());

  test('a plain connection with small messages needs no TLS, no zlib and no WebAssembly', async () => {
    const told = await run(
      'module',
      `const { connect } = await import('holdline');
      const socket = await connect('${server.url}');
      for (let index = 0; index < 100; index++) socket.send('small');
      socket.send('a text that is not to be compressed '.repeat(10));
      await new Promise(setImmediate);
      tell();
      process.exit();`,
    );
    const allowed: readonly string[] = [...FOR_TCP, 'module'];
    expect(told).toEqual([{ node: expect.any(Array), compiled: 0 }]);
    expect(told[0]?.node.filter((name) => !allowed.includes(name))).toEqual([]);
  });

  test('large messages compile the code for them once, for all connections of a transport', async () => {
    const told = await run(
      'module',
      `const { connect, tcpTransport } = { ...(await import('holdline')), ...(await import('holdline/node')) };
      const transport = tcpTransport();
      for (let index = 0; index < 3; index++) {
        const socket = await connect('${server.url}', { transport });
        for (let index = 0; index < 3; index++) {
          socket.send(new Uint8Array(1024 * 1024));
          while (socket.bufferedAmount > 0) await new Promise(setImmediate);
        }
      }
      tell();
      process.exit();`,
    );
    expect(told[0]?.compiled).toBe(1);
  });
});
