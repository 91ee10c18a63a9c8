/** What compression holds is given back at the end of every connection, however it ends. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { connect } from '../../src/index.node.ts';
import { tcpTransport } from '../../src/node.ts';
import { UNUSED_BUFFER } from '../../src/transport/tcp/deflate/zlib-stream.ts';
import { type Program, startProgram } from '../interop/program.ts';
import { IN_FULL } from '../tools/campaign.ts';

const CONNECTIONS = IN_FULL ? 2_000 : 400;
/** What the system's memory needs to settle. */
const WARM_UP = IN_FULL ? 1_000 : 200;
const AT_ONCE = 50;
const MIB = 1024 * 1024;

interface Zlib {
  once(event: 'close', listener: () => void): unknown;
}

// The very object that the transport loads.
const zlib = createRequire(import.meta.url)('node:zlib') as typeof import('node:zlib');
const transport = tcpTransport({ compression: { threshold: 0 }, connectsPerHost: Number.POSITIVE_INFINITY });
const text = 'Hello, Hello, Hello. '.repeat(100);

let server: Program;
let url: string;
beforeAll(async () => {
  server = startProgram(process.execPath, [join(import.meta.dirname, 'compressing-server.mjs')]);
  const [, port] = await server.prints(/^port (\d+)$/m);
  url = `ws://127.0.0.1:${port}`;
});
afterAll(() => server.stop());

/** One connection that compresses in both directions, then ends in one of four ways. */
async function once(index: number): Promise<void> {
  const path = ['our-close', 'their-close', 'lost', 'dropped'][index % 4] as string;
  const socket = await connect(`${url}/${path}`, {
    transport,
    closeTimeout: path === 'dropped' ? 0 : 5_000,
  });
  socket.send(text);
  if (path !== 'lost') expect(await socket.receive()).toBe(text);
  if (path === 'our-close' || path === 'dropped') void socket.close();
  await socket.closed;
}

async function run(count: number): Promise<void> {
  for (let at = 0; at < count; at += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => once(at + index)));
  }
}

function replace<Name extends 'createInflateRaw' | 'createDeflateRaw'>(
  name: Name,
  value: (typeof zlib)[Name],
): void {
  Object.defineProperty(zlib, name, { value, configurable: true, enumerable: true });
}

it('over many connections no zlib stream stays open, and memory stays flat', async () => {
  const open = new Set<object>();
  const watch = <Stream extends { once(event: 'close', listener: () => void): unknown }>(
    stream: Stream,
  ): Stream => {
    open.add(stream);
    stream.once('close', () => open.delete(stream));
    return stream;
  };
  const ours = (options: object | undefined): boolean =>
    (options as { chunkSize?: number } | undefined)?.chunkSize === UNUSED_BUFFER.chunkSize;
  let made = 0;
  // Not spies: those would keep every stream that they returned.
  const { createInflateRaw, createDeflateRaw } = zlib;
  const count = <Stream extends Zlib>(stream: Stream, options: object | undefined): Stream => {
    if (!ours(options)) return stream;
    made += 1;
    return watch(stream);
  };
  replace('createInflateRaw', (options) => count(createInflateRaw(options), options));
  replace('createDeflateRaw', (options) => count(createDeflateRaw(options), options));
  onTestFinished(() => {
    replace('createInflateRaw', createInflateRaw);
    replace('createDeflateRaw', createDeflateRaw);
  });
  await run(WARM_UP);
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  await run(CONNECTIONS);
  globalThis.gc?.();
  const grown = process.memoryUsage().rss - before;
  await expect.poll(() => open.size).toBe(0);
  expect(made).toBeGreaterThan(CONNECTIONS * 1.5);
  expect(grown / MIB).toBeLessThan(32);
});
