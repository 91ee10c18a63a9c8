/** Results as text: a line while it runs, Markdown tables when it is over. */
import { REFERENCE } from './peers.ts';
import type { PeerResult, WorkloadResult } from './results.ts';
import { differenceOf, ratioOf, type Spread, spreadOf } from './statistics.ts';
import type { Target, Workload } from './workloads.ts';

/** How a figure stands to what it has to reach. */
export interface Verdict {
  readonly target: Target;
  readonly spread: Spread;
  readonly must: boolean;
  readonly stretch: boolean | undefined;
}

/** Three digits that mean something. */
export function shown(value: number): string {
  const size = Math.abs(value);
  if (size >= 1_000) return Math.round(value).toLocaleString('en');
  if (size >= 100) return value.toFixed(0);
  if (size >= 10) return value.toFixed(1);
  return value.toFixed(size >= 1 ? 2 : 3);
}

/** `15.3x` */
export const times = (value: number): string =>
  `${value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)}x`;

/** A peer that has finished. */
export const peerIn = ({ peers }: WorkloadResult, id: string): PeerResult | undefined =>
  peers.find((peer) => peer.id === id && peer.error === undefined);

/** The figures of one metric, one a round. */
export const valuesOf = (peer: PeerResult | undefined, metric: string): readonly number[] =>
  (metric === 'cpu' ? peer?.cpu : peer?.extra[metric]) ?? [];

/** The targets of a workload that its results can be held against. */
export function verdictsOf({ targets }: Pick<Workload, 'targets'>, result: WorkloadResult): Verdict[] {
  return targets.flatMap((target): Verdict[] => {
    const ours = valuesOf(peerIn(result, target.peer), target.metric);
    const theirs = valuesOf(peerIn(result, target.against), target.metric);
    const spread = spreadFor(target.kind, theirs, ours);
    if (spread === undefined) return [];
    const reaches = (limit: number): boolean =>
      target.kind === 'ratio' ? spread.median >= limit : spread.median <= limit;
    return [
      {
        target,
        spread,
        must: reaches(target.must),
        stretch: target.stretch === undefined ? undefined : reaches(target.stretch),
      },
    ];
  });
}

function spreadFor(
  kind: Target['kind'],
  theirs: readonly number[],
  ours: readonly number[],
): Spread | undefined {
  if (kind === 'value') return spreadOf(ours);
  return kind === 'ratio' ? ratioOf(theirs, ours) : differenceOf(theirs, ours);
}

/** `15.3x (14.9-15.8)`, or microseconds with a sign where the target is a difference. */
export function measuredText({ target, spread: { median, low, high } }: Verdict): string {
  if (target.kind === 'ratio')
    return `${times(median)} (${times(low).slice(0, -1)}–${times(high).slice(0, -1)})`;
  if (target.kind === 'value') return bytesText(median);
  return `${signed(median)} us (${shown(low)}–${shown(high)})`;
}

const signed = (value: number): string => (value < 0 ? shown(value) : `+${shown(value)}`);

/** All values that are not microseconds are bytes. */
export const bytesText = (bytes: number): string =>
  bytes >= 1_000 ? `${(bytes / 1_000).toFixed(1)} kB` : `${Math.round(bytes)} B`;

/** What has to be reached, in the words of the figure. */
export function limitText({ kind }: Target, limit: number): string {
  if (kind === 'value') return bytesText(limit);
  return kind === 'ratio' ? times(limit) : `+${shown(limit)} us`;
}

const mark = (isMet: boolean): string => (isMet ? 'met' : 'MISSED');

/** Whether there is something that must be reached: some rows have a goal alone. */
export const hasMust = ({ must }: Target): boolean => must > 0 && Number.isFinite(must);

/** `must 15x met, stretch 35x MISSED` */
export function verdictText({ target, must, stretch }: Verdict): string {
  const parts: string[] = [];
  if (hasMust(target)) parts.push(`must ${limitText(target, target.must)} ${mark(must)}`);
  if (target.stretch !== undefined)
    parts.push(`stretch ${limitText(target, target.stretch)} ${mark(stretch ?? false)}`);
  return parts.join(', ');
}

const metricText = ({ metric, against, peer, kind }: Target): string =>
  `${peer === 'holdline' ? '' : `${peer} `}${metric === 'cpu' ? '' : `${metric} `}${kind === 'value' ? '' : `vs ${against}`}`;

/** How busy each side was: the client has to be the one that is waited for. */
export function loadOf(peer: PeerResult): { client: number; server: number } | undefined {
  const share = (values: readonly number[]): number | undefined =>
    spreadOf(values.map((value, index) => value / (peer.wall[index] as number)))?.median;
  const client = share(peer.cpu);
  const server = share(peer.server);
  return client === undefined || server === undefined ? undefined : { client, server };
}

/** What came of a workload, in a few lines for the terminal. */
export function workloadLines(
  workload: Pick<Workload, 'id' | 'unit' | 'targets' | 'shows'>,
  result: WorkloadResult,
): string[] {
  const lines = [`${workload.id} (us of CPU a ${workload.unit})`];
  if (result.error !== undefined) lines.push(`  FAILED: ${result.error}`);
  const reference = peerIn(result, REFERENCE)?.cpu ?? [];
  for (const peer of result.peers) {
    if (peer.error !== undefined) {
      lines.push(`  ${peer.id.padEnd(24)} FAILED: ${peer.error.split('\n')[0]}`);
      continue;
    }
    const cpu = spreadOf(peer.cpu);
    if (cpu === undefined) {
      lines.push(
        `  ${peer.id.padEnd(24)} ${bytesText(spreadOf(valuesOf(peer, workload.shows ?? 'cpu'))?.median ?? 0)}`,
      );
      continue;
    }
    const ratio = ratioOf(reference, peer.cpu);
    const load = loadOf(peer);
    const percent = (value: number): string => `${Math.round(value * 100)} %`.padStart(5);
    const extra = Object.entries(peer.extra).map(
      ([name, values]) => `${name} ${shown(spreadOf(values)?.median ?? 0)}`,
    );
    lines.push(
      [
        `  ${peer.id.padEnd(24)} ${shown(cpu.median).padStart(8)} (${shown(cpu.low)}–${shown(cpu.high)})`.padEnd(
          58,
        ),
        (ratio ? times(ratio.median) : '').padStart(7),
        load ? ` busy: client${percent(load.client)}, server${percent(load.server)}` : '',
        extra.length > 0 ? `  ${extra.join(', ')}` : '',
      ].join(''),
    );
  }
  for (const verdict of verdictsOf(workload, result)) {
    lines.push(`  -> ${metricText(verdict.target)}: ${measuredText(verdict)} ${verdictText(verdict)}`);
  }
  return lines;
}
