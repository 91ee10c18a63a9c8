/** One workload, run by all its peers in turns: A B C A B C. */
import type { Client } from './client-process.ts';
import type { RoundResult } from './job.ts';
import type { Peer } from './peers.ts';
import type { PeerResult, WorkloadResult } from './results.ts';
import type { Workload } from './workloads.ts';

/** How long a run measures. */
export interface Effort {
  /** Rounds that count, of every peer. */
  readonly rounds: number;
  /** Milliseconds that a round should take. */
  readonly roundMs: number;
  /** Milliseconds after which a peer that does not answer is given up. */
  readonly patience: number;
}

export interface Racer {
  readonly peer: Peer;
  readonly start: (patience: number) => Client;
}

type Result = { -readonly [Key in keyof PeerResult]: PeerResult[Key] };

interface Runner {
  readonly result: Result;
  readonly client: Client;
  n: number;
}

const emptyResult = ({ id }: Peer): Result => ({
  id,
  runtime: '',
  library: '',
  cpu: [],
  wall: [],
  server: [],
  extra: {},
  n: 0,
});

/** What a message costs, of one round. */
const each = (value: number, { n }: RoundResult): number => value / n;

export async function race(
  workload: Workload,
  racers: readonly Racer[],
  serverCpu: () => number | undefined,
  effort: Effort,
): Promise<WorkloadResult> {
  if (workload.isFresh) return raceFresh(workload, racers, effort);
  const runners = racers.map(
    ({ peer, start }): Runner => ({
      client: start(effort.patience),
      n: workload.start,
      result: emptyResult(peer),
    }),
  );
  try {
    for (const runner of runners) {
      await attempt(runner, async () => {
        const { runtime, library } = await runner.client.ready;
        Object.assign(runner.result, { runtime, library });
        await warmUp(runner, workload, effort);
      });
    }
    for (let round = 0; round < effort.rounds; round++) {
      for (const runner of runners) await attempt(runner, () => measure(runner, serverCpu));
    }
  } finally {
    await Promise.all(runners.map(({ client }) => client.stop()));
  }
  return { id: workload.id, peers: runners.map(({ result }) => result) };
}

/** Every round of every peer in a process that has done nothing before. */
async function raceFresh(
  workload: Workload,
  racers: readonly Racer[],
  effort: Effort,
): Promise<WorkloadResult> {
  const results = racers.map(({ peer }) => emptyResult(peer));
  for (let round = 0; round < effort.rounds; round++) {
    for (const [index, { start }] of racers.entries()) {
      const runner: Runner = {
        client: start(effort.patience),
        n: workload.start,
        result: results[index] as Result,
      };
      await attempt(runner, async () => {
        const { runtime, library } = await runner.client.ready;
        Object.assign(runner.result, { runtime, library });
        await measure(runner, () => undefined);
      });
      await runner.client.stop();
    }
  }
  return { id: workload.id, peers: results };
}

/** A peer that fails is marked and left out; the others go on. */
async function attempt(runner: Runner, action: () => Promise<void>): Promise<void> {
  if (runner.result.error !== undefined) return;
  try {
    await action();
  } catch (error) {
    runner.result.error = error instanceof Error ? error.message : String(error);
    await runner.client.stop();
  }
}

/** Rounds that do not count: the first ones tell how many messages fill a round. */
async function warmUp(
  runner: Runner,
  { most = 4_000_000, warmUps = 3 }: Workload,
  { roundMs }: Effort,
): Promise<void> {
  for (let turn = 0; turn < warmUps; turn++) {
    const { n, wall } = await runner.client.round(runner.n);
    const wanted = Math.round((n * roundMs * 1_000) / Math.max(wall, 1));
    // What is slow while it is cold must not be taken for slow for ever.
    const limit = turn === 0 ? n * 50 : most;
    runner.n = Math.max(2, Math.min(wanted, limit, most));
  }
}

async function measure({ client, result, n }: Runner, serverCpu: () => number | undefined): Promise<void> {
  const before = serverCpu();
  const round = await client.round(n);
  const after = serverCpu();
  result.n = n;
  result.cpu.push(each(round.cpu, round));
  result.wall.push(each(round.wall, round));
  if (before !== undefined && after !== undefined) result.server.push(each(after - before, round));
  for (const [name, value] of Object.entries(round.extra)) {
    result.extra[name] = [...(result.extra[name] ?? []), value];
  }
}
