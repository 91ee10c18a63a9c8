import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';

describe('the clock of the machine', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: 1_000_000 });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('reads a clock that never goes back, and the one on the wall', () => {
    const start = systemClock.now();
    vi.advanceTimersByTime(250);
    expect(systemClock.now() - start).toBe(250);
    expect(systemClock.wallTime()).toBe(1_000_250);
    vi.setSystemTime(5);
    expect(systemClock.wallTime()).toBe(5);
    expect(systemClock.now() - start).toBe(250);
  });

  it('goes by the wall where there is no other clock', () => {
    vi.stubGlobal('performance', undefined);
    const now = systemClock.now();
    // Before the fake timers go: they would find nothing to put back, and leave a clock that stands still to other files.
    vi.unstubAllGlobals();
    expect(now).toBe(Date.now());
  });

  it('calls back once, when the time has come', () => {
    const callback = vi.fn();
    systemClock.setTimer(callback, 100);
    vi.advanceTimersByTime(99);
    expect(callback).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1_000);
    expect(callback).toHaveBeenCalledTimes(1);
  });

  it('does not call back when cleared; clearing nothing, or twice, is fine', () => {
    const callback = vi.fn();
    const timer = systemClock.setTimer(callback, 100);
    systemClock.clearTimer(timer);
    systemClock.clearTimer(timer);
    systemClock.clearTimer(undefined);
    vi.advanceTimersByTime(1_000);
    expect(callback).not.toHaveBeenCalled();
  });

  it('is not early with a delay longer than setTimeout can hold, and lets it be cleared at any time', () => {
    const month = 2_147_483_647;
    const callback = vi.fn();
    systemClock.setTimer(callback, 2 * month + 10);
    const cleared = systemClock.setTimer(callback, 2 * month + 10);
    vi.advanceTimersByTime(month + 5);
    systemClock.clearTimer(cleared);
    vi.advanceTimersByTime(month + 4);
    expect(callback).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(callback).toHaveBeenCalledTimes(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});

it('holds delays between 0 and what setTimeout can', () => {
  const set = vi.spyOn(globalThis, 'setTimeout');
  for (const delay of [-5, 0, 2_147_483_647, 2_147_483_648, Number.POSITIVE_INFINITY]) {
    systemClock.clearTimer(systemClock.setTimer(() => {}, delay));
  }
  expect(set.mock.calls.map(([, delay]) => delay)).toEqual([
    0, 0, 2_147_483_647, 2_147_483_647, 2_147_483_647,
  ]);
});
