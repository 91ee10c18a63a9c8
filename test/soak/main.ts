/**
 * `npm run soak`: ten minutes of clients under random faults, and what they left behind. `--minutes n`, `--seed n`,
 * `--clients n`. Exit code 1 if anything was, with the seed.
 */
import { parseArgs } from 'node:util';
import { median, type Rest, type SoakReport, soak } from './soak.ts';

const ROUNDS = 20;

/** The engine compiles and learns for that long; what it learns lies on the heap too. */
const WARM_UP_ROUNDS = 3;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    clients: { type: 'string', default: '50' },
  },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed);
const began = performance.now();
let base: Rest | undefined;

console.log(`soak: ${minutes} minutes, ${values.clients} clients, --seed ${seed}`);
const report = await soak({
  seed,
  rounds: ROUNDS,
  warmUp: WARM_UP_ROUNDS,
  time: minutes * 60_000,
  clients: Number(values.clients),
  shortLives: 8,
  tolerance: 0.05,
  onRest: (rest) => {
    if (rest.round === WARM_UP_ROUNDS + 1) base = rest;
    console.log(progress(rest));
  },
});
show(report);
const { faultCount, faults } = report.ledger;
if (faultCount > 0) {
  console.error(`\n${faultCount} faults, again with: npm run soak -- --minutes ${minutes} --seed ${seed}`);
  for (const fault of faults) console.error(`- ${fault}`);
  process.exitCode = 1;
} else {
  console.log('\nNothing was left behind.');
}

function progress({ round, promises, faults, heap, counts }: Rest): string {
  const seconds = Math.round((performance.now() - began) / 1_000);
  const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  const change = base === undefined ? '' : ` (${signed((heap / base.heap - 1) * 100)} %)`;
  const mebibytes = (heap / 2 ** 20).toFixed(2);
  return (
    `${time}  round ${round}/${ROUNDS}: ${promises.toLocaleString('en')} promises, ${faults} faults, ` +
    `heap ${mebibytes} MiB${change}, ${counts['listeners of emitters']} listeners`
  );
}

function show({ ledger, first, last, rests, lines, injected }: SoakReport): void {
  const table = (title: string, rows: Iterable<readonly [string, number | string]>): void => {
    console.log(`\n${title}`);
    for (const [name, count] of rows) console.log(`  ${name.padEnd(32)} ${count.toLocaleString('en')}`);
  };
  const some = Math.ceil(rests.length / 4);
  const heaps = rests.map(({ heap }) => heap);
  table('all in all', [
    ['promises', ledger.promises],
    ['unsettled', ledger.unsettled.length],
    ['messages and requests', ledger.messages],
    ['lines that reached the server', lines],
    ['heap without a client', grown(first.heap, last.heap)],
    ['heap with the same clients', grown(median(heaps.slice(0, some)), median(heaps.slice(-some)))],
  ]);
  table('faults injected', [...injected].sort());
  table('endings', [...ledger.endings].sort());
  const names = Object.keys({ ...first.counts, ...last.counts });
  table(
    'at rest without a client',
    names.map((name) => [name, `${first.counts[name] ?? 0} -> ${last.counts[name] ?? 0}`]),
  );
}

function grown(before: number, after: number): string {
  const inMebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(2);
  return `${inMebibytes(before)} -> ${inMebibytes(after)} MiB (${signed((after / before - 1) * 100)} %)`;
}

function signed(value: number): string {
  return `${value < 0 ? '' : '+'}${value.toFixed(1)}`;
}
