import { describe, expect, it } from 'vitest';
import { connectTimeout, createBackoff, DEFAULT_BACKOFF } from '../../src/connection/backoff.ts';
import { createScriptedRandom } from '../../src/testing/scripted-random.ts';

const delay = (failures: number, chance: number, changes = {}): number =>
  createBackoff({ ...DEFAULT_BACKOFF, ...changes })(failures, createScriptedRandom({ numbers: [chance] }));

describe('backoff', () => {
  // The K1 policy: min(30 s, 2 s * 2 ^ (n - 1)), the first retry anywhere in 5 s.
  it.each([
    [1, 5_000],
    [2, 4_000],
    [3, 8_000],
    [4, 16_000],
    [5, 30_000],
    [6, 30_000],
    [100, 30_000],
    [5_000, 30_000],
  ])('retry %i comes anywhere within %i ms (#88)', (failures, range) => {
    expect([0, 0.25, 0.999].map((chance) => delay(failures, chance))).toEqual([0, range / 4, 0.999 * range]);
  });

  it('takes other times', () => {
    const times = { firstDelay: 100, baseDelay: 10, factor: 3, maxDelay: 1_000 };
    expect([1, 2, 3, 4, 5, 6].map((failures) => delay(failures, 0.5, times))).toEqual([
      50, 15, 45, 135, 405, 500,
    ]);
  });

  it('stays without delay where the delay is 0, however long it goes on', () => {
    expect(delay(5_000, 0.5, { baseDelay: 0 })).toBe(0);
  });

  it('takes one number of chance for each delay', () => {
    const random = createScriptedRandom({ numbers: [0.1, 0.2] });
    const backoff = createBackoff(DEFAULT_BACKOFF);
    expect([backoff(1, random), backoff(1, random)]).toEqual([500, 1_000]);
  });
});

describe('connect timeout', () => {
  it('grows by half with every attempt, from 10 s to 60 s', () => {
    const timeouts = [1, 2, 3, 4, 5, 6, 7, 5_000].map((attempt) => connectTimeout(attempt, DEFAULT_BACKOFF));
    expect(timeouts).toEqual([10_000, 15_000, 22_500, 33_750, 50_625, 60_000, 60_000, 60_000]);
  });

  it('stays switched off where it is 0', () => {
    expect(
      [1, 5_000].map((attempt) => connectTimeout(attempt, { ...DEFAULT_BACKOFF, connectTimeout: 0 })),
    ).toEqual([0, 0]);
  });
});
