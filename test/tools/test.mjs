#!/usr/bin/env node
// `npm test`: everything, cheapest first, and stops at the first thing that is wrong.
// The last line says how many tests ran, as counted by the reporter beside this file.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './run.mjs';

const scratch = mkdtempSync(join(tmpdir(), 'holdline-test-'));
const countsFile = join(scratch, 'counts.json');
process.once('exit', () => rmSync(scratch, { recursive: true, force: true }));

/** @type {{ what: string, command: [string, ...string[]], env?: NodeJS.ProcessEnv }[]} */
const steps = [
  {
    what: 'what the tests need is here',
    command: [process.execPath, 'test/tools/prerequisites.mjs'],
  },
  { what: 'format and lint', command: ['biome', 'check', '--error-on-warnings', '.'] },
  { what: 'types', command: ['tsc', '--noEmit'] },
  { what: 'nothing is unused: files, exports, dependencies', command: ['knip'] },
  { what: 'build dist/', command: [process.execPath, 'test/tools/build.mjs'] },
  { what: 'package.json fits dist/ (publint)', command: ['publint', '--strict'] },
  {
    what: 'types fit every way to import (attw)',
    command: ['attw', '--pack', '.', '--profile', 'node16', '--quiet'],
  },
  { what: 'size of the browser build', command: ['size-limit'] },
  {
    what: 'protocol/ is covered whole by its own tests',
    command: ['npm', 'run', '--silent', 'coverage:protocol'],
  },
  {
    what: 'tests with coverage',
    command: ['vitest', 'run', '--coverage'],
    env: { HOLDLINE_COUNTS_FILE: countsFile },
  },
];

const seconds = (/** @type {number} */ since) => `${((performance.now() - since) / 1000).toFixed(1)} s`;
const begin = performance.now();

for (const [index, { what, command, env }] of steps.entries()) {
  console.log(
    `\n[${index + 1}/${steps.length}] ${what}: ${command.join(' ').replace(process.execPath, 'node')}`,
  );
  const stepBegin = performance.now();
  const [program, ...args] = command;
  const code = await run(program, args, env);
  if (code !== 0) {
    console.error(`\nFAILED at step ${index + 1}, ${what} (exit code ${code}, ${seconds(stepBegin)})`);
    process.exitCode = code;
    break;
  }
  console.log(`[${index + 1}/${steps.length}] ok, ${seconds(stepBegin)}`);
}
console.log(`\nall steps together: ${seconds(begin)}`);

/** @type {{ passed: number, failed: number, skipped: number } | undefined} */
let counts;
try {
  counts = JSON.parse(readFileSync(countsFile, 'utf8'));
} catch {
  // A step before the tests failed, or the test runner died: there is nothing to count.
}
if (counts) {
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
  console.log(`${counts.passed} passed, ${counts.failed} failed${skipped}`);
} else if (!process.exitCode) {
  console.error('The test runner ended well but counted nothing.');
  process.exitCode = 1;
}
