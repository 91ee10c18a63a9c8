/** The picture of docs/benchmarks.md: how many times less CPU than ws + bufferutil, a line a workload, a dot a client. */

import type { Row } from './markdown.ts';
import { REFERENCE } from './peers.ts';
import { peerIn } from './report.ts';
import type { Results } from './results.ts';
import { ratioOf } from './statistics.ts';

const SHOWN: readonly { readonly id: string; readonly label: string; readonly kind: string }[] = [
  { id: 'undici', label: 'undici', kind: 'undici' },
  { id: 'native@node24', label: 'Node 24’s own', kind: 'node' },
  { id: 'native@deno', label: 'Deno’s own', kind: 'deno' },
  { id: 'native@bun', label: 'Bun’s own', kind: 'bun' },
  { id: REFERENCE, label: 'ws + bufferutil', kind: 'ws' },
  { id: 'holdline', label: 'holdline', kind: 'ours' },
];

const LEFT = 300;
const WIDTH = 940;
const TOP = 122;
const LINE = 30;
/** Ends of the scale, and the lines that it shows. */
const LOW = 0.2;
const HIGH = 64;
const TICKS = [0.25, 0.5, 1, 2, 4, 8, 16, 32, 64];

/** Colours of a light and of a dark page. */
const STYLE = `
  svg { --paper: #ffffff; --ink: #1d2330; --faint: #667085; --line: #e3e6eb; --ours: #2457d6; --ws: #475467;
    --undici: #c4810c; --node: #17803d; --bun: #b4235f; --deno: #7a5af8; font: 13px system-ui, "Segoe UI", Roboto, sans-serif; }
  @media (prefers-color-scheme: dark) { svg { --paper: #0d1117; --ink: #e6edf3; --faint: #9198a1; --line: #262c36;
    --ours: #6ea0ff; --ws: #98a2b3; --undici: #e3b341; --node: #4ac26b; --bun: #ff7eb6; --deno: #a594ff; } }
  .paper { fill: var(--paper); } text { fill: var(--ink); } .faint { fill: var(--faint); font-size: 11.5px; }
  .title { font-size: 19px; font-weight: 650; } .grid { stroke: var(--line); } .one { stroke: var(--ws); stroke-dasharray: 4 3; }
  .ours { fill: var(--ours); } .ws { fill: var(--ws); } .undici { fill: var(--undici); } .node { fill: var(--node); }
  .bun { fill: var(--bun); } .deno { fill: var(--deno); } .bar { stroke: var(--ours); stroke-width: 3; opacity: 0.35; }
`;

/** Where a ratio stands: equal steps for equal factors. */
function x(ratio: number): number {
  const share = Math.log(Math.min(HIGH, Math.max(LOW, ratio)) / LOW) / Math.log(HIGH / LOW);
  return Math.round(LEFT + share * (WIDTH - LEFT - 40));
}

export function speedPicture(rows: readonly Row[], results: Results): string {
  const lines = rows
    .map((row) => ({ row, dots: dotsOf(row, results) }))
    // A row about createClient has our transport only to compare with.
    .filter(({ row }) => row.id !== 'request' && !row.id.startsWith('client-'))
    .filter(({ dots }) => dots.some(({ kind }) => kind === 'ours'));
  const height = TOP + lines.length * LINE + 50;
  const title = 'CPU per message: how many times less than ws + bufferutil';
  const bottom = height - 44;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${title}">`,
    `<style>${STYLE}</style><rect class="paper" width="${WIDTH}" height="${height}" rx="10"/>`,
    `<text class="title" x="24" y="38">${title}</text>`,
    legend(),
    ...TICKS.map(
      (tick) =>
        `<path class="${tick === 1 ? 'one' : 'grid'}" d="M${x(tick)} ${TOP - 22}V${bottom}"/>` +
        `<text class="faint" x="${x(tick)}" y="${bottom + 17}" text-anchor="middle">${tick}x</text>`,
    ),
    ...lines.map(({ row, dots }, index) => line(row.title, dots, TOP + index * LINE)),
    `<text class="faint" x="24" y="${height - 10}">To the right is faster; the scale is logarithmic. ${results.date.slice(0, 10)}, ${results.machine.cpu}.</text>`,
    '</svg>\n',
  ].join('\n');
}

interface Dot {
  readonly kind: string;
  readonly label: string;
  readonly ratio: number;
}

function dotsOf({ id, shows = 'cpu' }: Row, results: Results): Dot[] {
  const result = results.workloads.find((workload) => workload.id === id);
  const reference = result && peerIn(result, REFERENCE);
  if (result === undefined || reference === undefined || shows !== 'cpu') return [];
  return SHOWN.flatMap(({ id: peer, label, kind }): Dot[] => {
    const ratio = ratioOf(reference.cpu, peerIn(result, peer)?.cpu ?? []);
    return ratio === undefined ? [] : [{ kind, label, ratio: ratio.median }];
  });
}

function line(title: string, dots: readonly Dot[], y: number): string {
  const ours = dots.find(({ kind }) => kind === 'ours') as Dot;
  return [
    `<text x="${LEFT - 18}" y="${y + 4}" text-anchor="end">${title.replaceAll('&', '&amp;')}</text>`,
    `<path class="bar" d="M${x(1)} ${y}H${x(ours.ratio)}"/>`,
    ...dots.map(
      ({ kind, label, ratio }) =>
        `<circle class="${kind}" cx="${x(ratio)}" cy="${y}" r="${kind === 'ours' ? 7 : 5}"><title>${label}: ${ratio.toFixed(2)}x</title></circle>`,
    ),
  ].join('\n');
}

function legend(): string {
  return [...SHOWN]
    .reverse()
    .map(
      ({ label, kind }, index) =>
        `<circle class="${kind}" cx="${34 + index * 150}" cy="64" r="5"/><text class="faint" x="${44 + index * 150}" y="68">${label}</text>`,
    )
    .join('\n');
}
