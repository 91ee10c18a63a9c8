import { expect, it } from 'vitest';
import { fatesTable, type Row, timesTable } from './table.ts';

const outcome = (noticed: number | undefined, recovered: number | undefined, silent = 0) => ({
  noticed,
  recovered,
  answered: 10,
  failed: 2,
  silent,
});
const rows: readonly Row[] = [
  {
    client: 'one',
    server: 'ws',
    scene: 'reset',
    outcomes: [outcome(0, 400), outcome(40, 2_000, 1), outcome(90, 34_900)],
  },
  { client: 'two', server: 'ws', scene: 'reset', outcomes: [outcome(undefined, undefined)] },
];

it('times are medians in seconds, the longest in brackets, and what did not happen', () => {
  expect(timesTable(rows, ['reset', 'slow']).split('\n')).toEqual([
    '| client, server | reset | slow |',
    '| --- | --: | --: |',
    '| one, ws | 0.0 (0.1) / 2.0 (35) | not run |',
    '| two, ws | never / never | not run |',
  ]);
});

it('fates are sums, and what nobody was told of stands out', () => {
  expect(fatesTable(rows, ['reset']).split('\n').slice(2)).toEqual([
    '| one, ws | 37 / 6 / **1** |',
    '| two, ws | 12 / 2 / 0 |',
  ]);
});
