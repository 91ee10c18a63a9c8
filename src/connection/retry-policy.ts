/**
 * Whether another attempt makes sense after a line was lost or never came to be. Never give up by default; always
 * when told to.
 */
import { type HandshakeError, isKind } from '../base/errors.ts';
import type { RandomSource } from '../base/random.ts';
import type { Closure } from '../protocol/closure.ts';

/** How far apart clients are spread that were told the same wait: at least a second, or a fifth of it. */
const SPREAD_MIN_MS = 1_000;
const SPREAD_SHARE = 0.2;

/** A server can ask for a wait of a day, no more: a slip of its pen must not silence a client for ever. */
const MAX_ASKED_WAIT_MS = 86_400_000;

/** What to do next. `rule` says why, for `client.why()`. */
export type RetryDecision = RetryAgain | RenewAgain | GiveUp;

/** Another attempt follows. */
export interface RetryAgain {
  /** What to do. */
  readonly action: 'retry';
  /** Why, in a few words. */
  readonly rule: string;
  /** Milliseconds that the server asks for, a day at most before it is spread; without it the backoff decides. */
  readonly delay?: number | undefined;
}

/**
 * The credentials were refused: they are renewed once, and another attempt follows at once. Where they cannot be
 * renewed, or were already, no other attempt is made.
 */
export interface RenewAgain {
  /** What to do. */
  readonly action: 'renew';
  /** Why, in a few words. */
  readonly rule: string;
}

/** No other attempt is made. */
export interface GiveUp {
  /** What to do. */
  readonly action: 'stop';
  /** Why, in a few words. */
  readonly rule: string;
}

/** A retry policy: a pure function of how the last line or attempt ended. */
export type RetryPolicy = (closure: Closure, random: RandomSource) => RetryDecision;

/** HTTP statuses that say "not now" (RFC 9110, 15.5.9, 15.6; RFC 8470; RFC 6585). */
const RETRY_STATUSES: readonly number[] = /* @__PURE__ */ Object.freeze([408, 425, 429, 500, 502, 503, 504]);

/** Both sides speak, but will not agree, however often they are asked. */
const HOPELESS_HANDSHAKES: readonly string[] = /* @__PURE__ */ Object.freeze([
  'HANDSHAKE_PROTOCOL',
  'HANDSHAKE_EXTENSION',
]);

/** Close codes after which the same messages would only meet the same answer. */
const HOPELESS_CLOSE_CODES: readonly number[] = /* @__PURE__ */ Object.freeze([1002, 1003, 1007, 1009, 1010]);

/** "Unauthorized" as HTTP says it (RFC 9110, 15.5.2) and as servers say it in a Close frame. */
const UNAUTHORIZED = { status: 401, closeCode: 4401 } as const;

/** 1012, service restart: a random wait of 5 to 30 s (hybi, IANA registry). 1013, try again later: longer. */
const RESTART_WAIT_MS = { min: 5_000, max: 30_000 } as const;
const LATER_WAIT_MS = { min: 10_000, max: 60_000 } as const;

/** The default policy; its table is in docs/reference/retry.md. */
export const defaultRetryPolicy: RetryPolicy = (closure, random) => {
  const { error } = closure;
  if (isKind(error, 'HandshakeError')) return afterHandshake(error, random);
  if (isKind(error, 'ProtocolError')) return stop(`the server broke the protocol (${error.code})`);
  if (closure.received === undefined) return { action: 'retry', rule: 'the connection was lost' };
  return fromAdvice(closure.reason, random) ?? fromCloseCode(closure.code, random);
};

function afterHandshake(error: HandshakeError, random: RandomSource): RetryDecision {
  if (HOPELESS_HANDSHAKES.includes(error.code)) return stop(`the handshake cannot succeed (${error.code})`);
  // What a proxy refuses, another network's may not: only its 407 (RFC 9110, 15.5.8) stays as it is.
  const status = error.code === 'PROXY' && error.status !== 407 ? 0 : (error.status ?? 0);
  if (status === UNAUTHORIZED.status) return { action: 'renew', rule: 'the server refused with HTTP 401' };
  const refused = status >= 400 && status < 500 && !RETRY_STATUSES.includes(status);
  if (refused) return stop(`the server refused with HTTP ${status}`);
  if (error.retryAfter !== undefined) {
    return {
      action: 'retry',
      rule: `Retry-After of HTTP ${error.status}`,
      delay: spread(error.retryAfter, random),
    };
  }
  return {
    action: 'retry',
    rule: status >= 400 ? `HTTP ${status} may pass` : `the attempt failed (${error.code})`,
  };
}

/** `{ "reconnect": false }` or `{ "retryAfter": ms }` as a close reason: the server's own word wins. */
function fromAdvice(reason: string, random: RandomSource): RetryDecision | undefined {
  if (!reason.startsWith('{')) return undefined;
  const advice = parseAdvice(reason);
  if (advice?.reconnect === false) return stop('the server said not to reconnect');
  const wait = advice?.retryAfter;
  if (typeof wait !== 'number' || !Number.isFinite(wait) || wait < 0) return undefined;
  return { action: 'retry', rule: 'the server named the wait', delay: spread(wait, random) };
}

function parseAdvice(reason: string): { reconnect?: unknown; retryAfter?: unknown } | undefined {
  try {
    return JSON.parse(reason) as { reconnect?: unknown; retryAfter?: unknown };
  } catch {
    return undefined;
  }
}

function fromCloseCode(code: number, random: RandomSource): RetryDecision {
  const rule = `the server closed with ${code}`;
  if (code === UNAUTHORIZED.closeCode) return { action: 'renew', rule };
  if (code === 1012) return { action: 'retry', rule, delay: between(RESTART_WAIT_MS, random) };
  if (code === 1013) return { action: 'retry', rule, delay: between(LATER_WAIT_MS, random) };
  const isFinal =
    HOPELESS_CLOSE_CODES.includes(code) || (code >= 3500 && code <= 3999) || (code >= 4400 && code <= 4999);
  return isFinal ? stop(rule) : { action: 'retry', rule };
}

function between({ min, max }: { min: number; max: number }, random: RandomSource): number {
  return min + random.uniform() * (max - min);
}

/** All clients are told the same wait: none comes earlier, and they do not come at once. */
function spread(asked: number, random: RandomSource): number {
  const wait = Math.min(asked, MAX_ASKED_WAIT_MS);
  return wait + random.uniform() * Math.max(SPREAD_MIN_MS, wait * SPREAD_SHARE);
}

function stop(rule: string): RetryDecision {
  return { action: 'stop', rule };
}
