import type { Scene } from './server.ts';
import { BIN_MS } from './simulation.ts';
import { type StormRow, thousands } from './table.ts';

/** What the picture shows of the time since the loss, in seconds. */
const SHOWN_SECONDS = 60;

/** The top of every panel, in attempts a second. What is higher is cut off and labelled. */
const TOP = 120_000;

const BINS_PER_SECOND = 1_000 / BIN_MS;

const PANEL = { width: 290, height: 118, gapX: 28, gapY: 58, columns: 3 };
const MARGIN = { left: 44, top: 112, right: 28, bottom: 64 };

/** Colours of a light and of a dark page. */
const STYLE = `
  svg { --paper: #ffffff; --ink: #1d2330; --faint: #667085; --line: #d9dde4; --peer: #98a2b3; --ours: #2457d6;
    --back: #17803d; --limit: #b42318; font: 13px system-ui, "Segoe UI", Roboto, sans-serif; }
  @media (prefers-color-scheme: dark) { svg { --paper: #0d1117; --ink: #e6edf3; --faint: #9198a1; --line: #30363d;
    --peer: #656c76; --ours: #6ea0ff; --back: #4ac26b; --limit: #ff7b72; } }
  .paper { fill: var(--paper); } text { fill: var(--ink); } .faint { fill: var(--faint); font-size: 11.5px; }
  .title { font-size: 19px; font-weight: 650; } .name { font-weight: 600; } .ours.name { fill: var(--ours); }
  .frame { stroke: var(--line); fill: none; } .peer.area { fill: var(--peer); } .ours.area { fill: var(--ours); }
  .back { stroke: var(--back); stroke-width: 1.8; fill: none; stroke-linejoin: round; }
  .limit { stroke: var(--limit); stroke-width: 1.2; stroke-dasharray: 4 3; } .outage { fill: var(--limit); opacity: 0.12; }
`;

/** The storm at the server that sheds, a panel a policy: attempts a second over time, and who is back. */
export function stormPicture(rows: readonly StormRow[], clients: number, scene: Scene): string {
  const lines = Math.ceil(rows.length / PANEL.columns);
  const width = MARGIN.left + PANEL.columns * (PANEL.width + PANEL.gapX) - PANEL.gapX + MARGIN.right;
  const height = MARGIN.top + lines * (PANEL.height + PANEL.gapY) - PANEL.gapY + MARGIN.bottom;
  const panels = rows.map((row, index) => panel(row, index, clients, scene));
  const title = `${clients.toLocaleString('en')} lines lost at once: attempts per second until all are back`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">`,
    `<style>${STYLE}</style><rect class="paper" width="${width}" height="${height}" rx="10"/>`,
    `<text class="title" x="${MARGIN.left}" y="40">${title}</text>`,
    legend(scene),
    ...panels,
    `<text class="faint" x="${MARGIN.left}" y="${height - 18}">Seconds since the loss. All panels have the same scale, ` +
      `0 to ${thousands(TOP)} attempts per second and 0 to 100 % of the clients.</text>`,
    '</svg>\n',
  ].join('\n');
}

function legend({ outage, acceptsPerSecond }: Scene): string {
  const y = 70;
  const item = (x: number, sign: string, text: string): string =>
    `<g transform="translate(${MARGIN.left + x} ${y})">${sign}<text class="faint" x="26">${text}</text></g>`;
  return [
    item(0, '<rect class="ours area" y="-10" width="18" height="11"/>', 'attempts per second'),
    item(160, '<path class="back" d="M0-4h18"/>', 'clients that are back'),
    item(
      325,
      '<path class="limit" d="M0-4h18"/>',
      `what the server takes: ${thousands(acceptsPerSecond)} per second`,
    ),
    item(
      590,
      '<rect class="outage" y="-10" width="18" height="11"/>',
      `the server is away: ${outage / 1_000} s`,
    ),
  ].join('\n');
}

function panel({ policy, shed }: StormRow, index: number, clients: number, scene: Scene): string {
  const { width, height, gapX, gapY, columns } = PANEL;
  const left = MARGIN.left + (index % columns) * (width + gapX);
  const top = MARGIN.top + Math.floor(index / columns) * (height + gapY);
  const name = policy.name.replaceAll('*', '');
  const kind = name.startsWith('holdline') ? 'ours' : 'peer';
  const limit = y(scene.acceptsPerSecond);
  const away = x(scene.outage / 1_000);
  const ticks = [0, 20, 40, 60].map(
    (second) =>
      `<text class="faint" x="${x(second)}" y="${height + 15}" text-anchor="middle">${second}</text>`,
  );
  return [
    `<g transform="translate(${left} ${top})">`,
    `<text class="${kind} name" y="-9">${name}</text>`,
    `<text class="faint" x="${width}" y="-9" text-anchor="end">peak ${thousands(shed.peak)}/s</text>`,
    `<rect class="outage" width="${away}" height="${height}"/>`,
    `<path class="${kind} area" d="${area(shed.series)}"/>`,
    `<path class="limit" d="M0 ${limit}H${width}"/>`,
    `<path class="back" d="${returned(shed.returns, clients)}"/>`,
    `<rect class="frame" width="${width}" height="${height}"/>`,
    ...ticks,
    '</g>',
  ].join('\n');
}

/** The sum over the last second. Steps, not slopes: a burst of one moment is one second wide, from that moment on. */
function area(series: Uint32Array): string {
  let path = `M0 ${PANEL.height}`;
  let last = PANEL.height;
  let rate = 0;
  for (let bin = 0; bin < SHOWN_SECONDS * BINS_PER_SECOND; bin++) {
    rate += (series[bin] ?? 0) - (series[bin - BINS_PER_SECOND] ?? 0);
    const height = y(rate);
    if (height === last) continue;
    path += `H${x(bin / BINS_PER_SECOND)}V${height}`;
    last = height;
  }
  return `${path}H${PANEL.width}V${PANEL.height}Z`;
}

function returned(returns: Uint32Array, clients: number): string {
  const bins = SHOWN_SECONDS * BINS_PER_SECOND;
  const step = 4;
  let back = 0;
  let path = `M0 ${PANEL.height}`;
  let last = '';
  for (let bin = 0; bin < bins; bin++) {
    back += returns[bin] ?? 0;
    if ((bin + 1) % step !== 0) continue;
    const height = round(PANEL.height * (1 - back / clients));
    if (String(height) === last && bin + 1 < bins) continue;
    path += `L${x(((bin + 1) * BIN_MS) / 1_000)} ${height}`;
    last = String(height);
  }
  return path;
}

function x(second: number): number {
  return round((second / SHOWN_SECONDS) * PANEL.width);
}

function y(rate: number): number {
  return round(PANEL.height * (1 - Math.min(1, rate / TOP)));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
