/** Holds the figures of a run against those that are committed: what has become slower than chance explains. */
import type { PeerResult, Results, WorkloadResult } from '../speed/results.ts';
import { differenceOf, ratioOf, type Spread } from '../speed/statistics.ts';
import type { Target, Workload } from '../speed/workloads.ts';

/** Runs that are equal differ by so much of the median, however close together their rounds lie. */
const CHANCE = 0.1;

/** However far apart the committed rounds lie: so much of the median is no chance any more. */
const MOST = 0.4;

/** Differences in microseconds that are below this say nothing. */
const CHANCE_US = 0.5;

/** One figure, then and now. */
export interface Comparison {
  readonly workload: string;
  readonly target: Pick<Target, 'peer' | 'metric' | 'against' | 'kind'>;
  readonly committed: Spread;
  /** Missing where the run has no such figure any more. */
  readonly now: Spread | undefined;
  /** The least that a ratio may be, the most that a difference may be. */
  readonly allowed: number;
  readonly isWorse: boolean;
  readonly isBetter: boolean;
  /** Why there is no figure. */
  readonly error: string | undefined;
}

/** What is compared of a workload: all that there are targets for. */
export function compare(
  committed: Results,
  now: Results,
  workloads: readonly Pick<Workload, 'id' | 'targets'>[],
): Comparison[] {
  return workloads.flatMap(({ id, targets }) => {
    const then = committed.workloads.find((result) => result.id === id);
    const today = now.workloads.find((result) => result.id === id);
    // New ones have no past, and a run of some workloads says nothing of the others.
    if (then === undefined || today === undefined) return [];
    return targets.flatMap((target) => comparisons(id, target, then, today));
  });
}

function comparisons(
  workload: string,
  target: Target,
  then: WorkloadResult,
  today: WorkloadResult,
): Comparison[] {
  // A peer that takes no part in a quick run is not missed.
  const peers = [target.peer, target.against].map((id) => today.peers.find((peer) => peer.id === id));
  const before = figure(target, then);
  const isLeftOut = today.error === undefined && peers.some((peer) => peer === undefined);
  if (before === undefined || isLeftOut) return [];
  const after = figure(target, today);
  const allowed = allowedFor(target.kind, before);
  const { peer, metric, against, kind } = target;
  return [
    {
      workload,
      target: { peer, metric, against, kind },
      committed: before,
      now: after,
      allowed,
      isWorse: after === undefined || isBeyond(kind, after.median, allowed),
      isBetter: after !== undefined && isBeyond(kind, before.median, allowedFor(kind, after)),
      error: today.error ?? peers.find((one) => one?.error !== undefined)?.error,
    },
  ];
}

function figure(target: Target, { peers }: WorkloadResult): Spread | undefined {
  const values = (id: string): readonly number[] => {
    const peer = peers.find((one) => one.id === id);
    return peer === undefined || peer.error !== undefined ? [] : valuesOf(peer, target.metric);
  };
  const theirs = values(target.against);
  const ours = values(target.peer);
  return target.kind === 'ratio' ? ratioOf(theirs, ours) : differenceOf(theirs, ours);
}

function valuesOf(peer: PeerResult, metric: string): readonly number[] {
  return metric === 'cpu' ? peer.cpu : (peer.extra[metric] ?? []);
}

/** As far beyond the quartile as the quartiles are apart, no less than chance, and no more than can be borne. */
function allowedFor(kind: Target['kind'], { median, low, high }: Spread): number {
  const width = high - low;
  const size = Math.abs(median);
  if (kind === 'ratio') return Math.max(Math.min(low - width, median - size * CHANCE), median - size * MOST);
  const least = median + Math.max(size * CHANCE, CHANCE_US);
  return Math.max(Math.min(high + width, median + size * MOST), least);
}

/** Whether a value lies on the bad side of a limit. */
function isBeyond(kind: Target['kind'], value: number, limit: number): boolean {
  return kind === 'ratio' ? value < limit : value > limit;
}

/** What makes two runs hard to compare. Ratios bear another machine, but not another engine. */
export function differences(committed: Results, now: Results): string[] {
  const runtimes = ({ workloads }: Results): string[] => {
    const found = workloads.flatMap(({ peers }) =>
      peers.filter(({ id, runtime }) => !id.includes('@') && runtime !== '').map(({ runtime }) => runtime),
    );
    return [...new Set(found)].sort();
  };
  const facts: readonly (readonly [string, string, string])[] = [
    ['runtime', runtimes(committed).join(', '), runtimes(now).join(', ')],
    ['processor', committed.machine.cpu, now.machine.cpu],
    ['system', committed.machine.system, now.machine.system],
    ['bound to cores', String(committed.machine.pinned), String(now.machine.pinned)],
  ];
  return facts
    .filter(([, then, today]) => then !== today)
    .map(([what, then, today]) => `${what}: committed ${then}, now ${today}`);
}
