import { describe, expect, it } from 'vitest';
import { AuthError, HandshakeError } from '../../src/base/errors.ts';
import type { ConnectionOptions, LineEnd } from '../../src/connection/connection-options.ts';
import { AttemptHistory, renewableRefusal, STABLE_AFTER_MS } from '../../src/connection/next-attempt.ts';
import { createScriptedRandom } from '../../src/testing/scripted-random.ts';
import { createVirtualClock } from '../../src/testing/virtual-clock.ts';
import { always } from '../tools/connection-harness.ts';

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

it('a wish of the server to have another line rests its whole time while no line is ready', () => {
  const history = new AttemptHistory();
  for (const _ of [1, 2]) {
    history.begin();
    history.ready(0, 0);
    history.ended(0);
  }
  history.begin();
  expect(history.restFor(1_000)).toBe(STABLE_AFTER_MS);
  history.ready(1_000, 0);
  expect(history.restFor(3_000)).toBe(STABLE_AFTER_MS - 2_000);
});

it('an attempt that counts for nothing is a refusal only if new credentials can be got for it', () => {
  const lost = (code: number): LineEnd => ({ closure: { code, reason: '', wasClean: true } });
  const loginError = new AuthError('no');
  const options = {
    clock: createVirtualClock(),
    random: createScriptedRandom({ numbers: always(0.5) }),
    renew: () => {},
  } as unknown as ConnectionOptions;
  const refusal = (end: LineEnd, given = options) => renewableRefusal(end, given, new AttemptHistory());
  expect(refusal({ ...lost(1000), loginError })).toBe(loginError);
  expect(refusal({ ...lost(1000), loginError }, { ...options, renew: undefined })).toBeUndefined();
  const error = new HandshakeError('HANDSHAKE_STATUS', { phase: 'http', status: 401 });
  expect(refusal({ closure: { ...lost(1006).closure, error } })).toMatchObject({
    name: 'AuthError',
    cause: error,
  });
  expect(refusal(lost(1001))).toBeUndefined();
});
