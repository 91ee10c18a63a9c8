import { expect, test } from 'vitest';
import { peerTable, targetTable } from './markdown.ts';
import { REFERENCE } from './peers.ts';
import { measuredText, shown, verdictsOf, verdictText, workloadLines } from './report.ts';
import type { PeerResult, Results, WorkloadResult } from './results.ts';
import type { Target } from './workloads.ts';

const peer = (id: string, cpu: number[], more: Partial<PeerResult> = {}): PeerResult => ({
  ...{ id, runtime: 'Node 20.0.0', library: '1.2.3', n: 10, cpu, wall: cpu, server: cpu, extra: {} },
  ...more,
});
const ratio: Target = {
  peer: 'holdline',
  against: REFERENCE,
  kind: 'ratio',
  metric: 'cpu',
  must: 4,
  stretch: 8,
};
const row = { id: 'send-32', title: 'send', unit: 'message', targets: [ratio] } as const;
const result: WorkloadResult = {
  id: 'send-32',
  peers: [
    peer('holdline', [1, 1, 1]),
    peer(REFERENCE, [5, 6, 7]),
    peer('undici', [], { error: 'Error: broke\n at x' }),
  ],
};
const results: Results = {
  date: '2026-01-02T03:04:05Z',
  mode: 'full',
  machine: { cpu: 'a processor', cores: 2, system: 'Linux', pinned: true },
  workloads: [result],
  missing: [],
};

test('a ratio is held against what must be and what should be', () => {
  const [verdict] = verdictsOf(row, result);
  expect(verdict).toMatchObject({ must: true, stretch: false, spread: { median: 6 } });
  expect(measuredText(verdict!)).toBe('6.00x (5.50–6.50)');
  expect(verdictText(verdict!)).toBe('must 4.00x met, stretch 8.00x MISSED');
});

test('a difference and a size are better when they are less', () => {
  const extra: Target = {
    ...ratio,
    peer: REFERENCE,
    against: 'holdline',
    kind: 'extra',
    must: 5,
    stretch: 4,
  };
  expect(verdictsOf({ targets: [extra] }, result)[0]).toMatchObject({ must: true, stretch: false });
  const size: Target = { ...ratio, kind: 'value', against: '', metric: 'gzip', must: 4_000 };
  const bundle = { id: 'bundle', peers: [peer('holdline', [], { extra: { gzip: [4_200] } })] };
  const [verdict] = verdictsOf({ targets: [size] }, bundle);
  expect(verdict).toMatchObject({ must: false });
  expect(measuredText(verdict!)).toBe('4.2 kB');
});

test('of a peer that failed or took no part nothing is claimed', () => {
  expect(verdictsOf({ targets: [{ ...ratio, against: 'undici' }] }, result)).toEqual([]);
  expect(verdictsOf({ targets: [{ ...ratio, against: 'nobody' }] }, result)).toEqual([]);
});

test('the lines of a run name who failed, and why', () => {
  const lines = workloadLines(row, result);
  expect(lines.find((line) => line.includes('undici'))).toContain('FAILED: Error: broke');
  expect(lines.at(-1)).toContain('6.00x (5.50–6.50) must 4.00x met');
  expect(workloadLines(row, { id: 'send-32', peers: [], error: 'no compiler' })[1]).toBe(
    '  FAILED: no compiler',
  );
});

test('tables in Markdown', () => {
  expect(targetTable([row], results).split('\n')[2]).toBe(
    '| send | vs ws-bufferutil | **6.00x (5.50–6.50)** | 4.00x ✓ | 8.00x ✗ |',
  );
  expect(peerTable([row], results, ['holdline', 'undici', 'faye-websocket'])).toBe(
    ['|  | **holdline**, transport | undici 1.2.3 |', '| --- | --: | --: |', '| send | 1.00 | failed |'].join(
      '\n',
    ),
  );
});

test('numbers have three digits that mean something', () => {
  expect([0.1234, 1.234, 12.34, 123.4, 1_234.5, -5_000].map(shown)).toEqual([
    ...['0.123', '1.23', '12.3', '123', '1,235', '-5,000'],
  ]);
});
