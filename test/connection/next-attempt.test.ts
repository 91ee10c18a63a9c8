import { describe, expect, it } from 'vitest';
import { login } from '../../src/auth/login.ts';
import { AuthError, ConnectionError, HandshakeError } from '../../src/base/errors.ts';
import { createBackoff, DEFAULT_BACKOFF } from '../../src/connection/backoff.ts';
import type {
  ConnectionOptions,
  LineEnd,
  ReconnectSettings,
} from '../../src/connection/connection-options.ts';
import { AttemptHistory, type Decision, decideNext, localDelay } from '../../src/connection/next-attempt.ts';
import { defaultRetryPolicy } from '../../src/connection/retry-policy.ts';
import { createScriptedRandom } from '../../src/testing/scripted-random.ts';
import { createVirtualClock } from '../../src/testing/virtual-clock.ts';
import { always } from '../tools/connection-harness.ts';

interface Case {
  readonly failures?: number;
  readonly flaps?: number;
  readonly mayRenew?: boolean;
  readonly reconnect?: Partial<ReconnectSettings> | false;
  readonly options?: Partial<ConnectionOptions>;
}

/** What follows, when so many failures have come before this one counts. */
function verdict(
  end: LineEnd,
  { failures = 1, flaps = 0, mayRenew = false, reconnect, options }: Case = {},
): Decision {
  const history = new AttemptHistory();
  Object.assign(history, { attempts: failures, failures: failures - 1, flaps });
  history.renewal.isUnproven = !mayRenew;
  const settings: ReconnectSettings = {
    backoff: createBackoff(DEFAULT_BACKOFF),
    policy: defaultRetryPolicy,
    maxAttempts: Number.POSITIVE_INFINITY,
    ...reconnect,
  };
  const all = {
    url: 'ws://server/',
    times: DEFAULT_BACKOFF,
    clock: createVirtualClock(),
    random: createScriptedRandom({ numbers: always(0.5) }),
    reconnect: reconnect === false ? undefined : settings,
    renew: mayRenew ? () => {} : undefined,
    ...options,
  } as ConnectionOptions;
  return decideNext(end, all, history);
}

const LOST: LineEnd = {
  closure: {
    code: 1006,
    reason: '',
    wasClean: false,
    error: new ConnectionError('CONNECTION_LOST', { message: 'gone' }),
  },
};

function closed(code: number, reason = ''): LineEnd {
  return { closure: { code, reason, wasClean: true, received: { code, reason } } };
}

function refused(status: number): LineEnd {
  const error = new HandshakeError('HANDSHAKE_STATUS', { message: '', phase: 'http', status });
  return { closure: { code: 1006, reason: '', wasClean: false, error } };
}

describe('after a failure', () => {
  it.each([
    [1, 0, 2_500],
    [2, 0, 2_000],
    [2, 1, 2_000],
    [2, 2, 3_000],
    [3, 3, 6_000],
    [9, 0, 15_000],
    [9, 9, 22_500],
  ])('number %i, with %i flaps, waits as the backoff says: %i ms', (failures, flaps, delay) => {
    expect(verdict(LOST, { failures, flaps })).toMatchObject({ action: 'retry', delay, hint: 0 });
  });

  it('of our own making waits less than a second, but never less than the server asked for', () => {
    expect(verdict({ ...LOST, isLocal: true }, { failures: 9 })).toMatchObject({ delay: 550, hint: 0 });
    expect(verdict({ ...closed(1012), isLocal: true })).toMatchObject({ delay: 17_500, hint: 17_500 });
    const at = (chance: number) => localDelay(createScriptedRandom({ numbers: always(chance) }));
    expect([at(0), at(1)]).toEqual([100, 1_000]);
  });

  it.each([Number.NaN, -1, Number.POSITIVE_INFINITY, '5' as never])(
    'a backoff that gives %s is replaced by the longest delay',
    (delay) => {
      expect(verdict(LOST, { reconnect: { backoff: () => delay } })).toMatchObject({ delay: 30_000 });
    },
  );

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('a hint of %s is none', (delay) => {
    const policy = () => ({ action: 'retry', rule: 'mine', delay }) as const;
    expect(verdict(LOST, { reconnect: { policy } })).toMatchObject({ delay: 2_500, hint: 0, rule: 'mine' });
  });

  it('number maxAttempts is the last', () => {
    expect(verdict(LOST, { failures: 2, reconnect: { maxAttempts: 3 } }).action).toBe('retry');
    expect(verdict(LOST, { failures: 3, reconnect: { maxAttempts: 3 } })).toMatchObject({
      action: 'stop',
      rule: '3 attempts in a row failed',
      error: LOST.closure.error,
    });
  });

  it('nothing follows where reconnect is switched off', () => {
    expect(verdict(closed(1000), { reconnect: false })).toMatchObject({
      action: 'stop',
      rule: 'reconnect is switched off',
      error: { code: 'CONNECTION_CLOSED', received: { code: 1000 } },
    });
  });
});

const askedNothing = login(async () => {});

describe('after a refusal', () => {
  const loginError = new AuthError('no');
  const { login } = askedNothing;

  it('of the login: renewed if that may be, else the end', () => {
    const end = { ...closed(1000), loginError };
    expect(verdict(end, { mayRenew: true })).toMatchObject({ action: 'renew', error: loginError });
    expect(verdict(end)).toMatchObject({ action: 'stop', error: loginError, rule: 'the login was refused' });
    expect(verdict(end, { mayRenew: true, reconnect: false })).toMatchObject({ action: 'stop' });
  });

  it.each([
    ['HTTP 401', refused(401), 'the server refused with HTTP 401', 'HANDSHAKE_STATUS'],
    ['4401', closed(4401), 'the server closed with 4401', 'CONNECTION_CLOSED'],
  ])(
    'by %s: an AuthError with the refusal as its cause, where there are credentials',
    (_name, end, rule, code) => {
      const error = { code: 'AUTH_REFUSED', cause: { code } };
      expect(verdict(end, { mayRenew: true, options: { login } })).toMatchObject({
        action: 'renew',
        rule,
        error,
      });
      for (const options of [{ login }, { prepare: () => ({}) }, { renew: () => {} }]) {
        expect(verdict(end, { options })).toMatchObject({ action: 'stop', rule, error });
      }
      expect(verdict(end)).toMatchObject({ action: 'stop', rule, error: { code } });
    },
  );
});
