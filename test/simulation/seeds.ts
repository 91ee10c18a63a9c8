// Plays seeds and prints what it found, one JSON a line: what `simulate.mjs` and the campaign of mutants run in each of their
// processes.
//
//   seeds.mjs FROM COUNT [first|all|print] [ONLY]     first: ends with the first seed that breaks a promise
import { printHistory } from '../../src/testing/history.ts';
import { failureOf, runSeed, type SeedRun, shrink } from '../../src/testing/simulate.ts';
import { settingOf } from './scenario.ts';

/** One seed in so many is played twice: the same seed must give the same history, byte for byte. */
const TWICE_EVERY = 100;

/** How often it tells how far it is. Seeds. */
const TELL_EVERY = 50;

const [from = '1', count = '1', mode = 'all', list] = process.argv.slice(2);
const only = list === undefined ? undefined : list.split(',').filter(Boolean).map(Number);
const end = Number(from) + Number(count);

const tell = (what: object): void => void process.stdout.write(`${JSON.stringify(what)}\n`);

async function play(seed: number): Promise<SeedRun> {
  const { options, scenario } = settingOf(seed);
  return runSeed(scenario, seed, { ...options, only });
}

async function judge(run: SeedRun): Promise<boolean> {
  const { seed, breaches, error } = run;
  if (breaches.length > 0 || error !== undefined) {
    const { options, scenario } = settingOf(seed);
    const small = mode === 'all' ? await shrink(scenario, run, options) : run;
    const { message } = failureOf(small);
    const kept = small.faults.map((fault) => run.rolled.indexOf(fault)).join(',');
    tell({
      failed: seed,
      rule: breaches[0]?.rule ?? 'scenario',
      rules: [...new Set(breaches.map(({ rule }) => rule))].join(' '),
      message,
      only: kept,
    });
    return false;
  }
  if (seed % TWICE_EVERY !== 0) return true;
  const again = await play(seed);
  if (printHistory(again.history) === printHistory(run.history)) return true;
  tell({ failed: seed, rule: 'deterministic', message: `Seed ${seed} gave two histories.`, only: '' });
  return false;
}

let current = 0;
// An error that nobody hears of leaves the process in no state to go on from: whoever started it starts another one.
process.on('uncaughtException', (error) => {
  const faults = only === undefined ? '' : only.join(',');
  tell({
    failed: current,
    rule: 'uncaught',
    message: `Seed ${current}: ${error.stack}`,
    only: faults,
    isOver: true,
  });
  process.exit(0);
});

let done = 0;
let records = 0;
for (let seed = Number(from); seed < end; seed++) {
  current = seed;
  const run = await play(seed);
  if (mode === 'print') process.stdout.write(`${printHistory(run.history)}\n`);
  records += run.history.length;
  done++;
  const isGood = await judge(run);
  if (!isGood && mode === 'first') break;
  if (done % TELL_EVERY === 0) tell({ done, records });
}
tell({ done, records, isOver: true });
