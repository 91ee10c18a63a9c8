import { checkCall, checkOptions } from '../base/checks.ts';
import type { Clock, TimerHandle } from '../base/clock.ts';
import type { OptionTable } from '../base/need.ts';

/** A {@link Clock} that stands still until it is told to move. */
export interface VirtualClock extends Clock {
  /**
   * Moves time forward by `ms` milliseconds and fires every timer that falls due, in the order of their times
   * (same time: in the order in which they were set). Before the first, after each, and at the end, promises that
   * are ready may run, so a timer set by a promise of an earlier one still fires in its turn.
   */
  advance(ms: number): Promise<void>;
  /** Fires the next pending timer, moving time to it. Resolves to false when there is none. */
  advanceToNext(): Promise<boolean>;
  /** Lets promises that are ready run, without moving time. */
  settle(): Promise<void>;
  /** Moves the wall clock alone, as sleep or a set clock does; no timer fires. May be negative. */
  jump(ms: number): void;
  /** How many timers are set and have not fired: 0 when everything has been cleaned up. */
  readonly pendingTimers: number;
  /** Milliseconds until the next timer; undefined when there is none. */
  readonly nextTimerIn: number | undefined;
}

/** Where a virtual clock starts. */
export interface VirtualClockOptions {
  /** Milliseconds since 1970-01-01 UTC. Default 1,767,225,600,000 (2026-01-01). */
  readonly wallTime?: number | undefined;
}

const VIRTUAL_CLOCK: OptionTable<VirtualClockOptions> = { wallTime: 'number' };

const DEFAULT_WALL_TIME_MS = Date.UTC(2026, 0, 1);

/**
 * How often promises get a turn between two timers. One turn is one microtask, so a chain of that many `await`s
 * comes to its end before time moves on.
 */
const MICROTASK_TURNS = 64;

interface VirtualTimer {
  readonly due: number;
  readonly callback: () => void;
}

/**
 * Makes a clock for tests: hours of backoff and heartbeat pass in no time, and the same way every time.
 *
 * @throws UsageError `INVALID_OPTION` naming the option that is wrong
 * @example
 * ```ts
 * const clock = createVirtualClock();
 * clock.setTimer(() => console.log('a minute later'), 60_000);
 * await clock.advance(60_000);
 * ```
 */
export function createVirtualClock(options: VirtualClockOptions = {}): VirtualClock {
  checkCall(createVirtualClock, () => checkOptions(VIRTUAL_CLOCK, options, 'createVirtualClock'));
  let now = 0;
  let wallOffset = options.wallTime ?? DEFAULT_WALL_TIME_MS;
  // A Set keeps the order of insertion, which decides between timers of the same time.
  const timers = new Set<VirtualTimer>();

  const nextTimer = (): VirtualTimer | undefined => {
    let next: VirtualTimer | undefined;
    for (const timer of timers) {
      if (next === undefined || timer.due < next.due) next = timer;
    }
    return next;
  };

  const fire = async (timer: VirtualTimer): Promise<void> => {
    now = Math.max(now, timer.due);
    timers.delete(timer);
    timer.callback();
    await settle();
  };

  return {
    now: () => now,
    wallTime: () => now + wallOffset,
    setTimer(callback, delay): TimerHandle {
      const timer: VirtualTimer = { due: later(now, delay), callback };
      timers.add(timer);
      return timer;
    },
    clearTimer(timer) {
      timers.delete(timer as VirtualTimer);
    },
    async advance(ms) {
      const end = now + ms;
      await settle();
      for (let timer = nextTimer(); timer !== undefined && timer.due <= end; timer = nextTimer()) {
        await fire(timer);
      }
      now = Math.max(now, end);
    },
    async advanceToNext() {
      await settle();
      const timer = nextTimer();
      if (timer !== undefined) await fire(timer);
      return timer !== undefined;
    },
    settle,
    jump(ms) {
      wallOffset += ms;
    },
    get pendingTimers() {
      return timers.size;
    },
    get nextTimerIn() {
      const timer = nextTimer();
      return timer === undefined ? undefined : timer.due - now;
    },
  };
}

/** `delay` after `now`. One too short to change the sum would fire at an unchanged time, again and again. */
function later(now: number, delay: number): number {
  return now + (delay > 0 ? Math.max(delay, now * Number.EPSILON) : 0);
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < MICROTASK_TURNS; turn += 1) await undefined;
}
