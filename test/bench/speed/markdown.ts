/** The tables of docs/benchmarks.md. */
import { type Peer, peerOf, REFERENCE } from './peers.ts';
import {
  bytesText,
  hasMust,
  limitText,
  loadOf,
  measuredText,
  peerIn,
  shown,
  valuesOf,
  verdictsOf,
} from './report.ts';
import type { PeerResult, Results, WorkloadResult } from './results.ts';
import { spreadOf } from './statistics.ts';
import type { Workload } from './workloads.ts';

/** A row: what is known of a workload without running it. */
export type Row = Pick<Workload, 'id' | 'title' | 'unit' | 'targets' | 'shows'>;

const table = (head: readonly string[], lines: readonly (readonly string[])[]): string =>
  [
    `| ${head.join(' | ')} |`,
    `| ${head.map((_, index) => (index === 0 ? '---' : '--:')).join(' | ')} |`,
    ...lines.map((cells) => `| ${cells.join(' | ')} |`),
  ].join('\n');

const resultOf = (results: Results, id: string): WorkloadResult | undefined =>
  results.workloads.find((workload) => workload.id === id);

/** The figure of a peer: microseconds, or what the workload shows instead. */
function cell(row: Row, peer: PeerResult | undefined): string {
  if (peer === undefined) return '';
  if (peer.error !== undefined) return 'failed';
  const { shows = 'cpu' } = row;
  const spread = spreadOf(valuesOf(peer, shows));
  if (spread === undefined) return '';
  return shows === 'cpu' ? shown(spread.median) : bytesText(spread.median);
}

/** Every figure that has a target: measured, with its quartiles, and whether that is enough. */
export function targetTable(rows: readonly Row[], results: Results): string {
  const lines = rows.flatMap((row) => {
    const result = resultOf(results, row.id);
    if (result === undefined) return [];
    return verdictsOf(row, result).map((verdict) => {
      const { target, must, stretch } = verdict;
      const { against, metric, peer } = target;
      const what = [
        row.title,
        metric === 'cpu' || metric === row.shows ? '' : metric.toUpperCase().replace('P50', 'p50'),
      ];
      const beside = [peer === 'holdline' ? '' : `${peer}`, against === '' ? '' : `vs ${against}`];
      return [
        what.filter(Boolean).join(', '),
        beside.filter(Boolean).join(' '),
        `**${measuredText(verdict)}**`,
        hasMust(target) ? `${limitText(target, target.must)} ${must ? '✓' : '✗ missed'}` : '',
        target.stretch === undefined ? '' : `${limitText(target, target.stretch)} ${stretch ? '✓' : '✗'}`,
      ];
    });
  });
  return table(['workload', '', 'measured (quartiles)', 'must', 'goal'], lines);
}

/** Figures of the named peers, a column each. */
export function peerTable(rows: readonly Row[], results: Results, ids: readonly string[]): string {
  const present = ids.filter((id) =>
    results.workloads.some(({ peers }) => peers.some((peer) => peer.id === id)),
  );
  const lines = rows.flatMap((row) => {
    const result = resultOf(results, row.id);
    const peers = present.map((id) => result?.peers.find((peer) => peer.id === id));
    if (peers.every((peer) => peer === undefined)) return [];
    return [[row.title, ...peers.map((peer) => cell(row, peer))]];
  });
  return table(['', ...present.map((id) => titleOf(peerOf(id), results))], lines);
}

/** One row a peer, for workloads with peers of their own: imports and bundles. */
export function listTable(rows: readonly Row[], results: Results): string {
  const found = rows.flatMap((row) => {
    const result = resultOf(results, row.id);
    return result === undefined ? [] : [{ row, result }];
  });
  const ids = [...new Set(found.flatMap(({ result }) => result.peers.map(({ id }) => id)))];
  const lines = ids.map((id) => [
    id,
    ...found.map(({ row, result }) =>
      cell(
        row,
        result.peers.find((peer) => peer.id === id),
      ),
    ),
  ]);
  return table(['', ...found.map(({ row }) => row.title)], lines);
}

const RUNTIME_NAMES: Readonly<Record<Peer['runtime'], string>> = {
  here: '',
  node22: 'Node 22',
  node24: 'Node 24',
  node26: 'Node 26',
  bun: 'Bun',
  deno: 'Deno',
};

function titleOf(peer: Peer, results: Results): string {
  const runtime = RUNTIME_NAMES[peer.runtime];
  if (peer.client === 'native') return `${runtime}’s own`;
  const library =
    results.workloads.flatMap(({ peers }) => peers).find(({ id }) => id === peer.id)?.library ?? '';
  const version =
    /^\d/.test(library) && peer.client !== 'holdline' && peer.variant === undefined ? ` ${library}` : '';
  return `${peer.title}${version}${runtime === '' ? '' : `, ${runtime}`}`;
}

/** How busy the two sides were with the fastest client that is one: the bare socket is not. */
export function loadTable(rows: readonly Row[], results: Results): string {
  const lines = rows.flatMap((row) => {
    const result = resultOf(results, row.id);
    const ours = result && (peerIn(result, 'holdline') ?? peerIn(result, 'holdline-own'));
    const load = ours && loadOf(ours);
    if (ours === undefined || load === undefined) return [];
    const each = (values: readonly number[]): string => shown(spreadOf(values)?.median ?? 0);
    const percent = (share: number): string => `${Math.round(share * 100)} %`;
    return [[row.title, each(ours.cpu), each(ours.server), percent(load.client), percent(load.server)]];
  });
  return table(['', 'client, us', 'server, us', 'client’s core', 'server’s core'], lines);
}

/** When, where and with what. */
export function machineText(results: Results): string {
  const peers = results.workloads
    .flatMap((workload) => workload.peers)
    .filter(({ runtime }) => runtime !== '');
  const runtimes = [...new Set(peers.map(({ runtime }) => runtime))].filter((name) => name !== 'esbuild');
  const reference = peers.find(({ id }) => id === REFERENCE)?.library ?? '';
  const { cpu, cores, system, pinned } = results.machine;
  return [
    `${results.date.slice(0, 10)}, ${results.mode} run; ${cpu}, ${cores} cores, ${system}${pinned ? ', one core for the server and one for the client' : ', not bound to cores'}.`,
    `${runtimes.join(', ')}; ws ${reference}. Without a runtime's name: ${peers.find(({ id }) => id === REFERENCE)?.runtime ?? 'Node'}.`,
    ...results.missing.map((line) => `Left out: ${line}.`),
  ].join('\n');
}
