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
export const MAX_ASKED_WAIT_MS = 86_400_000;

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

/** What a retry policy may want to know beside the end of the last line or attempt. */
export interface RetryPast {
  /** The address has been ready before, for this client. */
  readonly wasReady: boolean;
  /** Milliseconds since the first of the attempts in a row that were refused with an HTTP 4xx, this one included. */
  readonly refusedFor: number;
  /**
   * Whether new credentials can be got: `possible`, `spent` (they were, and those have not been ready for 5 s yet), or
   * `none`: there is no way to.
   */
  readonly renewal: 'possible' | 'spent' | 'none';
  /** A handover is under way, or was less than 5 s ago: the server may not want two connections. */
  readonly isHandingOver: boolean;
}

/**
 * A retry policy: a pure function of how the last line or attempt ended, and of what came before. One of your own that asks
 * `defaultRetryPolicy` passes all three on.
 */
export type RetryPolicy = (closure: Closure, random: RandomSource, past: RetryPast) => RetryDecision;

/** What is known of a client that has done nothing yet. */
export const NO_PAST: RetryPast = /* @__PURE__ */ Object.freeze({
  wasReady: false,
  refusedFor: 0,
  renewal: 'none',
  isHandingOver: false,
});

/** HTTP statuses that say "not now" (RFC 9110, 15.5.9, 15.6; RFC 8470; RFC 6585). */
const RETRY_STATUSES: readonly number[] = /* @__PURE__ */ Object.freeze([408, 425, 429, 500, 502, 503, 504]);

/** Both sides speak, but will not agree, however often they are asked; or this one may not use the network at all. */
const HOPELESS_HANDSHAKES: readonly string[] = /* @__PURE__ */ Object.freeze([
  'HANDSHAKE_PROTOCOL',
  'HANDSHAKE_EXTENSION',
  'PERMISSION',
]);

/** Close codes after which the same messages would only meet the same answer. */
const HOPELESS_CLOSE_CODES: readonly number[] = /* @__PURE__ */ Object.freeze([1002, 1003, 1007, 1009, 1010]);

/** "Unauthorized" as HTTP says it (RFC 9110, 15.5.2) and as servers say it in a Close frame. */
const UNAUTHORIZED = { status: 401, closeCode: 4401 } as const;

/**
 * What servers and gateways also say for a token that has expired: "Forbidden" where a handshake is closed before it is
 * accepted (ASGI, Lambda authorizers), "policy violation" and its kin in a Close frame after it.
 */
const FORBIDDEN = 403;
const MAYBE_EXPIRED: readonly number[] = /* @__PURE__ */ Object.freeze([1008, 4003, 4403]);

/** What the ingress in front of a server answers for an address that it has no route to while the server is deployed. */
const DEPLOY_STATUSES: readonly number[] = /* @__PURE__ */ Object.freeze([400, FORBIDDEN, 404]);

/** For how long such an answer is taken for a deployment, in milliseconds. */
export const DEPLOY_MS = 300_000;

/**
 * Close codes that say what HTTP says with 408, 425, 429, 499 (of proxies: somebody hung up) and 502 to 504: not now. 4500 is
 * left out: servers of GraphQL end with it what would fail again.
 */
const RETRY_CLOSE_CODES: readonly number[] = /* @__PURE__ */ Object.freeze([
  4408, 4425, 4429, 4499, 4502, 4503, 4504,
]);

/** 1012, service restart: a random wait of 5 to 30 s (hybi, IANA registry). 1013, try again later: longer. */
const RESTART_WAIT_MS = { min: 5_000, max: 30_000 } as const;
const LATER_WAIT_MS = { min: 10_000, max: 60_000 } as const;

/** The default policy; its table is in docs/reference/retry.md. */
export const defaultRetryPolicy = (
  closure: Closure,
  random: RandomSource,
  past: RetryPast = NO_PAST,
): RetryDecision => {
  const { error } = closure;
  // A request that was refused in the middle of a connection is judged as one at its beginning.
  const refusal = error?.detail === 'request-failed' ? error.cause : error;
  if (isKind(refusal, 'HandshakeError')) return afterHandshake(refusal, random, past);
  if (isKind(error, 'ProtocolError')) return stop(`the server broke the protocol (${error.code})`);
  if (closure.received === undefined) return { action: 'retry', rule: 'the connection was lost' };
  return fromAdvice(closure.reason, random) ?? fromCloseCode(closure.code, random, past);
};

function afterHandshake(error: HandshakeError, random: RandomSource, past: RetryPast): RetryDecision {
  if (HOPELESS_HANDSHAKES.includes(error.code)) return stop(`the handshake cannot succeed (${error.code})`);
  // What a proxy refuses, another network's may not: only its 407 (RFC 9110, 15.5.8) stays as it is.
  const status = error.code === 'PROXY' && error.status !== 407 ? 0 : (error.status ?? 0);
  if (status === UNAUTHORIZED.status) return renew('the server refused with HTTP 401');
  const { renewal, wasReady, refusedFor } = past;
  if (status === FORBIDDEN && renewal === 'possible') return renew('HTTP 403 may mean an expired token');
  if (DEPLOY_STATUSES.includes(status) && wasReady && refusedFor < DEPLOY_MS)
    return { action: 'retry', rule: `HTTP ${status} where it was ready before may be a deployment` };
  if (status === FORBIDDEN && renewal === 'spent') return renew('the server refused with HTTP 403');
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

function fromCloseCode(code: number, random: RandomSource, past: RetryPast): RetryDecision {
  const rule = `the server closed with ${code}`;
  const { renewal, isHandingOver } = past;
  if (code === UNAUTHORIZED.closeCode) return renew(rule);
  if (MAYBE_EXPIRED.includes(code) && renewal === 'possible') return renew(`${rule}: maybe an expired token`);
  if (code === 4403 && renewal === 'spent') return renew(rule);
  if (code === 1012) return { action: 'retry', rule, delay: between(RESTART_WAIT_MS, random) };
  if (code === 1013) return { action: 'retry', rule, delay: between(LATER_WAIT_MS, random) };
  if (HOPELESS_CLOSE_CODES.includes(code)) return stop(rule);
  const isFinal = (code >= 3500 && code <= 3999) || (code >= 4400 && code <= 4999);
  if (!isFinal || RETRY_CLOSE_CODES.includes(code)) return { action: 'retry', rule };
  return isHandingOver
    ? { action: 'retry', rule: `${rule} on a handover: it may allow one connection` }
    : stop(rule);
}

function between({ min, max }: { min: number; max: number }, random: RandomSource): number {
  return min + random.uniform() * (max - min);
}

/** All clients are told the same wait: none comes earlier, and they do not come at once. */
export function spread(asked: number, random: RandomSource): number {
  const wait = Math.min(asked, MAX_ASKED_WAIT_MS);
  return wait + random.uniform() * Math.max(SPREAD_MIN_MS, wait * SPREAD_SHARE);
}

function renew(rule: string): RetryDecision {
  return { action: 'renew', rule };
}

function stop(rule: string): RetryDecision {
  return { action: 'stop', rule };
}
