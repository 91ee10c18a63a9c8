/**
 * `npm run bench:compare`: runs the quick benchmark and holds every figure that has a target against the committed ones.
 * What is worse is measured a second time, longer; what is worse again ends this with exit code 1. Words on the command line are
 * passed on: `npm run bench:compare -- --only send`. `--now FILE` compares a run that was made before.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Results } from '../speed/results.ts';
import { type Target, WORKLOADS, type Workload } from '../speed/workloads.ts';
import { type Comparison, compare, differences } from './compare.ts';
import { comparisonTable } from './table.ts';

/** run-ts.mjs starts programs in the project's folder. */
const RESULTS_FOLDER = 'test/bench/speed/results';

/** What is held against each other: every race that has targets, and what an import costs beyond an empty program. */
const COMPARED: readonly Pick<Workload, 'id' | 'targets'>[] = [
  ...WORKLOADS,
  ...['import-esm', 'import-cjs'].map((id) => ({
    id,
    targets: ['holdline', 'holdline/node'].map((peer): Target => {
      return { peer, against: 'nothing', kind: 'extra', metric: 'cpu', must: 5_000 };
    }),
  })),
];

/** Rounds of the second look. */
const ROUNDS = 15;

const readResults = (path: string): Results => JSON.parse(readFileSync(path, 'utf8')) as Results;

/** The newest full run that is committed, or the newest at all. */
function committedResults(): Results {
  const all = (existsSync(RESULTS_FOLDER) ? readdirSync(RESULTS_FOLDER) : [])
    .filter((name) => name.endsWith('.json'))
    .map((name) => readResults(join(RESULTS_FOLDER, name)))
    .sort((a, b) => (a.date < b.date ? 1 : -1));
  const chosen = all.find(({ mode }) => mode === 'full') ?? all[0];
  if (chosen === undefined) throw new Error(`There is nothing to compare with in ${RESULTS_FOLDER}.`);
  return chosen;
}

function measure(words: readonly string[]): Results {
  const folder = mkdtempSync(join(tmpdir(), 'holdline-compare-'));
  try {
    const json = join(folder, 'results.json');
    const program = ['test/bench/speed/start.mjs', 'quick', '--json', json, ...words];
    const { status } = spawnSync(process.execPath, program, { stdio: 'inherit' });
    if (status !== 0) throw new Error(`The benchmark ended with ${status}.`);
    return readResults(json);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const worse = (comparisons: readonly Comparison[]): Comparison[] =>
  comparisons.filter(({ isWorse }) => isWorse);

function main(words: readonly string[]): void {
  const committed = committedResults();
  const at = words.indexOf('--now');
  const now = at < 0 ? measure(words) : readResults(words[at + 1] as string);
  const first = compare(committed, now, COMPARED);
  console.log(`\nagainst the figures of ${committed.date.slice(0, 10)} (${committed.mode} run):\n`);
  for (const line of differences(committed, now)) console.log(`  differs: ${line}`);
  console.log(`\n${comparisonTable(first)}`);
  let found = worse(first);
  if (found.length > 0 && at < 0) {
    const ids = [...new Set(found.map(({ workload }) => `=${workload}`))];
    console.log(`\nonce more, ${ROUNDS} rounds: ${ids.join(' ')}`);
    const again = measure(['--only', ids.join(','), '--rounds', String(ROUNDS)]);
    const second = compare(committed, again, COMPARED);
    console.log(`\n${comparisonTable(second)}`);
    found = worse(second);
  }
  if (found.length === 0) {
    console.log(`\n${first.length} figures, none worse than chance explains.`);
    return;
  }
  console.error(
    `\n${found.length} of ${first.length} figures became worse. docs/benchmarks.md tells how to race two builds (--base) ` +
      'and how to look at a profile; if the price is worth paying, write new results with npm run bench -- --write.',
  );
  process.exitCode = 1;
}

main(process.argv.slice(2));
