/**
 * How long to wait before an attempt, and how long to give it. Chosen by simulation of 100,000 clients dropped at
 * once: delays spread over their whole range, capped before the jitter, let a server come back without a storm.
 */
import type { RandomSource } from '../base/random.ts';
import { type BackoffOptions, checkBackoff } from './checks.ts';

export type { BackoffOptions } from './checks.ts';

/** The delays in force unless others are given. */
export const DEFAULT_BACKOFF: BackoffOptions = /* @__PURE__ */ Object.freeze({
  firstDelay: 5_000,
  baseDelay: 2_000,
  factor: 2,
  maxDelay: 30_000,
  connectTimeout: 10_000,
  connectTimeoutFactor: 1.5,
  maxConnectTimeout: 60_000,
});

/**
 * A delay policy: a pure function of how many attempts have failed in a row (1 or more), and of how many lines in a row
 * (`flaps`) were ready and gone before they had lived for 5 s. Returns milliseconds.
 */
export type Backoff = (failures: number, random: RandomSource, flaps?: number) => number;

/** After the second line in a row that did not last, at least this share of the range is waited. */
const FLAP_SHARE = 0.5;

/**
 * The default policy: full jitter. A server that accepts and drops has answered at once, so a short delay would only
 * find it in the same state: from the second such line on, the delay is at least half of its range. That bounds it:
 * never more than 4 lines in any 8 s.
 *
 * @throws UsageError `INVALID_OPTION` naming the option that is wrong
 */
export function createBackoff(options: BackoffOptions): Backoff {
  checkBackoff(options, createBackoff);
  return backoffOf(options);
}

/** As {@link createBackoff}, of options that have been checked. */
export function backoffOf(options: BackoffOptions): Backoff {
  return (failures, random, flaps = 0) => {
    const range =
      failures <= 1
        ? options.firstDelay
        : Math.min(options.maxDelay, options.baseDelay * power(options.factor, failures - 1));
    const share = flaps > 1 ? FLAP_SHARE : 0;
    return range * (share + (1 - share) * random.uniform());
  };
}

/** How long attempt number `attempt` (1 or more) may take. */
export function connectTimeout(attempt: number, options: BackoffOptions): number {
  const grown = options.connectTimeout * power(options.connectTimeoutFactor, attempt - 1);
  return Math.min(options.maxConnectTimeout, grown);
}

/** Never Infinity, which would make 0 * Infinity, no number at all, of a delay that was switched off. */
function power(factor: number, exponent: number): number {
  return Math.min(Number.MAX_VALUE, factor ** exponent);
}
