import { describe, expect, it } from 'vitest';
import { AttemptHistory, STABLE_AFTER_MS } from '../../src/connection/next-attempt.ts';
import { createVirtualClock } from '../../src/testing/virtual-clock.ts';

/** One line after another, each ready for so long; what is counted after each. */
async function live(...lives: readonly (number | 'failed')[]): Promise<string[]> {
  const clock = createVirtualClock();
  const history = new AttemptHistory();
  const counted: string[] = [];
  for (const life of lives) {
    history.begin();
    if (life !== 'failed') history.ready(clock.now(), 0);
    if (typeof life === 'number') await clock.advance(life);
    const wasStable = history.ended(clock.now());
    counted.push(`${history.attempts} ${history.failures} ${history.flaps}${wasStable ? ' stable' : ''}`);
  }
  return counted;
}

describe('the history of attempts, failures and flaps in a row', () => {
  it('counts attempts that fail', async () => {
    expect(await live('failed', 'failed', 'failed')).toEqual(['1 1 0', '2 2 0', '3 3 0']);
  });

  it('counts lines that did not last as flaps too', async () => {
    expect(await live(STABLE_AFTER_MS - 1, 0, 'failed', 0)).toEqual(['1 1 1', '2 2 2', '3 3 2', '4 4 3']);
  });

  it('begins anew with the loss of a line that was stable', async () => {
    expect(await live(0, 0, STABLE_AFTER_MS, 0)).toEqual(['1 1 1', '2 2 2', '0 1 0 stable', '1 2 1']);
  });

  it('counts the life of a line that was handed over, when the next one is ready', () => {
    const history = new AttemptHistory();
    for (const failures of [1, 2]) {
      history.begin();
      history.ready(0, 0);
      history.ended(0);
      expect(history.failures).toBe(failures);
    }
    history.begin();
    history.ready(0, 0);
    history.ready(2 * STABLE_AFTER_MS, 0);
    expect([history.failures, history.flaps]).toEqual([0, 0]);
  });

  it('forgets everything on demand', () => {
    const history = new AttemptHistory();
    expect([history.begin(), history.begin()]).toEqual([1, 2]);
    history.ended(0);
    history.forget();
    expect([history.attempts, history.failures, history.flaps]).toEqual([0, 0, 0]);
  });
});
