/** What follows the end of a line or an attempt: the rules, the counts and the chance brought together. */
import { isolated } from '../base/emitter.ts';
import { AuthError, ConnectionError, type HoldlineError } from '../base/errors.ts';
import type { Closure } from '../protocol/closure.ts';
import type { ConnectionOptions, ReconnectSettings } from './connection-options.ts';
import { nextTarget, type Rotation } from './failover.ts';
import type { LineEnd } from './line.ts';
import { defaultRetryPolicy } from './retry-policy.ts';
import { addressesOf } from './target.ts';
import type { TrackRecord } from './track-record.ts';

/** What to do now, and by which rule. */
export type Verdict =
  | { readonly action: 'stop'; readonly rule: string; readonly error: HoldlineError }
  | { readonly action: 'renew'; readonly rule: string; readonly refusal: HoldlineError }
  | {
      readonly action: 'retry';
      readonly rule: string;
      /** Milliseconds until the next attempt. */
      readonly delay: number;
      /** Milliseconds of it that the server has asked for: what happens on our side does not shorten them. */
      readonly hint: number;
      /** Where the attempt goes. */
      readonly rotation: Rotation;
    };

/** What is known beside the end itself. */
export interface Situation {
  readonly record: TrackRecord;
  /** New credentials may be asked for: there is a way to, and it has not been tried since they last proved good. */
  readonly mayRenew: boolean;
  /** The line had proved stable. */
  readonly wasStable: boolean;
}

/** The wait after a local cause: the line is likely to come up, and one client alone is no storm. Milliseconds. */
const LOCAL_WAIT_MS = { min: 100, max: 1_000 } as const;

/** Decides. A pure function but for chance. */
export function judge(end: LineEnd, options: ConnectionOptions, situation: Situation): Verdict {
  const { closure, loginError } = end;
  const { reconnect, random } = options;
  const { record, mayRenew, wasStable } = situation;
  if (loginError !== undefined) {
    return afterRefusal('the login was refused', loginError, mayRenew && reconnect !== undefined);
  }
  if (reconnect === undefined) return stop('reconnect is switched off', closure);
  if (record.attempts >= reconnect.maxAttempts) {
    return stop(`${record.attempts} attempts in a row failed`, closure);
  }
  const decision = isolated(() => reconnect.policy(closure, random)) ?? defaultRetryPolicy(closure, random);
  if (decision.action === 'renew') {
    const { prepare, login, renew } = options;
    const cause = failureOf(closure);
    const hasCredentials = prepare !== undefined || login !== undefined || renew !== undefined;
    return hasCredentials
      ? afterRefusal(decision.rule, refused(cause), mayRenew)
      : { action: 'stop', rule: decision.rule, error: cause };
  }
  if (decision.action === 'stop') return stop(decision.rule, closure);
  const { rule, delay: asked = 0 } = decision;
  const hint = Number.isFinite(asked) ? asked : 0;
  const { rotation, failures, flaps } = record;
  if (end.isLocal === true && closure.received === undefined) {
    // No server's fault: the next attempt goes to the same one.
    const delay = Math.max(hint, localDelay(options));
    return { action: 'retry', rule, delay, hint, rotation: { ...rotation, rounds: failures } };
  }
  const backoff = (rounds: number): number => ownDelay(reconnect, options, { failures: rounds, flaps });
  const count = addressesOf(options.url).length;
  return { action: 'retry', rule, ...nextTarget(rotation, { count, wasStable, hint, backoff, random }) };
}

/** A wait after something that happened on our side, in milliseconds. */
export function localDelay({ random }: Pick<ConnectionOptions, 'random'>): number {
  return LOCAL_WAIT_MS.min + random.uniform() * (LOCAL_WAIT_MS.max - LOCAL_WAIT_MS.min);
}

function ownDelay(
  { backoff, times }: ReconnectSettings,
  { random }: ConnectionOptions,
  { failures, flaps }: Pick<TrackRecord, 'failures' | 'flaps'>,
): number {
  const delay = isolated(() => backoff(failures, random, flaps));
  // A backoff that is no number of milliseconds would fire at once, again and again.
  return typeof delay === 'number' && Number.isFinite(delay) && delay >= 0 ? delay : times.maxDelay;
}

function afterRefusal(rule: string, error: AuthError, mayRenew: boolean): Verdict {
  return mayRenew ? { action: 'renew', rule, refusal: error } : { action: 'stop', rule, error };
}

function stop(rule: string, closure: Closure): Verdict {
  return { action: 'stop', rule, error: failureOf(closure) };
}

function failureOf({ error, code: closeCode, received, sent }: Closure): HoldlineError {
  return error ?? new ConnectionError('CONNECTION_CLOSED', { detail: 'no-retry', closeCode, received, sent });
}

function refused(cause: HoldlineError): AuthError {
  return new AuthError(undefined, { cause });
}
