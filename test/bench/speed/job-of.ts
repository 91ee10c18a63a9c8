import type { Job } from './job.ts';
import type { Workload } from './workloads.ts';

/** The job of a workload, but for the address. */
export function jobOf(
  workload: Workload,
  place: Pick<Job, 'url' | 'ca' | 'dist' | 'variant' | 'blockCount'>,
): Job {
  return {
    program: workload.program,
    deflate: workload.deflate ?? false,
    payload: workload.payload,
    perTick: 1_000,
    ackEvery: 0,
    window: Number.MAX_SAFE_INTEGER,
    inFlight: 1,
    ...workload.settings,
    ...place,
  };
}
