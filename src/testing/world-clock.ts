import type { Clock, TimerHandle } from '../base/clock.ts';
import { queueTask } from '../base/task.ts';

interface WorldTimer {
  due: number;
  readonly callback: () => void;
  /** Whose it is. The machine of the client, and of its user, may sleep. */
  readonly owner: 'client' | 'user' | 'world';
}

/** Where the wall clock stands when a simulation begins. */
const WALL_TIME_MS = Date.UTC(2026, 0, 1);

/**
 * The time of a simulation: one for the world, and one for the machine of the client, which stands still while that sleeps
 * and whose wall clock may be set.
 */
export class WorldClock implements Clock {
  #now = 0;
  /** In the order in which they were set, which decides between those of the same time. */
  readonly #timers = new Set<WorldTimer>();
  /** How long the machine of the client has slept. */
  #slept = 0;
  /** When it wakes, if it sleeps. */
  #wakesAt: number | undefined;
  #wallOffset = WALL_TIME_MS;
  #clientTimers = 0;

  /** The clock for the client. */
  readonly clients: Clock = {
    now: () => this.#clientNow,
    wallTime: () => this.#now + this.#wallOffset,
    setTimer: (callback, delay) => this.#set(callback, delay, 'client'),
    clearTimer: (timer) => this.clearTimer(timer),
  };

  /** Timers of the client that are set. */
  get clientTimers(): number {
    return this.#clientTimers;
  }

  /** When the machine of the client wakes; undefined while it does not sleep. */
  get wakesAt(): number | undefined {
    return this.#wakesAt;
  }

  get #clientNow(): number {
    return (this.#wakesAt === undefined ? this.#now : this.#wakesAt) - this.#slept;
  }

  now(): number {
    return this.#now;
  }

  wallTime(): number {
    return this.#now + this.#wallOffset;
  }

  setTimer(callback: () => void, delay: number): TimerHandle {
    return this.#set(callback, delay, 'world');
  }

  clearTimer(timer: TimerHandle): void {
    if (this.#timers.delete(timer as WorldTimer) && (timer as WorldTimer).owner === 'client')
      this.#clientTimers--;
  }

  /** As {@link setTimer}, on the machine of the client. */
  setUserTimer(callback: () => void, delay: number): void {
    this.#set(callback, delay, 'user');
  }

  /** Sets the wall clock of the client. */
  jump(ms: number): void {
    this.#wallOffset += ms;
  }

  /** The machine of the client sleeps: its timers stop, and so does its clock, but not the one on the wall. */
  sleep(ms: number): void {
    if (this.#wakesAt !== undefined) return;
    this.#wakesAt = this.#now + ms;
    this.#slept += ms;
    for (const timer of this.#timers) if (timer.owner !== 'world') timer.due += ms;
    this.setTimer(() => {
      this.#wakesAt = undefined;
    }, ms);
  }

  /** Lets run what is ready, then fires the next timer, unless something is so by then, or it is due after `end`: false. */
  async step(end: number, isSo: () => boolean): Promise<boolean> {
    await settle();
    if (isSo()) return false;
    let next: WorldTimer | undefined;
    for (const timer of this.#timers) if (next === undefined || timer.due < next.due) next = timer;
    if (next === undefined || next.due > end) return false;
    this.clearTimer(next);
    if (next.due > this.#now) this.#now = next.due;
    next.callback();
    return true;
  }

  /** Moves time on, where no timer is due before. */
  reach(time: number): void {
    this.#now = Math.max(this.#now, time);
  }

  #set(callback: () => void, delay: number, owner: WorldTimer['owner']): WorldTimer {
    const wait = delay > 0 ? Math.max(delay, this.#now * Number.EPSILON) : 0;
    const from = owner !== 'world' && this.#wakesAt !== undefined ? this.#wakesAt : this.#now;
    const timer: WorldTimer = { due: from + wait, callback, owner };
    this.#timers.add(timer);
    if (owner === 'client') this.#clientTimers++;
    return timer;
  }
}

/** Lets promises run, and tasks that were queued. */
export function settle(): Promise<void> {
  return new Promise((resolve) => queueTask(resolve));
}
