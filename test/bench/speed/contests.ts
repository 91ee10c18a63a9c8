/** Everything that is measured: the races against the C server, the cost of an import, the browser. */
import type { Choice } from './arguments.ts';
import { browserContest } from './browser/contest.ts';
import { bundleContest } from './bundles.ts';
import { importContests } from './imports.ts';
import type { Effort } from './race.ts';
import type { WorkloadResult } from './results.ts';
import { runWorkload, type Stage } from './stage.ts';
import { WORKLOADS, type Workload } from './workloads.ts';

/** One row of the report. */
export interface Contest extends Pick<Workload, 'id' | 'title' | 'unit' | 'targets' | 'isLong' | 'shows'> {
  run(): Promise<WorkloadResult>;
}

const EFFORT: Readonly<Record<Choice['mode'], Effort>> = {
  quick: { rounds: 5, roundMs: 120, patience: 20_000 },
  full: { rounds: 9, roundMs: 200, patience: 60_000 },
};

export function contestsOf(stage: Stage, choice: Choice): Contest[] {
  const usual = EFFORT[choice.mode];
  const races = WORKLOADS.map((workload): Contest => {
    const rounds = choice.rounds ?? workload.rounds ?? usual.rounds;
    return { ...workload, run: () => runWorkload(workload, stage, { ...usual, rounds }) };
  });
  const often = choice.rounds ?? (choice.mode === 'quick' ? 5 : 21);
  return [...races, ...importContests(stage, often), browserContest(stage, often), bundleContest(stage)];
}
