/** Every row of the report, known without running anything. */
import type { Row } from './markdown.ts';
import type { Target } from './workloads.ts';
import { WORKLOADS } from './workloads.ts';

const importTarget = (peer: string, must: number): Target => ({
  ...{ peer, against: 'nothing', kind: 'extra', metric: 'cpu', must, stretch: 3_000 },
});

/** At most `must` microseconds of CPU more than an empty program. */
const importRow = (id: string, title: string, must: number): Row => ({
  id,
  title,
  unit: 'import',
  targets: [importTarget('holdline', must), importTarget('holdline/node', must)],
});

export const IMPORT_ROWS: Readonly<Record<'esm' | 'cjs', Row>> = {
  esm: importRow('import-esm', '`import`', 7_000),
  cjs: importRow('import-cjs', '`require`', 5_000),
};

export const BROWSER_ROW: Row = {
  id: 'browser-echo',
  title: 'Chromium: echo 32 B text, 100 in flight, main thread',
  unit: 'message',
  targets: [
    { peer: 'holdline', against: 'bare', kind: 'ratio', metric: 'cpu', must: 1 / 1.05, stretch: 1 / 1.02 },
  ],
};

const size = (peer: string, must: number): Target => ({
  ...{ peer, against: '', kind: 'value', metric: 'gzip', must },
});

export const BUNDLE_ROW: Row = {
  id: 'bundle',
  title: 'minified and gzipped',
  unit: 'import',
  shows: 'gzip',
  targets: [size('holdline, plain messages', 4_000), size('holdline, all', 8_000)],
};

/** In the order of the report. */
export const ROWS: readonly Row[] = [...WORKLOADS, IMPORT_ROWS.esm, IMPORT_ROWS.cjs, BROWSER_ROW, BUNDLE_ROW];
