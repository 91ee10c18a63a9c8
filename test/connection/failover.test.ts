import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBackoff, DEFAULT_BACKOFF } from '../../src/connection/backoff.ts';
import {
  FIRST_TARGET,
  NEXT_TARGET_DELAY_MS,
  nextTarget,
  type Rotation,
  shownTarget,
} from '../../src/connection/failover.ts';
import { createScriptedRandom } from '../../src/testing/scripted-random.ts';
import { PROPERTY_RUNS } from '../tools/property-runs.ts';

const random = createScriptedRandom({ numbers: Array.from({ length: 10_000 }, () => 0.5) });

const failing = (rotation: Rotation, count: number, given: { wasStable?: boolean; hint?: number } = {}) =>
  nextTarget(rotation, {
    count,
    wasStable: given.wasStable ?? false,
    hint: given.hint ?? 0,
    backoff: (rounds) => rounds * 10_000,
    random,
  });

const short = NEXT_TARGET_DELAY_MS / 2;

describe('which address comes next', () => {
  it('every address once, a short while apart, then the backoff for the round', () => {
    let rotation = FIRST_TARGET;
    const seen: [index: number, delay: number][] = [];
    for (let attempt = 0; attempt < 7; attempt++) {
      const next = failing(rotation, 3);
      rotation = next.rotation;
      seen.push([rotation.index, next.delay]);
    }
    expect(seen).toEqual([
      [1, short],
      [2, short],
      [0, 10_000],
      [1, short],
      [2, short],
      [0, 20_000],
      [1, short],
    ]);
  });

  it('a single address waits the whole backoff every time', () => {
    const first = failing(FIRST_TARGET, 1);
    const second = failing(first.rotation, 1);
    expect([first.rotation.index, first.delay, second.rotation.index, second.delay]).toEqual([
      0, 10_000, 0, 20_000,
    ]);
  });

  it('the loss of a stable line stays with its address, and begins a new count', () => {
    const worn = { index: 1, tried: 1, rounds: 4, hint: 9 };
    expect(failing(worn, 3, { wasStable: true })).toEqual({
      rotation: { index: 1, tried: 0, rounds: 1, hint: 0 },
      delay: 10_000,
      hint: 0,
    });
    expect(failing(worn, 3, { wasStable: true, hint: 60_000 })).toMatchObject({
      delay: 60_000,
      hint: 60_000,
    });
  });

  it('a wait that one server names does not hold up the next, and is kept for the round', () => {
    const first = failing(FIRST_TARGET, 2, { hint: 45_000 });
    expect(first).toEqual({
      rotation: { index: 1, tried: 1, rounds: 0, hint: 45_000 },
      delay: short,
      hint: 0,
    });
    const second = failing(first.rotation, 2, { hint: 500 });
    expect(second).toMatchObject({ rotation: { index: 0, rounds: 1, hint: 0 }, delay: 45_000, hint: 45_000 });
    expect(failing(second.rotation, 1).delay).toBe(20_000);
  });

  it('spreads the next address over its whole range', () => {
    const at = (number: number) =>
      nextTarget(FIRST_TARGET, {
        count: 2,
        wasStable: false,
        hint: 0,
        backoff: () => 0,
        random: createScriptedRandom({ numbers: [number] }),
      }).delay;
    expect([at(0), at(0.25), at(0.999)]).toEqual([0, 250, 999]);
  });

  it('gives no server more attempts than it would get alone', () => {
    const backoff = createBackoff(DEFAULT_BACKOFF);
    const attempts = (count: number, chances: readonly number[]): number => {
      const known = createScriptedRandom({ numbers: [...chances, ...Array(5_000).fill(0.5)] });
      let rotation = FIRST_TARGET;
      let [time, onFirst] = [0, 0];
      for (let step = 0; step < 200 && time < 120_000; step++) {
        if (rotation.index === 0) onFirst++;
        const next = nextTarget(rotation, { count, wasStable: false, hint: 0, backoff, random: known });
        rotation = next.rotation;
        time += next.delay;
      }
      return onFirst;
    };
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 6 }), (count) => {
        expect(attempts(count, [])).toBeLessThanOrEqual(attempts(1, []));
      }),
      { numRuns: PROPERTY_RUNS },
    );
  });
});

describe('how an address is shown', () => {
  it.each([
    ['wss://user:secret@example.com:8443/a/b?token=hush#x', 'wss://example.com:8443/a/b'],
    ['ws://a@b@host/path', 'ws://host/path'],
    ['wss://example.com', 'wss://example.com'],
    ['wss://example.com?token=hush', 'wss://example.com'],
    ['wss://example.com/a@b', 'wss://example.com/a@b'],
    ['ws+unix:/run/app.sock:/chat?token=hush', 'ws+unix:/run/app.sock:/chat'],
    ['wss:/user:secret@example.com/', ''],
    ['token=hush', ''],
  ])('%s', (target, shown) => {
    expect(shownTarget(target)).toBe(shown);
  });

  it('takes a URL object', () => {
    expect(shownTarget(new URL('wss://example.com/?token=hush'))).toBe('wss://example.com/');
  });
});
