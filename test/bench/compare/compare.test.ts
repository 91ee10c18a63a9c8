import { describe, expect, it } from 'vitest';
import type { PeerResult, Results } from '../speed/results.ts';
import type { Target } from '../speed/workloads.ts';
import { compare, differences } from './compare.ts';

const RATIO: Target = { peer: 'holdline', metric: 'cpu', against: 'ws', kind: 'ratio', must: 2 };
const EXTRA: Target = { peer: 'holdline', metric: 'p50', against: 'raw', kind: 'extra', must: 2 };

function peer(id: string, cpu: number[], more: Partial<PeerResult> = {}): PeerResult {
  return { id, runtime: 'node 20', library: '1', n: 1, cpu, wall: [], server: [], extra: {}, ...more };
}

function results(...peers: PeerResult[]): Results {
  return {
    date: '2026-01-01',
    mode: 'full',
    machine: { cpu: 'one', cores: 2, system: 'Linux', pinned: true },
    workloads: [{ id: 'send', peers }],
    missing: [],
  };
}

const ours = (...cpu: number[]): PeerResult => peer('holdline', cpu);
const theirs = peer('ws', [10, 10, 10, 10, 10]);
const send = (...targets: Target[]) => [{ id: 'send', targets }];

describe('a ratio', () => {
  const committed = results(theirs, ours(1, 1, 1, 1, 1));

  it('that is the same is neither worse nor better', () => {
    expect(compare(committed, committed, send(RATIO))).toEqual([
      {
        workload: 'send',
        target: { peer: 'holdline', metric: 'cpu', against: 'ws', kind: 'ratio' },
        committed: { median: 10, low: 10, high: 10 },
        now: { median: 10, low: 10, high: 10 },
        allowed: 9,
        isWorse: false,
        isBetter: false,
        error: undefined,
      },
    ]);
  });

  it.each([
    ['5 % more CPU', 1.05, false, false],
    ['20 % more CPU', 1.2, true, false],
    ['5 % less CPU', 0.95, false, false],
    ['20 % less CPU', 0.8, false, true],
  ])('with %s', (_name, cpu, isWorse, isBetter) => {
    const now = results(theirs, ours(cpu, cpu, cpu, cpu, cpu));
    expect(compare(committed, now, send(RATIO))).toMatchObject([{ isWorse, isBetter }]);
  });

  it('may be worse by as much as its rounds lay apart', () => {
    // Ratios 8 to 12: quartiles 9 and 11, so down to 7.
    const spread = results(theirs, ours(10 / 8, 10 / 9, 1, 10 / 11, 10 / 12));
    const now = (ratio: number): Results => results(theirs, ours(...new Array(5).fill(10 / ratio)));
    expect(compare(spread, now(7.1), send(RATIO))).toMatchObject([{ isWorse: false }]);
    expect(compare(spread, now(6.9), send(RATIO))).toMatchObject([{ isWorse: true }]);
  });

  it('of rounds that lay far apart may be worse by four tenths, no more', () => {
    const wild = results(theirs, ours(10 / 2, 10 / 6, 1, 10 / 14, 10 / 18));
    expect(compare(wild, wild, send(RATIO))).toMatchObject([{ committed: { median: 10 }, allowed: 6 }]);
  });

  it('of a slower machine is the same', () => {
    const slow = results(peer('ws', [30, 30, 30]), ours(3, 3, 3));
    expect(compare(committed, slow, send(RATIO))).toMatchObject([{ isWorse: false, isBetter: false }]);
  });
});

describe('a difference', () => {
  const figures = (our: number, their: number): Results =>
    results(
      peer('holdline', [], { extra: { p50: [our, our, our] } }),
      peer('raw', [], { extra: { p50: [their, their, their] } }),
    );

  it('may grow by a tenth, and by what a clock cannot tell', () => {
    const committed = figures(12, 10);
    expect(compare(committed, figures(12.4, 10), send(EXTRA))).toMatchObject([{ isWorse: false }]);
    expect(compare(committed, figures(12.6, 10), send(EXTRA))).toMatchObject([{ isWorse: true }]);
    expect(compare(committed, figures(11, 10), send(EXTRA))).toMatchObject([{ isBetter: true }]);
  });

  it('that is less than nothing is compared in the same way', () => {
    expect(compare(figures(0, 20), figures(1, 20), send(EXTRA))).toMatchObject([{ isWorse: false }]);
    expect(compare(figures(0, 20), figures(3, 20), send(EXTRA))).toMatchObject([{ isWorse: true }]);
  });
});

describe('what cannot be compared', () => {
  const committed = results(theirs, ours(1, 1, 1));

  it('a peer that fails now is worse, and says why', () => {
    const now = results(theirs, peer('holdline', [], { error: 'no answer' }));
    expect(compare(committed, now, send(RATIO))).toMatchObject([
      { now: undefined, isWorse: true, isBetter: false, error: 'no answer' },
    ]);
  });

  it('a workload that cannot be run now is worse, and says why', () => {
    const now = { ...committed, workloads: [{ id: 'send', peers: [], error: 'no server' }] };
    expect(compare(committed, now, send(RATIO))).toMatchObject([
      { now: undefined, isWorse: true, error: 'no server' },
    ]);
  });

  it('a peer that takes no part now, or a workload that is new, or was not run, is left out', () => {
    expect(compare(committed, results(ours(9)), send(RATIO))).toEqual([]);
    expect(compare(results(), committed, send(RATIO))).toEqual([]);
    expect(compare(committed, { ...committed, workloads: [] }, send(RATIO))).toEqual([]);
    expect(compare({ ...committed, workloads: [] }, committed, send(RATIO))).toEqual([]);
  });
});

describe('differences between two runs', () => {
  it('are named: another engine, another machine', () => {
    const committed = results(theirs, ours(1));
    expect(differences(committed, committed)).toEqual([]);
    const other = results(peer('holdline', [1], { runtime: 'node 24' }));
    const now = { ...other, machine: { ...other.machine, cpu: 'two', pinned: false } };
    expect(differences(committed, now)).toEqual([
      'runtime: committed node 20, now node 24',
      'processor: committed one, now two',
      'bound to cores: committed true, now false',
    ]);
  });
});
