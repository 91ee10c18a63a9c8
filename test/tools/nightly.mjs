#!/usr/bin/env node
// `npm run test:nightly`: every property with 100,000 runs in place of 400 and a seed drawn anew, and every campaign in
// full (campaign.ts), one file of tests after the other, with the time that each took. HOLDLINE_PROPERTY_RUNS sets another
// number, HOLDLINE_PROPERTY_SEED the seed; words on the command line choose files by a part of their path: npm run
// test:nightly -- protocol. Without words 20,000 simulated worlds follow, and the benchmark against the committed figures.
import { randomInt } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ROOT, run } from './run.mjs';

const runs = process.env.HOLDLINE_PROPERTY_RUNS ?? '100000';
const seed = process.env.HOLDLINE_PROPERTY_SEED ?? String(randomInt(2 ** 31));
const words = process.argv.slice(2);
/** Time for a campaign in full, in milliseconds. Properties have their own. */
const CAMPAIGN_MS = 900_000;
/** Where its files may be. */
const PROJECTS = ['unit', 'dom', 'faults', 'package'];

const sources = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
  .map((path) => join('test', path).replaceAll('\\', '/'))
  .filter((path) => /\.tsx?$/.test(path));
const isTest = (/** @type {string} */ path) => /\.test\.tsx?$/.test(path);
/** @param {string} path @param {readonly string[]} names */
const importsOneOf = (path, names) => {
  const text = readFileSync(join(ROOT, path), 'utf8');
  return names.some((name) => text.includes(`/${name}';`));
};
/** What a file imports that is longer by night: properties, campaigns, and helpers with a campaign. */
const LONGER = ['property-runs.ts', 'campaign.ts'];
LONGER.push(
  ...sources
    .filter((path) => !isTest(path) && importsOneOf(path, ['campaign.ts']))
    .map((path) => basename(path)),
);

const files = sources
  .filter((path) => isTest(path) && (path.startsWith('test/faults/') || importsOneOf(path, LONGER)))
  .filter((path) => words.length === 0 || words.some((word) => path.includes(word)))
  .sort();

const begin = performance.now();
const minutes = (/** @type {number} */ since) => `${((performance.now() - since) / 60_000).toFixed(1)} min`;
/** @type {string[]} */
const failed = [];
console.log(`${files.length} files, ${runs} runs a property, HOLDLINE_PROPERTY_SEED=${seed}`);
const needsBuild = files.some((path) => /^test\/(package|types)\//.test(path));
if (needsBuild && (await run(process.execPath, ['test/tools/build.mjs', '--if-stale'])) !== 0)
  process.exit(1);
for (const [index, file] of files.entries()) {
  const fileBegin = performance.now();
  console.log(`\n[${index + 1}/${files.length}] ${file}`);
  const args = ['run', ...PROJECTS.map((name) => `--project=${name}`), `--testTimeout=${CAMPAIGN_MS}`, file];
  const code = await run('vitest', args, {
    HOLDLINE_CAMPAIGNS: 'full',
    HOLDLINE_PROPERTY_RUNS: runs,
    HOLDLINE_PROPERTY_SEED: seed,
  });
  if (code !== 0) failed.push(file);
  console.log(`[${index + 1}/${files.length}] ${code === 0 ? 'ok' : 'FAILED'}, ${minutes(fileBegin)}`);
}
console.log(`\nall files together: ${minutes(begin)}`);
if (words.length === 0) {
  const simulate = 'test/simulation/simulate.mjs';
  if ((await run(process.execPath, [simulate, '--seeds', '20000'])) !== 0) failed.push(simulate);
  // Last, so that nothing else runs beside it.
  const compare = 'test/bench/compare/main.ts';
  if ((await run(process.execPath, ['test/tools/run-ts.mjs', compare])) !== 0) failed.push(compare);
}
if (files.length === 0) console.error('No file of tests with properties or campaigns has such a path.');
if (failed.length > 0) console.error(`FAILED: ${failed.join(', ')}`);
process.exitCode = failed.length > 0 || files.length === 0 ? 1 : 0;
