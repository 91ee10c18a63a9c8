#!/usr/bin/env node
// `npm run simulate -- --seeds N [--from S]`: plays seeds on all cores. See docs/reference/simulation.md.
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { bundleSeeds } from './bundle.mjs';

/** Seeds of one process, at most: a new one begins with an empty heap. */
const MOST_SEEDS = 20_000;

/** Failures that are shown. */
const MOST_FAILURES = 10;

/** How often it tells how far it is, in milliseconds. */
const TELL_MS = 10_000;

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '2000' },
    from: { type: 'string', default: '1' },
    /** Of the faults of the one seed only these. */
    only: { type: 'string' },
    /** Print the history of the one seed. */
    print: { type: 'boolean', default: false },
    workers: { type: 'string', default: String(availableParallelism()) },
  },
});
const from = Number(values.from);
const seeds = Number(values.seeds);
const workers = Math.max(1, Number(values.workers));
const program = await bundleSeeds();
const begin = performance.now();

/** @type {{ failed: number, rule: string, message: string, only: string }[]} */
const failures = [];
/** @type {Map<number, { done: number, records: number }>} by the first seed of a process */
const progress = new Map();

/**
 * @param {number} first
 * @param {number} count
 * @returns {Promise<void>}
 */
function play(first, count) {
  const mode = values.print ? 'print' : 'all';
  const args = ['--max-semi-space-size=32', program, String(first), String(count), mode];
  if (values.only !== undefined) args.push(values.only);
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  /** Where another process goes on. */
  let rest = first + count;
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    if (!line.startsWith('{')) return void console.log(line);
    const told = JSON.parse(line);
    if (told.failed === undefined) progress.set(first, told);
    else {
      if (told.isOver) {
        rest = told.failed + 1;
        progress.set(first, { done: rest - first, records: progress.get(first)?.records ?? 0 });
      }
      failures.push(told);
      if (failures.length <= MOST_FAILURES) {
        console.log(`\n${told.message}`);
        console.log(
          `  npm run simulate -- --from ${told.failed} --seeds 1 --print${told.only === '' && told.isOver ? '' : ` --only=${told.only}`}`,
        );
      }
    }
  });
  return new Promise((resolve) => {
    child.once('close', (code) => {
      if (code !== 0) failures.push({ failed: first, rule: 'crash', message: `exit code ${code}`, only: '' });
      else if (rest < first + count) return resolve(play(rest, first + count - rest));
      resolve();
    });
  });
}

const sum = () => {
  let [done, records] = [0, 0];
  for (const one of progress.values()) {
    done += one.done;
    records += one.records;
  }
  return { done, records };
};

const telling = setInterval(() => {
  const { done } = sum();
  const seconds = (performance.now() - begin) / 1_000;
  const left = ((seeds - done) * seconds) / Math.max(done, 1);
  console.log(`${done} of ${seeds} seeds, ${failures.length} failed, ${left.toFixed(0)} s to go`);
}, TELL_MS);

const size = Math.max(1, Math.min(MOST_SEEDS, Math.ceil(seeds / workers)));
let next = from;
await Promise.all(
  Array.from({ length: workers }, async () => {
    while (next < from + seeds) {
      const first = next;
      next += size;
      await play(first, Math.min(size, from + seeds - first));
    }
  }),
);
clearInterval(telling);

const { done, records } = sum();
const seconds = (performance.now() - begin) / 1_000;
const rules = new Map();
for (const { rule } of failures) rules.set(rule, (rules.get(rule) ?? 0) + 1);
console.log(
  `seeds ${from} to ${from + seeds - 1}: ${done} played in ${seconds.toFixed(1)} s by ${workers} processes, ${records} records, ${failures.length} failed`,
);
for (const [rule, count] of rules) console.log(`  ${rule}: ${count}`);
process.exitCode = failures.length > 0 || done !== seeds ? 1 : 0;
