import { printHistory } from '../../src/testing/history.ts';
import { failureOf, runSeed } from '../../src/testing/simulate.ts';
import { settingOf } from './scenario.ts';

const args = process.argv.slice(2);
const [n, from] = [Number(args[0] ?? 100), Number(args[1] ?? 1)];
const begin = performance.now();
const counts: Record<string, number> = {};
for (let seed = from; seed < from + n; seed++) {
  const { options, play } = settingOf(seed);
  const run = await runSeed(play, seed, options);
  if (args[2] === 'print') console.log(printHistory(run.history));
  if (run.breaches.length > 0 || run.error) {
    for (const { rule } of run.breaches) counts[rule] = (counts[rule] ?? 0) + 1;
    if (args[2] !== 'quiet') console.log(failureOf(run).message, run.error);
  }
}
console.log(counts, (performance.now() - begin) / n, 'ms a seed');
