/** Every row of the report, known without running anything. */
import type { Row } from './markdown.ts';
import type { Target } from './workloads.ts';
import { WORKLOADS } from './workloads.ts';

const importTarget = (peer: string): Target => ({
  ...{ peer, against: 'nothing', kind: 'extra', metric: 'cpu', must: 5_000, stretch: 3_000 },
});

const importRow = (id: string, title: string): Row => ({
  id,
  title,
  unit: 'import',
  targets: [importTarget('holdline'), importTarget('holdline/node')],
});

export const IMPORT_ROWS: Readonly<Record<'esm' | 'cjs', Row>> = {
  esm: importRow('import-esm', '`import`'),
  cjs: importRow('import-cjs', '`require`'),
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
