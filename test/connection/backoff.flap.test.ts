/** A server that accepts and drops, at any chance: the real backoff with the real record, on a clock of its own. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Backoff, createBackoff, DEFAULT_BACKOFF } from '../../src/connection/backoff.ts';
import { AttemptHistory } from '../../src/connection/next-attempt.ts';
import { createScriptedRandom } from '../../src/testing/scripted-random.ts';
import { PROPERTY_RUNS, PROPERTY_TIMEOUT } from '../tools/property-runs.ts';

const WINDOW_MS = 8_000;

/** When each line of a flapping server begins: all are ready at once and last for so long. */
function begins(backoff: Backoff, chances: readonly number[], life: number): number[] {
  let now = 0;
  const history = new AttemptHistory();
  const random = createScriptedRandom({ numbers: chances });
  return chances.map(() => {
    const begun = now;
    history.begin();
    history.ready(now, 0);
    now += life;
    history.ended(now);
    now += backoff(history.failures, random, history.flaps);
    return begun;
  });
}

/** Most lines that begin within any 8 s. */
function busiest(times: readonly number[]): number {
  const within = (from: number): number =>
    times.filter((time) => time >= from && time < from + WINDOW_MS).length;
  return Math.max(...times.map(within));
}

const CHANCES = fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), {
  minLength: 8,
  maxLength: 20,
});

describe('a server that accepts and drops', () => {
  it('sees at most 4 lines in any 8 s, whatever the chance and however short they live', {
    timeout: PROPERTY_TIMEOUT,
  }, () => {
    const backoff = createBackoff(DEFAULT_BACKOFF);
    fc.assert(
      fc.property(CHANCES, fc.double({ min: 0, max: 4_999, noNaN: true }), (chances, life) => {
        expect(busiest(begins(backoff, chances, life))).toBeLessThanOrEqual(4);
      }),
      { numRuns: PROPERTY_RUNS },
    );
  });

  it('would see more without the guard, in about one of sixteen cases', () => {
    // A plain generator (Numerical Recipes, "Quick and dirty"), so that the figure is the same every time.
    let seed = 1;
    const uniform = (): number => {
      seed = (seed * 1_664_525 + 1_013_904_223) % 2 ** 32;
      return seed / 2 ** 32;
    };
    const guarded = createBackoff(DEFAULT_BACKOFF);
    const plain: Backoff = (failures, random) => guarded(failures, random);
    const runs = Array.from({ length: 20_000 }, () => Array.from({ length: 6 }, uniform));
    const share = (backoff: Backoff): number => {
      const many = runs.filter((chances) => busiest(begins(backoff, chances, 0)) > 4);
      return many.length / runs.length;
    };
    expect(share(guarded)).toBe(0);
    expect(share(plain)).toBeCloseTo(0.06, 1);
    expect(share(plain)).toBeGreaterThan(0.04);
  });

  it('does not change the delays of attempts that are refused', () => {
    const backoff = createBackoff(DEFAULT_BACKOFF);
    for (const failures of [1, 2, 3, 9]) {
      const low = backoff(failures, createScriptedRandom({ numbers: [0] }), 1);
      expect([low, backoff(failures, createScriptedRandom({ numbers: [0] }))]).toEqual([0, 0]);
    }
  });
});
