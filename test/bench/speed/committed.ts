/** The results that are committed, and the page that shows them. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { blocksOf, filledPage, PAGE, PICTURE } from './page.ts';
import { speedPicture } from './picture.ts';
import type { Results } from './results.ts';
import { ROWS } from './rows.ts';

export const COMMITTED = 'test/bench/speed/results/full.json';

/**
 * Replaces the workloads that were run anew; the others stay as they were. So it can be called after every one of them, and
 * a single workload can be run again.
 */
export function saveCommitted(results: Results): void {
  const past = existsSync(COMMITTED) ? (JSON.parse(readFileSync(COMMITTED, 'utf8')) as Results) : undefined;
  mkdirSync(dirname(COMMITTED), { recursive: true });
  writeFileSync(COMMITTED, `${compact(merged(past, results))}\n`);
}

/** What was run now, and what was not from before; in the order of the report. */
export function merged(past: Results | undefined, now: Results): Results {
  const kept = (past?.workloads ?? []).filter(
    ({ id }) => !now.workloads.some((workload) => workload.id === id),
  );
  const place = (id: string): number => ROWS.findIndex((row) => row.id === id);
  const workloads = [...kept, ...now.workloads].sort((a, b) => place(a.id) - place(b.id));
  return { ...now, workloads };
}

/** JSON with a line a peer, and figures of five digits: what a reviewer can read. */
export function compact(results: Results): string {
  const rounded = (_: string, value: unknown): unknown =>
    typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(5)) : value;
  const { workloads, ...rest } = results;
  const lines = workloads.map(({ peers, ...workload }) => {
    const head = JSON.stringify(workload).slice(0, -1);
    return `${head},"peers":[\n${peers.map((peer) => `    ${JSON.stringify(peer, rounded)}`).join(',\n')}\n  ]}`;
  });
  if (lines.length === 0) return JSON.stringify(results);
  return `${JSON.stringify(rest).slice(0, -1)},"workloads":[\n  ${lines.join(',\n  ')}\n]}`;
}

/** Writes the tables and the picture of the committed results. */
export function writePage(): void {
  const results = JSON.parse(readFileSync(COMMITTED, 'utf8')) as Results;
  writeFileSync(PAGE, filledPage(readFileSync(PAGE, 'utf8'), blocksOf(ROWS, results)));
  writeFileSync(PICTURE, speedPicture(ROWS, results));
  console.log(`written: ${COMMITTED}, ${PAGE}, ${PICTURE}`);
}
