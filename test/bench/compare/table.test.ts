import { describe, expect, it } from 'vitest';
import type { Comparison } from './compare.ts';
import { comparisonTable } from './table.ts';

const same: Comparison = {
  workload: 'receive',
  target: { peer: 'holdline', metric: 'cpu', against: 'ws', kind: 'ratio' },
  committed: { median: 10, low: 9.5, high: 10.5 },
  now: { median: 10.1, low: 10, high: 10.2 },
  allowed: 8.5,
  isWorse: false,
  isBetter: false,
  error: undefined,
};

describe('the table of comparisons', () => {
  it('has what is worse first', () => {
    const slower = { ...same, workload: 'send', now: { median: 4, low: 3.9, high: 123 }, isWorse: true };
    const faster = { ...same, workload: 'echo', isBetter: true };
    expect(comparisonTable([same, faster, slower])).toBe(
      [
        'workload  figure          committed         allowed   now',
        'send      holdline vs ws  10.0x (9.50-10.5)  >= 8.50x  4.00x (3.90-123)   WORSE',
        'receive   holdline vs ws  10.0x (9.50-10.5)  >= 8.50x  10.1x (10.0-10.2)',
        'echo      holdline vs ws  10.0x (9.50-10.5)  >= 8.50x  10.1x (10.0-10.2)  better',
      ]
        .join('\n')
        .replace('committed         allowed', 'committed          allowed'),
    );
  });

  it('shows differences with a sign, and why there is no figure', () => {
    const extra = {
      ...same,
      target: { peer: 'holdline-client', metric: 'p50', against: 'raw', kind: 'extra' },
    } as const;
    const table = comparisonTable([
      { ...extra, committed: { median: -1, low: -2, high: 0 }, allowed: 1 },
      { ...extra, now: undefined, isWorse: true, error: 'no answer\nat all' },
      { ...extra, now: undefined, isWorse: true },
    ]);
    expect(table).toContain('holdline-client p50 vs raw  -1.00 us (-2.00-0.00)  <= +1.00 us  +10.1 us');
    expect(table).toContain('none: no answer');
    expect(table).toContain('none: not measured');
  });
});
