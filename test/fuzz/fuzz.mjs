#!/usr/bin/env node
// `npm run fuzz -- --minutes N [--target NAME] [--seed S]`: fuzzes what reads what a server sends, guided by the branches that
// inputs take. What is new goes into test/fuzz/corpus, which `npm test` replays. `--input BASE64` runs one input.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { ROOT } from '../tools/run.mjs';
import { readCorpus, writeCorpus } from './corpus.mjs';
import { Fuzzer } from './fuzzer.mjs';
import { branchCounters, MOST_BRANCHES } from './instrument.mjs';

/** How often it tells how far it is, in milliseconds. */
const TELL_MS = 10_000;

/** How much more memory a target may hold at the end than at the beginning, collected. */
const MOST_GROWTH_BYTES = 64 * 1024 * 1024;

const { values } = parseArgs({
  options: {
    /** For all targets together. */
    minutes: { type: 'string', default: '1' },
    target: { type: 'string', multiple: true },
    seed: { type: 'string', default: '1' },
    input: { type: 'string' },
  },
});

const memory = new Uint8Array(MOST_BRANCHES);
const global = /** @type {{ holdlineBranches?: Uint8Array, gc?: () => void }} */ (globalThis);
global.holdlineBranches = memory;
const folder = mkdtempSync(join(tmpdir(), 'holdline-fuzz-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
const branches = branchCounters();
await build({
  absWorkingDir: ROOT,
  entryPoints: ['test/fuzz/targets.ts'],
  outfile: join(folder, 'targets.mjs'),
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  logLevel: 'warning',
  mainFields: ['module', 'main'],
  plugins: [branches.plugin],
});
/** @type {Record<string, import('./fuzzer.mjs').Target>} */
const targets = (await import(pathToFileURL(join(folder, 'targets.mjs')).href)).TARGETS;
const names = values.target ?? Object.keys(targets);
const counters = memory.subarray(0, branches.count());
/** An error that nobody awaits is one of the input that was run last. @type {unknown} */
let unheard;
process.on('uncaughtException', (error) => {
  unheard = error;
});

let failed = 0;
for (const name of names) {
  const target = targets[name];
  if (target === undefined) throw new Error(`There is no target ${name}: ${Object.keys(targets).join(', ')}`);
  const run = async (/** @type {Uint8Array} */ input) => {
    await target.run(input);
    if (unheard === undefined) return;
    const error = unheard;
    unheard = undefined;
    throw error;
  };
  if (values.input !== undefined) {
    await run(new Uint8Array(Buffer.from(values.input, 'base64')));
    console.log(`${name}: no promise is broken`);
    continue;
  }
  const fuzzer = new Fuzzer({ ...target, run }, counters, Number(values.seed));
  const kept = readCorpus(name);
  await fuzzer.begin([...kept, ...target.examples]);
  global.gc?.();
  const before = process.memoryUsage();
  const begin = performance.now();
  const end = begin + (Number(values.minutes) * 60_000) / names.length;
  let told = begin;
  const tell = () =>
    console.log(
      `${name}: ${fuzzer.runs} runs in ${((performance.now() - begin) / 1_000).toFixed(0)} s, ${fuzzer.branches} branches, ` +
        `${fuzzer.features} features, ${fuzzer.corpus.length} inputs, slowest ${fuzzer.slowest.toFixed(0)} ms, ` +
        `${fuzzer.findings.length} findings`,
    );
  while (performance.now() < end) {
    for (let left = 100; left > 0; left--) await fuzzer.step();
    // What waits for a task of its own gets it.
    await new Promise((resolve) => setImmediate(resolve));
    if (performance.now() - told < TELL_MS) continue;
    told = performance.now();
    tell();
  }
  tell();
  for (const { input, error } of fuzzer.findings) {
    failed++;
    console.log(`\n${name} is broken: ${error instanceof Error ? error.stack : String(error)}`);
    console.log(`  npm run fuzz -- --target ${name} --input ${Buffer.from(input).toString('base64')}\n`);
  }
  global.gc?.();
  const after = process.memoryUsage();
  const growth = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
  console.log(`${name}: ${(growth / 2 ** 20).toFixed(1)} MiB more memory than at the beginning`);
  if (growth > MOST_GROWTH_BYTES) failed++;
  const minimised = await fuzzer.minimised();
  writeCorpus(name, minimised);
  const bytes = minimised.reduce((sum, input) => sum + input.length, 0);
  console.log(`${name}: ${minimised.length} inputs of ${bytes} bytes are kept; there were ${kept.length}`);
}
process.exitCode = failed > 0 ? 1 : 0;
