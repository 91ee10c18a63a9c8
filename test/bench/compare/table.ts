/** Comparisons as text. */
import type { Spread } from '../speed/statistics.ts';
import type { Comparison } from './compare.ts';

const COLUMNS = ['workload', 'figure', 'committed', 'allowed', 'now', ''] as const;

/** A table for the terminal, what is worse first. */
export function comparisonTable(comparisons: readonly Comparison[]): string {
  const rank = ({ isWorse }: Comparison): number => (isWorse ? 0 : 1);
  const sorted = comparisons.toSorted((a, b) => rank(a) - rank(b));
  const rows = [[...COLUMNS], ...sorted.map(rowOf)];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => (row[column] as string).length)));
  return rows
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] as number)).join('  '))
    .map((line) => line.trimEnd())
    .join('\n');
}

function rowOf({ workload, target, committed, now, allowed, ...found }: Comparison): string[] {
  const { peer, metric, against, kind } = target;
  const value = (number: number): string =>
    kind === 'ratio' ? `${digits(number)}x` : `${number < 0 ? '' : '+'}${digits(number)} us`;
  const spread = ({ median, low, high }: Spread): string =>
    `${value(median)} (${digits(low)}-${digits(high)})`;
  return [
    workload,
    `${peer}${metric === 'cpu' ? '' : ` ${metric}`} vs ${against}`,
    spread(committed),
    `${kind === 'ratio' ? '>=' : '<='} ${value(allowed)}`,
    now === undefined ? `none: ${found.error?.split('\n')[0] ?? 'not measured'}` : spread(now),
    verdict(found),
  ];
}

function verdict({ isWorse, isBetter }: Pick<Comparison, 'isWorse' | 'isBetter'>): string {
  if (isWorse) return 'WORSE';
  return isBetter ? 'better' : '';
}

function digits(value: number): string {
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}
