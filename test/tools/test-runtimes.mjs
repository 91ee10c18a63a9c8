#!/usr/bin/env node
// `npm run test:runtimes`: the suites of tests on every runtime, one after the other.
//
//   npm run test:runtimes                       all suites on all runtimes
//   npm run test:runtimes -- node24 bun unit    these suites on these runtimes
//   npm run test:runtimes -- deno test/base     only files with this in their path; remembers nothing
//   npm run test:runtimes -- --write            writes the table of the last results to the documentation, runs nothing
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { ROOT } from './run.mjs';
import { GAPS, SUITES_NOT_RUN } from './runtime-gaps.mjs';
import { filesNotRun, outcomeOf, report, unfinished } from './runtime-results.mjs';
import { ensureRuntimes, runtimeNames, versionOf } from './runtimes.mjs';

/** @typedef {import('./runtime-results.d.mts').Event} Event */
/** @typedef {import('./runtime-results.d.mts').Outcome} Outcome */
/** @typedef {import('./runtime-results.d.mts').Results} Results */

/** As the projects in vitest.config.ts. `browser` is not here: its tests run in the browser, whatever starts it. */
const SUITES = ['unit', 'dom', 'faults', 'interop', 'acceptance', 'package'];
const RUNTIMES = ['node', ...runtimeNames()];

/** Longer than any test of ours may take: a run that tells nothing for so long is stuck. */
const STUCK_MS = 150_000;
const LOOK_MS = 1000;

const RESULTS = join(ROOT, 'node_modules', '.cache', 'holdline', 'runtimes', 'results.json');
const PAGE = join(ROOT, 'docs', 'reference', 'runtimes.md');
const [BEGIN, END] = ['<!-- table: npm run test:runtimes -- --write -->', '<!-- end of table -->'];

/** @returns {Results} */
const remembered = () => (existsSync(RESULTS) ? JSON.parse(readFileSync(RESULTS, 'utf8')) : {});

/**
 * One run of vitest, watched. Resolves when it has ended or was stuck and is no more.
 * @param {string} runtime
 * @param {string} program
 * @param {string[]} args of vitest
 * @param {string} eventsFile
 * @returns {Promise<{ events: Event[], isStuck: boolean }>}
 */
async function watchedRun(runtime, program, args, eventsFile) {
  const notRun = filesNotRun(GAPS, runtime).map(({ file }) => file);
  const flags = { bun: ['--bun'], deno: ['run', '-A'] }[runtime] ?? [];
  const child = spawn(program, [...flags, 'node_modules/vitest/vitest.mjs', 'run', ...args], {
    cwd: ROOT,
    stdio: 'inherit',
    // A group of its own, so that a stuck run can be ended with all that it has started.
    detached: process.platform !== 'win32',
    env: {
      ...process.env,
      // A test that starts `node` by its name gets this one.
      PATH: dirname(program) + delimiter + (process.env.PATH ?? ''),
      HOLDLINE_EVENTS_FILE: eventsFile,
      ...(notRun.length > 0 ? { HOLDLINE_NOT_RUN: notRun.join(' ') } : {}),
    },
  });
  const read = () => (existsSync(eventsFile) ? readFileSync(eventsFile, 'utf8') : '');
  let isStuck = false;
  let told = '';
  let since = performance.now();
  const look = setInterval(() => {
    const now = read();
    if (now !== told) [told, since] = [now, performance.now()];
    // After the last word only the end of the process is missing: vitest waits 10 s for workers that do not end.
    if (performance.now() - since < (told.includes('"kind":"finish"') ? STUCK_MS / 5 : STUCK_MS)) return;
    isStuck = true;
    kill(child);
  }, LOOK_MS);
  const interrupt = () => kill(child);
  process.once('exit', interrupt);
  await new Promise((resolve) => child.once('error', resolve).once('exit', resolve));
  process.off('exit', interrupt);
  clearInterval(look);
  const lines = read().split('\n').filter(Boolean);
  return { events: lines.map((line) => JSON.parse(line)), isStuck };
}

/** @param {import('node:child_process').ChildProcess} child */
function kill(child) {
  if (child.pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? child.pid : -child.pid, 'SIGKILL');
  } catch {
    // It has just ended by itself.
  }
}

/**
 * Runs a suite, and what is left of it again when a file has stopped everything.
 * @param {string} runtime
 * @param {string} program
 * @param {string} suite
 * @param {string[]} paths
 * @returns {Promise<Outcome>}
 */
