/**
 * Which address of several is tried next, and how long to wait for it. A round tries every address once: within it the
 * next one follows after a short random delay, for another server need not wait until this one has recovered; after it
 * the whole backoff applies. So a list gives no server more attempts than it would get alone.
 */
import type { RandomSource } from '../base/random.ts';

/**
 * The next address of a round is tried after a delay anywhere in [0, this), in milliseconds. Whoever fails over has been
 * spread by the first delay already; this keeps them apart when a server refuses all at once.
 */
export const NEXT_TARGET_DELAY_MS = 1_000;

/** Where a connection stands in its list of addresses. Immutable. */
export interface Rotation {
  /** Index of the address in use, or tried next. */
  readonly index: number;
  /** Addresses that have failed in this round. */
  readonly tried: number;
  /** Rounds that have failed in a row, the loss of a stable line being the first: what the backoff counts. */
  readonly rounds: number;
  /** The longest wait that a server of this round has named, in milliseconds. */
  readonly hint: number;
}

/** Before anything has failed. */
export const FIRST_TARGET: Rotation = /* @__PURE__ */ Object.freeze({
  index: 0,
  tried: 0,
  rounds: 0,
  hint: 0,
});

/** What follows a failure. */
export interface NextTarget {
  /** Where the connection stands now. */
  readonly rotation: Rotation;
  /** Milliseconds until the attempt. */
  readonly delay: number;
  /** Milliseconds of it that a server has asked for. */
  readonly hint: number;
}

/** What went wrong, and what decides about the delay. */
export interface TargetFailure {
  /** How many addresses there are: 1 or more. */
  readonly count: number;
  /** The line had proved stable: the address stays. A failed attempt, or a line that broke at once, moves on. */
  readonly wasStable: boolean;
  /** Milliseconds that the server asked for. It binds us towards this server, not towards the next one. */
  readonly hint: number;
  /** The delay after so many failed rounds, in milliseconds. */
  readonly backoff: (rounds: number, random: RandomSource) => number;
  readonly random: RandomSource;
}

/** Which address comes next and when: a pure function. */
export function nextTarget(rotation: Rotation, failure: TargetFailure): NextTarget {
  const { count, wasStable, backoff, random } = failure;
  if (wasStable) {
    const delay = Math.max(failure.hint, backoff(1, random));
    return { rotation: { index: rotation.index, tried: 0, rounds: 1, hint: 0 }, delay, hint: failure.hint };
  }
  const hint = Math.max(rotation.hint, failure.hint);
  const tried = rotation.tried + 1;
  const index = (rotation.index + 1) % count;
  if (tried < count) {
    const delay = random.uniform() * NEXT_TARGET_DELAY_MS;
    return { rotation: { index, tried, rounds: rotation.rounds, hint }, delay, hint: 0 };
  }
  const rounds = rotation.rounds + 1;
  const delay = Math.max(hint, backoff(rounds, random));
  return { rotation: { index, tried: 0, rounds, hint: 0 }, delay, hint };
}

/** The address without what may be secret: no user name, no password, no query, no fragment. Empty if it is none. */
export function shownTarget(target: string | URL): string {
  const [, shown = ''] = /^(\w+:\/\/[^?#]*|wss?\+unix:\/[^?#]*)/.exec(String(target)) ?? [];
  return shown.replace(/\/\/[^/]*@/, '//');
}
