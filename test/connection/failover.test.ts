import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBackoff, DEFAULT_BACKOFF } from '../../src/connection/backoff.ts';
import type { ConnectionOptions, LineEnd } from '../../src/connection/connection-options.ts';
import { failover, NEXT_TARGET_DELAY_MS } from '../../src/connection/failover.ts';
import { AttemptHistory, decideNext, STABLE_AFTER_MS } from '../../src/connection/next-attempt.ts';
import { createScriptedRandom } from '../../src/testing/scripted-random.ts';
import { PROPERTY_RUNS } from '../tools/property-runs.ts';

const LOST: LineEnd = { closure: { code: 1006, reason: '', wasClean: false } };

interface Failure {
  /** How long the line had been ready, in milliseconds; undefined: it never was. */
  readonly life?: number;
  /** The wait that the server names, in milliseconds. */
  readonly hint?: number;
}

/** Several addresses, and attempts that fail one after the other. */
function rotation(
  count: number,
  given: Partial<ConnectionOptions['reconnect']> = {},
  chances?: Iterable<number>,
) {
  let [now, hint] = [0, 0];
  const history = new AttemptHistory();
  const options = {
    url: Array.from({ length: count }, (_, index) => `ws://server-${index}/`),
    times: DEFAULT_BACKOFF,
    clock: { now: () => now },
    random: createScriptedRandom({ numbers: chances ?? Array.from({ length: 10_000 }, () => 0.5) }),
    reconnect: {
      backoff: (rounds: number) => rounds * 10_000,
      policy: () => ({ action: 'retry', rule: 'test', delay: hint }) as const,
      maxAttempts: Number.POSITIVE_INFINITY,
      ...given,
    },
  } as unknown as ConnectionOptions;
  failover()({ connection: { options } });
  return {
    get index() {
      return options.failover?.index;
    },
    /** The address that comes next, the delay before it, and what of it the server has asked for. */
    fail(failure: Failure = {}) {
      hint = failure.hint ?? 0;
      history.begin();
      if (failure.life !== undefined) history.ready(now, 0);
      now += failure.life ?? 0;
      const decision = decideNext(LOST, options, history);
      if (decision.action !== 'retry') return expect.unreachable();
      return { index: options.failover?.index, delay: decision.delay, hint: decision.hint };
    },
  };
}

const short = NEXT_TARGET_DELAY_MS / 2;

describe('which address comes next', () => {
  it('every address once, a short while apart, then the backoff for the round', () => {
    const { fail } = rotation(3);
    const seen = Array.from({ length: 7 }, () => fail());
    expect(seen.map(({ index, delay }) => [index, delay])).toEqual([
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
    const { fail } = rotation(1);
    expect([fail(), fail()]).toEqual([
      { index: 0, delay: 10_000, hint: 0 },
      { index: 0, delay: 20_000, hint: 0 },
    ]);
  });

  it('the loss of a stable line stays with its address, and begins a new count', () => {
    const { fail } = rotation(3);
    for (let round = 0; round < 4; round++) fail();
    expect(fail({ life: STABLE_AFTER_MS })).toEqual({ index: 1, delay: 10_000, hint: 0 });
    expect(fail({ life: STABLE_AFTER_MS, hint: 60_000 })).toEqual({ index: 1, delay: 60_000, hint: 60_000 });
    // The round began anew: both others are tried before the backoff counts.
    expect([fail().delay, fail().delay, fail().delay]).toEqual([short, short, 20_000]);
  });

  it('a wait that one server names does not hold up the next, and is kept for the round', () => {
    const { fail } = rotation(2);
    expect(fail({ hint: 45_000 })).toEqual({ index: 1, delay: short, hint: 0 });
    expect(fail({ hint: 500 })).toEqual({ index: 0, delay: 45_000, hint: 45_000 });
    expect([fail().delay, fail().delay]).toEqual([short, 20_000]);
  });

  it('spreads the next address over its whole range', () => {
    const at = (number: number) => rotation(2, {}, [number]).fail().delay;
    expect([at(0), at(0.25), at(0.999)]).toEqual([0, 250, 999]);
  });

  it('gives no server more attempts than it would get alone', () => {
    const attempts = (count: number): number => {
      const at = rotation(count, { backoff: createBackoff(DEFAULT_BACKOFF) });
      let [time, onFirst] = [0, 0];
      for (let step = 0; step < 200 && time < 120_000; step++) {
        if (at.index === 0) onFirst++;
        time += at.fail().delay;
      }
      return onFirst;
    };
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 6 }), (count) => {
        expect(attempts(count)).toBeLessThanOrEqual(attempts(1));
      }),
      { numRuns: Math.min(PROPERTY_RUNS, 100) },
    );
  });
});
