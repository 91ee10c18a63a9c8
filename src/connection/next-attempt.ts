/** What follows the end of a line or an attempt: decided here, from one history. */

import { isolated } from '../base/emitter.ts';
import { AuthError, ConnectionError, type HoldlineError } from '../base/errors.ts';
import type { RandomSource } from '../base/random.ts';
import type { Closure } from '../protocol/closure.ts';
import type { ConnectionOptions, LineEnd, Round } from './connection-options.ts';
import { defaultRetryPolicy } from './retry-policy.ts';

/** How long a line must have been ready before its loss counts as the first failure again, in milliseconds. */
export const STABLE_AFTER_MS = 5_000;

/** The wait after a local cause: the line is likely to come up, and one client alone is no storm. Milliseconds. */
const LOCAL_WAIT_MS = { min: 100, max: 1_000 } as const;

/** How the attempts in a row have gone: what backoff and `maxAttempts` count by. */
export class AttemptHistory {
  /** Attempts begun since the last line that proved stable. */
  attempts = 0;
  /** Failures in a row, the loss of a stable line being the first. Of several addresses: rounds over all of them. */
  failures = 0;
  /** Lines in a row that became ready and were gone before they proved anything. */
  flaps = 0;
  /** When the line was ready, by the clock. */
  #readyAt: number | undefined;
  #isUseful = false;
  /** Why the credentials were refused, as long as there are no new ones. */
  refusal: HoldlineError | undefined;
  /** New credentials were got, and have not proved good yet. */
  renewed = false;
  /** When the server wants to see us again: a moment of the wall clock, and the milliseconds that it named. */
  asked: Readonly<{ until: number; delay: number }> = NOTHING_ASKED;

  /** An attempt begins. Returns its number in the row. */
  begin(): number {
    this.#isUseful = false;
    this.#readyAt = undefined;
    this.attempts++;
    return this.attempts;
  }

  /** The line is ready. */
  ready(now: number): void {
    this.#readyAt = now;
    this.asked = NOTHING_ASKED;
  }

  /** The line has shown its use: a reply came. */
  useful(): void {
    this.#isUseful = true;
  }

  /** The attempt has failed, or its line is gone. Returns whether the line had proved stable. */
  ended(now: number): boolean {
    const readyAt = this.#readyAt;
    const hasLived = readyAt !== undefined && now - readyAt >= STABLE_AFTER_MS;
    const isStable = hasLived || (readyAt !== undefined && this.#isUseful);
    // A reply alone proves no credentials: a server that answers one request and refuses then would be asked for ever.
    if (hasLived) this.renewed = false;
    if (isStable) this.forget();
    else if (readyAt !== undefined) this.flaps++;
    this.failures++;
    return isStable;
  }

  /** What comes next is a new beginning. */
  forget(): void {
    this.attempts = 0;
    this.failures = 0;
    this.flaps = 0;
  }
}

const NOTHING_ASKED = /* @__PURE__ */ Object.freeze({ until: 0, delay: 0 });

/** What to do now, and by which rule. */
export type Decision =
  | { readonly action: 'stop'; readonly rule: string; readonly error: HoldlineError }
  | { readonly action: 'renew'; readonly rule: string; readonly error: HoldlineError }
  | {
      readonly action: 'retry';
      readonly rule: string;
      /** Milliseconds until the next attempt. */
      readonly delay: number;
      /** Milliseconds of it that the server has asked for: what happens on our side does not shorten them. */
      readonly hint: number;
    };

/** Decides, and counts the failure. */
export function decideNext(end: LineEnd, options: ConnectionOptions, history: AttemptHistory): Decision {
  const { closure, loginError } = end;
  const { reconnect, random, clock, renew } = options;
  const wasStable = history.ended(clock.now());
  const mayRenew = renew !== undefined && history.refusal === undefined && !history.renewed;
  if (wasStable) options.failover?.forget();
  if (loginError !== undefined) {
    const action = mayRenew && reconnect !== undefined ? 'renew' : 'stop';
    return { action, rule: 'the login was refused', error: loginError };
  }
  if (reconnect === undefined) return stop('reconnect is switched off', closure);
  if (history.attempts >= reconnect.maxAttempts) {
    return stop(`${history.attempts} attempts in a row failed`, closure);
  }
  const decision = isolated(() => reconnect.policy(closure, random)) ?? defaultRetryPolicy(closure, random);
  const { rule } = decision;
  if (decision.action === 'stop') return stop(rule, closure);
  if (decision.action === 'renew') {
    const cause = failureOf(closure);
    const { prepare, login } = options;
    if (prepare === undefined && login === undefined && renew === undefined) {
      return { action: 'stop', rule, error: cause };
    }
    const error = new AuthError(undefined, { cause });
    return { action: mayRenew ? 'renew' : 'stop', rule, error };
  }
  const asked = decision.delay ?? 0;
  const hint = Number.isFinite(asked) ? asked : 0;
  if (end.isLocal === true && closure.received === undefined) {
    // No server's fault: the next attempt goes to the same one.
    return { action: 'retry', rule, delay: Math.max(hint, localDelay(random)), hint };
  }
  return { action: 'retry', rule, ...delayAfter({ wasStable, hint, random }, options, history) };
}

/** A wait after something that happened on our side, in milliseconds. */
export function localDelay(random: RandomSource): number {
  return LOCAL_WAIT_MS.min + random.uniform() * (LOCAL_WAIT_MS.max - LOCAL_WAIT_MS.min);
}

function delayAfter(
  round: Round,
  { failover, reconnect, times }: ConnectionOptions,
  history: AttemptHistory,
): { delay: number; hint: number } {
  const { delay, hint } = failover?.next(round) ?? { delay: undefined, hint: round.hint };
  if (delay !== undefined) {
    history.failures--; // the round goes on
    return { delay, hint: 0 };
  }
  const own = isolated(() => reconnect?.backoff(history.failures, round.random, history.flaps));
  // A backoff that is no number of milliseconds would fire at once, again and again.
  const isNumber = typeof own === 'number' && Number.isFinite(own) && own >= 0;
  return { delay: Math.max(hint, isNumber ? own : times.maxDelay), hint };
}

function stop(rule: string, closure: Closure): Decision {
  return { action: 'stop', rule, error: failureOf(closure) };
}

function failureOf({ error, code, received, sent }: Closure): HoldlineError {
  return (
    error ?? new ConnectionError('CONNECTION_CLOSED', { detail: 'no-retry', closeCode: code, received, sent })
  );
}
