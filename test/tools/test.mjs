#!/usr/bin/env node
// `npm test`: everything. What is independent runs side by side, and the first thing that is wrong ends it all. The last
// line says how many tests ran, as counted by the reporter beside this file.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runLanes } from './lanes.mjs';
import { ROOT } from './run.mjs';

/** @typedef {import('./lanes.mjs').Step} Step */

const scratch = mkdtempSync(join(tmpdir(), 'holdline-test-'));
process.once('exit', () => rmSync(scratch, { recursive: true, force: true }));

let runs = 0;
/**
 * A run of tests whose count goes into the sum.
 * @param {string} what
 * @param {string[]} args
 * @returns {Step}
 */
const tests = (what, ...args) => ({
  what,
  command: ['vitest', 'run', ...args],
  env: { HOLDLINE_COUNTS_FILE: join(scratch, `${runs++}.json`) },
});

/** @type {Step} */
const prerequisites = {
  what: 'what the tests need is here',
  command: [process.execPath, 'test/tools/prerequisites.mjs'],
};

/** The package: its build, and the tests that need that. @type {Step[]} */
const packaged = [
  { what: 'build dist/', command: [process.execPath, 'test/tools/build.mjs'] },
  { what: 'package.json fits dist/ (publint)', command: ['publint', '--strict'] },
  {
    what: 'types fit every way to import (attw)',
    command: ['attw', '--pack', '.', '--profile', 'node16', '--quiet'],
  },
  { what: 'size of the browser build', command: ['size-limit'] },
  // What the guard counts runs in programs of their own: coverage has nothing of it.
  tests(
    'tests of the built package, and the guard',
    '--project=package',
    '--project=acceptance',
    '--project=guard',
  ),
  {
    what: 'worlds in which things go wrong',
    // Each mistake of mutants.json is noticed within them; test:nightly plays more.
    command: [process.execPath, 'test/simulation/simulate.mjs', '--seeds', '800'],
  },
  {
    what: 'mistakes that these worlds notice, some of them',
    command: [process.execPath, 'test/simulation/campaign.mjs', '--sample', '4'],
  },
];

/**
 * The tests of src/, with coverage: of protocol/ by its own tests alone, of the rest by unit and dom, which hold every limit
 * by themselves. What runs elsewhere would only cost more. Those in a browser could not be among them: it counts its
 * statements from other columns, and what it only loads would be held against files that are covered here.
 * @type {Step[]}
 */
const sources = [
  {
    ...tests('protocol/ is covered whole by its own tests'),
    command: ['npm', 'run', '--silent', 'coverage:protocol'],
  },
  tests(
    'all other tests of src/, with coverage',
    '--project=unit',
    '--project=dom',
    ...readdirSync(join(ROOT, 'test'))
      .filter((folder) => folder !== 'protocol')
      .map((folder) => `test/${folder}/`),
    '--coverage',
    '--coverage.exclude=src/protocol/**',
  ),
];

/** What is read and not run, and tests that wait for others much of their time. @type {Step[]} */
const others = [
  { what: 'format and lint', command: ['biome', 'check', '--error-on-warnings', '.'] },
  { what: 'types', command: ['npm', 'run', '--silent', 'typecheck'] },
  { what: 'nothing is unused: files, exports, dependencies', command: ['knip'] },
  tests('hostile servers, and servers of others', '--project=faults', '--project=interop'),
  tests('tests in a browser', '--project=browser'),
];

const begin = performance.now();
process.exitCode = (await runLanes([[prerequisites]])) || (await runLanes([packaged, sources, others]));
console.log(`\nall steps together: ${((performance.now() - begin) / 1000).toFixed(1)} s`);

const sum = { passed: 0, failed: 0, skipped: 0 };
for (const file of readdirSync(scratch)) {
  const counts = JSON.parse(readFileSync(join(scratch, file), 'utf8'));
  for (const key of /** @type {const} */ (['passed', 'failed', 'skipped'])) sum[key] += counts[key];
}
if (sum.passed + sum.failed > 0) {
  const skipped = sum.skipped > 0 ? `, ${sum.skipped} skipped` : '';
  console.log(`${sum.passed} passed, ${sum.failed} failed${skipped}`);
} else if (!process.exitCode) {
  console.error('The test runner ended well but counted nothing.');
  process.exitCode = 1;
}
