import type { StormPolicy } from './policy.ts';
import { DEFAULT_LIMIT_MS, type StormResult } from './simulation.ts';

/** One policy against both servers. */
export interface StormRow {
  readonly policy: StormPolicy;
  readonly shed: StormResult;
  readonly queue: StormResult;
}

const HEADER = [
  'policy',
  'busiest second: attempts',
  'shed: attempts per client',
  'shed: t50 / t95 / t99.9',
  'queue: attempts per client',
  'queue: t50 / t95 / t99.9',
];

/** The rows as a Markdown table. Times in seconds since the server's return. */
export function stormTable(rows: readonly StormRow[], clients: number): string {
  const body = rows.map(({ policy, shed, queue }) => [
    policy.name,
    thousands(Math.max(shed.peak, queue.peak)),
    each(shed, clients),
    times(shed),
    each(queue, clients),
    times(queue),
  ]);
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(HEADER),
    line(HEADER.map((_, column) => (column === 0 ? '---' : '--:'))),
    ...body.map(line),
  ].join('\n');
}

/** The formula of every row, as a Markdown table. */
export function formulaTable(policies: readonly StormPolicy[]): string {
  const rows = policies.map(({ name, source }) => `| ${name} | ${source} |`);
  return ['| policy | formula |', '| --- | --- |', ...rows].join('\n');
}

/** 46486 as `46k`; below ten thousand as `4.2k`. */
export function thousands(count: number): string {
  const value = count / 1_000;
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)}k`;
}

function each({ attempts, back }: StormResult, clients: number): string {
  const mean = (attempts / clients).toFixed(1);
  return back === clients ? mean : `more than ${mean}`;
}

function times({ t50, t95, t999 }: StormResult): string {
  if (t50 === Number.POSITIVE_INFINITY) return `not within ${DEFAULT_LIMIT_MS / 60_000} min`;
  return [t50, t95, t999]
    .map((time) => (Number.isFinite(time) ? (time / 1_000).toFixed(0) : '-'))
    .join(' / ');
}
