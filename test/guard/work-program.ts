/**
 * A process of its own in which work is counted, started with a young generation so large that nothing is collected while
 * it counts: what the heap grew by is then what was allocated. `process.argv`: the server's addresses, what to do (`count` or
 * `profile`), the load, how many messages, and for `count` the limits of objects and of buffers: it counts no further once
 * a round stays below both. Sends one report and ends.
 */
import { Session } from 'node:inspector/promises';
import { findSourceMap } from 'node:module';
import { PerformanceObserver } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { createLoads, immediate, type Run } from './loads.ts';
import type { Allocations, Site } from './work.ts';

/** Rounds that are thrown away: the first loads and compiles; after three, code is optimized and shapes are known. */
const WARM_UP_ROUNDS = { count: 1, profile: 3 };

/**
 * What one round adds (code that is not optimized yet, shapes that are not known, tables that grow) the lowest of some does
 * not have.
 */
const ROUNDS = 5;

/** A round in which something was collected counts for nothing. */
const MOST_TRIES = 4 * ROUNDS;

/** Bytes between two samples of the heap, on average. */
const SAMPLE_BYTES = 512;

let collections = 0;
new PerformanceObserver((list) => {
  collections += list.getEntries().length;
}).observe({ entryTypes: ['gc'] });

/** Twice: the second waits until the memory of the first has really been given back. */
async function collect(): Promise<void> {
  for (let round = 0; round < 2; round++) {
    (globalThis.gc as () => void)();
    // Collections are told of in a later task.
    await immediate();
    await immediate();
  }
  collections = 0;
}

/** Undefined if something was collected meanwhile: the bytes of large messages may call for that at any time. */
async function measure(run: Run, count: number): Promise<Allocations | undefined> {
  await collect();
  const before = process.memoryUsage();
  await run(count);
  const after = process.memoryUsage();
  await immediate();
  await immediate();
  if (collections > 0) return undefined;
  return {
    heap: (after.heapUsed - before.heapUsed) / count,
    buffers: (after.arrayBuffers - before.arrayBuffers) / count,
  };
}

async function lowest(run: Run, count: number, enough: Allocations): Promise<Allocations> {
  const rounds: Allocations[] = [];
  for (let tries = 0; tries < MOST_TRIES && rounds.length < ROUNDS; tries++) {
    const measured = await measure(run, count);
    if (measured === undefined) continue;
    rounds.push(measured);
    if (measured.heap < enough.heap && measured.buffers < enough.buffers) break;
  }
  if (rounds.length === 0)
    throw new Error(`Memory was collected each time that ${count} messages were counted: count fewer.`);
  return {
    heap: Math.min(...rounds.map(({ heap }) => heap)),
    buffers: Math.min(...rounds.map(({ buffers }) => buffers)),
  };
}

interface Sampled {
  readonly selfSize: number;
  readonly callFrame: {
    readonly functionName: string;
    readonly url: string;
    readonly lineNumber: number;
    readonly columnNumber: number;
  };
  readonly children: readonly Sampled[];
}

/** The file that was bundled, and the line in it. */
function placeOf({ url, lineNumber, columnNumber }: Sampled['callFrame']): string {
  if (!url.startsWith('file:')) return url === '' ? '' : `${url}:${lineNumber + 1}`;
  const entry = findSourceMap(fileURLToPath(url))?.findEntry(lineNumber, columnNumber);
  if (entry === undefined || !('originalSource' in entry)) return `${url}:${lineNumber + 1}`;
  return `${entry.originalSource.replace(/^.*\/(?=src\/|test\/)/, '')}:${entry.originalLine + 1}`;
}

/** Where the bytes were allocated, by function. */
async function profile(run: Run, count: number): Promise<readonly Site[]> {
  const session = new Session();
  session.connect();
  await collect();
  await session.post('HeapProfiler.startSampling', {
    samplingInterval: SAMPLE_BYTES,
    // Stopping collects first: without these only what is kept would be told.
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  });
  await run(count);
  const sampled = await session.post('HeapProfiler.stopSampling');
  const bytes = new Map<string, number>();
  const add = ({ selfSize, callFrame, children }: Sampled): void => {
    const site = `${callFrame.functionName || '(anonymous)'} ${placeOf(callFrame)}`;
    bytes.set(site, (bytes.get(site) ?? 0) + selfSize / count);
    for (const child of children) add(child);
  };
  add(sampled.profile.head);
  return [...bytes].map(([site, each]) => ({ site, bytes: each })).sort((a, b) => b.bytes - a.bytes);
}

const [plain = '', secure = '', named, load = '', messages, heap = 0, buffers = 0] = process.argv.slice(2);
const start = createLoads({ plain, secure })[load];
if (start === undefined) throw new Error(`There is no load "${load}".`);
const count = Number(messages);
const run = await start();
const task = named === 'profile' ? 'profile' : 'count';
for (let round = 0; round < WARM_UP_ROUNDS[task]; round++) await run(count);
const report =
  task === 'profile'
    ? await profile(run, count)
    : await lowest(run, count, { heap: Number(heap), buffers: Number(buffers) });
process.send?.(report, () => process.exit());
