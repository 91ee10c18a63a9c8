/** What follows the end of a line or an attempt: decided here, from one history. */

import { isolated } from '../base/emitter.ts';
import { AuthError, ConnectionError, type HoldlineError, isKind } from '../base/errors.ts';
import type { RandomSource } from '../base/random.ts';
import type { Closure } from '../protocol/closure.ts';
import type { ConnectionOptions, LineEnd, Round } from './connection-options.ts';
import { Renewal } from './renewal.ts';
import { defaultRetryPolicy, type RetryDecision, type RetryPast, spread } from './retry-policy.ts';

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
  /** New credentials in place of refused ones. */
  readonly renewal: Renewal = new Renewal();
  /** When the server wants to see us again: a moment of the wall clock, and the milliseconds that it named. */
  asked: Readonly<{ until: number; delay: number }> = NOTHING_ASKED;
  /** The addresses that have been ready, by index. */
  readonly #known = new Set<number>();
  /** Since when attempts were refused with an HTTP 4xx, by the clock, one after the other. */
  #refusedSince: number | undefined;

  /** An attempt begins. Returns its number in the row. */
  begin(): number {
    this.#readyAt = undefined;
    this.attempts++;
    return this.attempts;
  }

  /** A line to this address is ready; another may have been, that was handed over. */
  ready(now: number, address: number): void {
    // Of a line that was handed over more is asked: nothing was waited for after it.
    if (this.#hasLived(now, 2 * STABLE_AFTER_MS)) {
      this.failures = 0;
      this.flaps = 0;
    } else if (this.#readyAt !== undefined) {
      this.failures++;
      this.flaps++;
    }
    this.#readyAt = now;
    this.asked = NOTHING_ASKED;
    this.#known.add(address);
    this.#refusedSince = undefined;
  }

  /** What a policy may want to know of the attempt at this address that has just ended. */
  past({ error }: Closure, { renew, beside, failover, clock }: ConnectionOptions): RetryPast {
    const now = clock.now();
    const status = isKind(error, 'HandshakeError') ? (error.status ?? 0) : 0;
    const since = this.#refusedSince ?? now;
    this.#refusedSince = status >= 400 && status < 500 ? since : undefined;
    const mayRenew = this.renewal.mayBegin ? 'possible' : 'spent';
    return {
      wasReady: this.#known.has(failover?.index ?? 0),
      refusedFor: now - since,
      renewal: renew === undefined ? 'none' : mayRenew,
      isHandingOver: beside?.isUnsettled === true,
    };
  }

  /** If the line in use has lived, its credentials are good. */
  prove(now: number): void {
    if (this.#hasLived(now)) this.renewal.isUnproven = false;
  }

  /** How long a word of the server's to get another line must wait, in milliseconds: two in a row come at once. */
  restFor(now: number): number {
    return this.flaps > 1 ? STABLE_AFTER_MS - (now - (this.#readyAt ?? now)) : 0;
  }

  /** The attempt has failed, or its line is gone. Returns whether the line had proved stable. */
  ended(now: number): boolean {
    const isStable = this.#hasLived(now);
    this.prove(now);
    if (isStable) this.forget();
    else if (this.#readyAt !== undefined) this.flaps++;
    this.failures++;
    return isStable;
  }

  /**
   * Whether the line has been ready for so long that what came before counts no more. Time alone proves that: with a reply, a
   * server that answers once and drops then would keep every wait short, and renew credentials for ever.
   */
  #hasLived(now: number, time: number = STABLE_AFTER_MS): boolean {
    return this.#readyAt !== undefined && now - this.#readyAt >= time;
  }

  /** What comes next is a new beginning. */
  forget(): void {
    this.attempts = 0;
    this.failures = 0;
    this.flaps = 0;
  }
}

/** Characters of a server's goodbye that are kept: a Close frame has room for 123 bytes (RFC 6455, 5.5). */
const MAX_REASON = 123;

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
  const { closure, loginError, givenUp, goodbye } = end;
  const { reconnect, random, clock } = options;
  const wasStable = history.ended(clock.now());
  if (wasStable) options.failover?.forget();
  // Asked for again and again it is waited for as after a server that drops: the first is no storm.
  const soon = (rule: string, hint: number): Decision => {
    const delay = history.flaps > 1 ? delayAfter({ wasStable, hint, random }, options, history).delay : hint;
    return { action: 'retry', rule, delay: Math.max(delay, localDelay(random)), hint };
  };
  if (givenUp !== undefined) return soon(givenUp, 0);
  if (loginError !== undefined) {
    const action = canRenew(options, history) && reconnect !== undefined ? 'renew' : 'stop';
    return { action, rule: 'the login was refused', error: loginError };
  }
  if (reconnect === undefined) return stop('reconnect is switched off', closure);
  if (history.attempts >= reconnect.maxAttempts) {
    return stop(`${history.attempts} attempts in a row failed`, closure);
  }
  if (goodbye !== undefined) {
    const { reconnect: isWanted, delay = 0 } = goodbye;
    const reason = goodbye.reason.slice(0, MAX_REASON);
    const rule = `the server said goodbye: ${reason}`;
    if (isWanted !== false) return soon(rule, delay > 0 ? spread(delay, random) : 0);
    const error = new ConnectionError('CONNECTION_CLOSED', { detail: 'goodbye', reason });
    return { action: 'stop', rule, error };
  }
  const decision = judge(closure, options, history);
  const { rule } = decision;
  if (decision.action === 'stop') return stop(rule, closure);
  if (decision.action === 'renew') {
    const { prepare, login, renew } = options;
    if (prepare === undefined && login === undefined && renew === undefined) return stop(rule, closure);
    return { action: canRenew(options, history) ? 'renew' : 'stop', rule, error: refusalBy(closure) };
  }
  const asked = decision.delay ?? 0;
  const hint = Number.isFinite(asked) ? asked : 0;
  if (end.isLocal === true && closure.received === undefined) {
    // No server's fault: the next attempt goes to the same one.
    return { action: 'retry', rule, delay: Math.max(hint, localDelay(random)), hint };
  }
  return { action: 'retry', rule, ...delayAfter({ wasStable, hint, random }, options, history) };
}

/** The refusal that this end is, if new credentials are to be got for it now; asked of an attempt that counts for nothing. */
export function renewableRefusal(
  { closure, loginError }: LineEnd,
  options: ConnectionOptions,
  history: AttemptHistory,
): HoldlineError | undefined {
  if (!canRenew(options, history)) return undefined;
  if (loginError !== undefined) return loginError;
  return judge(closure, options, history).action === 'renew' ? refusalBy(closure) : undefined;
}

function canRenew({ renew }: ConnectionOptions, { renewal }: AttemptHistory): boolean {
  return renew !== undefined && renewal.mayBegin;
}

function judge(closure: Closure, options: ConnectionOptions, history: AttemptHistory): RetryDecision {
  const { reconnect, random } = options;
  const past = history.past(closure, options);
  const own = isolated(() => reconnect?.policy(closure, random, past));
  return own ?? defaultRetryPolicy(closure, random, past);
}

function refusalBy(closure: Closure): AuthError {
  return new AuthError(undefined, { cause: failureOf(closure) });
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