async function runSuite(runtime, program, suite, paths) {
  const folder = mkdtempSync(join(tmpdir(), 'holdline-runtimes-'));
  /** @type {Event[]} */
  const all = [];
  /** @type {string[]} */
  const stuck = [];
  let filters = paths;
  try {
    for (let round = 0; ; round++) {
      const args = ['--project', suite, '--maxWorkers=1', '--reporter=default'];
      args.push('--reporter=./test/tools/runtime-reporter.ts');
      const { events } = await watchedRun(
        runtime,
        program,
        [...args, ...filters],
        join(folder, `events-${round}`),
      );
      all.push(...events);
      if (events.length === 0) stuck.push(`vitest (${suite})`);
      const { begun, left } = unfinished(events);
      stuck.push(...begun);
      if (left.length === 0 || events.length === 0) return outcomeOf(all, GAPS, runtime, stuck);
      // Nothing was begun, and yet there is something left: the same again would be for ever.
      if (begun.length === 0 && filters.length > 0 && left.length >= filters.length) {
        return outcomeOf(all, GAPS, runtime, left);
      }
      console.log(
        `\n${runtime} ${suite}: stopped at ${begun.join(', ') || 'no file'}; ${left.length} files left`,
      );
      filters = left;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

// What runs is in a group of its own, which Ctrl-C does not reach: it is ended on 'exit'.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

const words = process.argv.slice(2);
const paths = words.filter((word) => word.includes('/'));
const names = words.filter((word) => RUNTIMES.includes(word));
const suites = words.filter((word) => SUITES.includes(word));
const unknown = words.filter((word) => ![...paths, ...names, ...suites, '--write'].includes(word));

if (unknown.length > 0) {
  console.error(
    `What is ${unknown.join(', ')}? Runtimes: ${RUNTIMES.join(', ')}. Suites: ${SUITES.join(', ')}.`,
  );
  process.exitCode = 1;
} else if (words.includes('--write')) {
  const page = readFileSync(PAGE, 'utf8');
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error(`${PAGE} has no place for the table.`);
  const table = report(remembered(), GAPS, SUITES);
  writeFileSync(PAGE, `${before}${BEGIN}\n\n${table}\n${END}${after}`);
} else {
  await main();
}

async function main() {
  const chosen = names.length > 0 ? names : RUNTIMES;
  const installed = await ensureRuntimes(chosen.filter((name) => name !== 'node'));
  /** @type {string[]} */
  const failures = [];
  /** @type {Results} */
  const shown = {};
  for (const runtime of chosen) {
    const program = installed[runtime] ?? process.execPath;
    const version = versionOf(program);
    for (const suite of suites.length > 0 ? suites : SUITES) {
      const reason = SUITES_NOT_RUN[suite]?.[/** @type {'bun'} */ (runtime)];
      console.log(`\n## ${runtime} ${version}, ${suite}${reason ? `: not run. ${reason}` : ''}`);
      const outcome = reason ?? (await runSuite(runtime, program, suite, paths));
      if (typeof outcome !== 'string') {
        failures.push(...outcome.failures.map((line) => `${runtime} ${suite}: ${line}`));
      }
      shown[runtime] ??= { version, suites: {} };
      /** @type {Record<string, Outcome | string>} */ (shown[runtime].suites)[suite] = outcome;
      if (paths.length === 0) remember(runtime, version, suite, outcome);
    }
  }
  console.log(`\n${report(shown, GAPS, SUITES)}`);
  for (const line of failures) console.error(`FAILED ${line}`);
  process.exitCode = failures.length > 0 ? 1 : 0;
}

/**
 * @param {string} runtime
 * @param {string} version
 * @param {string} suite
 * @param {Outcome | string} outcome
 */
function remember(runtime, version, suite, outcome) {
  const results = remembered();
  const before = results[runtime]?.version === version ? results[runtime].suites : {};
  results[runtime] = { version, suites: { ...before, [suite]: outcome } };
  mkdirSync(dirname(RESULTS), { recursive: true });
  // In the order of RUNTIMES, whatever was run first.
  const sorted = RUNTIMES.flatMap((name) => (results[name] ? [[name, results[name]]] : []));
  writeFileSync(RESULTS, JSON.stringify(Object.fromEntries(sorted), undefined, 2));
}
