/**
 * Time as a port. Everything above `base/` takes a {@link Clock}, so every policy can be tested on a
 * virtual one (see `holdline/testing`).
 */

/** A pending timer, as returned by {@link Clock.setTimer}. Opaque: only {@link Clock.clearTimer} reads it. */
export type TimerHandle = unknown;

/** The source of time of a client: reading it and waiting on it. */
export interface Clock {
  /** Milliseconds on a clock that never goes back. Only differences mean something. */
  now(): number;
  /** Milliseconds since 1970-01-01 UTC. Jumps when the machine sleeps or its clock is set. */
  wallTime(): number;
  /** Calls `callback` once, `delay` milliseconds from now (at least 0). */
  setTimer(callback: () => void, delay: number): TimerHandle;
  /** Cancels a timer. A timer that has fired, or `undefined`, is ignored. */
  clearTimer(timer: TimerHandle | undefined): void;
}

/** The longest delay that `setTimeout` holds: 2^31 - 1 ms; a longer one would fire at once. */
const MAX_TIMER_DELAY_MS = 2_147_483_647;

type Timeout = Parameters<typeof clearTimeout>[0];

/** A delay of several such timers, one after the other. */
interface LongTimer {
  current: Timeout;
}

/** The clock of the machine: `performance.now`, `Date.now`, `setTimeout`. */
export const systemClock: Clock = {
  // Some old test environments and embedded engines have no performance: there the wall clock has to do.
  now: () => (globalThis.performance ?? Date).now(),
  wallTime: () => Date.now(),
  setTimer(callback, delay) {
    if (!(delay > MAX_TIMER_DELAY_MS)) return setTimeout(callback, Math.max(delay, 0));
    const timer: LongTimer = { current: 0 };
    const wait = (left: number): void => {
      const step = Math.min(left, MAX_TIMER_DELAY_MS);
      timer.current = setTimeout(() => (left > step ? wait(left - step) : callback()), step);
    };
    wait(delay);
    return timer;
  },
  clearTimer: (timer) => clearTimeout((timer as LongTimer | undefined)?.current ?? (timer as Timeout)),
};
