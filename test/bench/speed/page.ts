/** Everything that docs/benchmarks.md shows of a run: blocks of text by name, and the picture. */
import { listTable, loadTable, machineText, peerTable, type Row, targetTable } from './markdown.ts';
import { REFERENCE } from './peers.ts';
import type { Results } from './results.ts';

export const PAGE = 'docs/benchmarks.md';
export const PICTURE = 'docs/benchmarks.svg';

const LIBRARIES = [
  ...['raw', 'holdline', 'ws', REFERENCE, 'ws-corked', 'undici', 'websocket', 'faye-websocket'],
];
const RUNTIMES = [
  ...[
    'holdline@node24',
    `${REFERENCE}@node24`,
    'native@node24',
    'native@node26',
    'native@bun',
    'native@deno',
  ],
];
const OURS = ['holdline', 'holdline-websocket', 'holdline-client', 'holdline-own', 'holdline@node24'];

const LISTS = ['import-esm', 'import-cjs'];

/** The blocks of the page. */
export function blocksOf(rows: readonly Row[], results: Results): ReadonlyMap<string, string> {
  const named = (wanted: (id: string) => boolean): Row[] => rows.filter(({ id }) => wanted(id));
  const races = named((id) => !LISTS.includes(id) && id !== 'bundle' && id !== 'browser-echo');
  return new Map([
    ['speed-machine', machineText(results)],
    ['speed-targets', targetTable(rows, results)],
    ['speed-libraries', peerTable(races, results, LIBRARIES)],
    ['speed-runtimes', peerTable(races, results, ['holdline', ...RUNTIMES])],
    ['speed-ours', peerTable(races, results, OURS)],
    [
      'speed-imports',
      listTable(
        named((id) => LISTS.includes(id)),
        results,
      ),
    ],
    [
      'speed-browser',
      listTable(
        named((id) => id === 'browser-echo'),
        results,
      ),
    ],
    [
      'speed-bundles',
      listTable(
        named((id) => id === 'bundle'),
        results,
      ),
    ],
    ['speed-load', loadTable(races, results)],
  ]);
}

/** @throws Error when the page has no place for a block */
export function filledPage(page: string, blocks: ReadonlyMap<string, string>): string {
  let text = page;
  for (const [name, block] of blocks) {
    const [begin, end] = [`<!-- measured: ${name} -->`, '<!-- /measured -->'];
    const from = text.indexOf(begin);
    const to = text.indexOf(end, from);
    if (from < 0 || to < 0) throw new Error(`${PAGE} has no place for ${name}.`);
    text = `${text.slice(0, from + begin.length)}\n${block}\n${text.slice(to)}`;
  }
  return text;
}
