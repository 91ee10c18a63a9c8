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
  if (value >= 1_000) return Math.round(value).toLocaleString('en');
  if (value >= 100) return value.toFixed(0);
  if (value >= 10) return value.toFixed(1);
  return value.toFixed(value >= 1 ? 2 : 3);
}

const times = (value: number): string =>
  `${value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)}x`;

const peerIn = ({ peers }: WorkloadResult, id: string): PeerResult | undefined =>
  peers.find((peer) => peer.id === id && peer.error === undefined);

const valuesOf = (peer: PeerResult | undefined, metric: string): readonly number[] =>
  (metric === 'cpu' ? peer?.cpu : peer?.extra[metric]) ?? [];

/** The targets of a workload that its results can be held against. */
export function verdictsOf({ targets }: Pick<Workload, 'targets'>, result: WorkloadResult): Verdict[] {
  return targets.flatMap((target): Verdict[] => {
    const ours = valuesOf(peerIn(result, target.peer), target.metric);
    const theirs = valuesOf(peerIn(result, target.against), target.metric);
    const spread = target.kind === 'ratio' ? ratioOf(theirs, ours) : differenceOf(theirs, ours);
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

/** `15.3x (14.9-15.8)`, or microseconds with a sign where the target is a difference. */
export function measuredText({ target, spread: { median, low, high } }: Verdict): string {
  if (target.kind === 'ratio')
    return `${times(median)} (${times(low).slice(0, -1)}–${times(high).slice(0, -1)})`;
  return `+${shown(median)} us (${shown(low)}–${shown(high)})`;
}

function limitText({ kind }: Target, limit: number): string {
  return kind === 'ratio' ? times(limit) : `+${shown(limit)} us`;
}

const mark = (isMet: boolean): string => (isMet ? 'met' : 'MISSED');

/** `must 15x met, stretch 35x MISSED` */
export function verdictText({ target, must, stretch }: Verdict): string {
  const parts: string[] = [];
  if (target.must > 0) parts.push(`must ${limitText(target, target.must)} ${mark(must)}`);
  if (target.stretch !== undefined)
    parts.push(`stretch ${limitText(target, target.stretch)} ${mark(stretch ?? false)}`);
  return parts.join(', ');
}

const metricText = ({ metric, against, peer }: Target): string =>
  `${peer === 'holdline' ? '' : `${peer} `}${metric === 'cpu' ? '' : `${metric} `}vs ${against}`;

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
  workload: Pick<Workload, 'id' | 'unit' | 'targets'>,
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
    if (cpu === undefined) continue;
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
