import { describe, expect, it } from 'vitest';
import { createVirtualClock } from '../../src/testing/virtual-clock.ts';

describe('virtual clock', () => {
  it('stands still until it is moved', async () => {
    const clock = createVirtualClock();
    let fired = false;
    clock.setTimer(() => {
      fired = true;
    }, 0);
    await clock.settle();
    expect([clock.now(), fired, clock.pendingTimers]).toEqual([0, false, 1]);
    await clock.advance(0);
    expect([clock.now(), fired, clock.pendingTimers]).toEqual([0, true, 0]);
  });

  it('fires timers in the order of their times, then of their setting, at their own time', async () => {
    const clock = createVirtualClock();
    const seen: [string, number][] = [];
    clock.setTimer(() => seen.push(['late', clock.now()]), 30);
    clock.setTimer(() => seen.push(['early', clock.now()]), 10);
    clock.setTimer(() => seen.push(['early too', clock.now()]), 10);
    await clock.advance(29);
    expect(seen).toEqual([
      ['early', 10],
      ['early too', 10],
    ]);
    expect(clock.nextTimerIn).toBe(1);
    await clock.advance(1);
    expect(seen.at(-1)).toEqual(['late', 30]);
    expect(clock.nextTimerIn).toBeUndefined();
  });

  it('fires timers that an earlier timer, or a promise of it, has set within the same move', async () => {
    const clock = createVirtualClock();
    const seen: number[] = [];
    clock.setTimer(async () => {
      await Promise.resolve();
      await Promise.resolve();
      clock.setTimer(() => seen.push(clock.now()), 5);
    }, 10);
    await clock.advance(15);
    expect(seen).toEqual([15]);
  });

  it('counts a timer that a ready promise sets before time moves', async () => {
    const clock = createVirtualClock();
    let fired = 0;
    void Promise.resolve().then(() => clock.setTimer(() => (fired = clock.now()), 5));
    await clock.advance(5);
    expect(fired).toBe(5);
  });

  it('forgets a cleared timer, and takes undefined and fired ones', async () => {
    const clock = createVirtualClock();
    let fired = 0;
    const cleared = clock.setTimer(() => (fired += 1), 1);
    const kept = clock.setTimer(() => (fired += 10), 1);
    clock.clearTimer(cleared);
    clock.clearTimer(undefined);
    await clock.advance(1);
    clock.clearTimer(kept);
    expect(fired).toBe(10);
  });

  it('treats a negative delay as 0', async () => {
    const clock = createVirtualClock();
    let firedAt = -1;
    clock.setTimer(() => (firedAt = clock.now()), -5);
    await clock.advance(0);
    expect(firedAt).toBe(0);
  });

  it('moves on for every delay above 0, however short', async () => {
    const clock = createVirtualClock();
    await clock.advance(1_500);
    clock.setTimer(() => {}, Number.MIN_VALUE);
    expect(clock.nextTimerIn).toBeGreaterThan(0);
    await clock.advanceToNext();
    expect(clock.now()).toBeGreaterThan(1_500);
  });

  it('steps from timer to timer', async () => {
    const clock = createVirtualClock();
    clock.setTimer(() => {}, 7);
    expect(await clock.advanceToNext()).toBe(true);
    expect(clock.now()).toBe(7);
    expect(await clock.advanceToNext()).toBe(false);
    expect(clock.now()).toBe(7);
  });

  it('moves both clocks together, and the wall clock alone on a jump', async () => {
    const clock = createVirtualClock({ wallTime: 1000 });
    await clock.advance(5);
    expect(clock.wallTime()).toBe(1005);
    clock.jump(3_600_000);
    expect([clock.now(), clock.wallTime()]).toEqual([5, 3_601_005]);
    expect(createVirtualClock().wallTime()).toBe(Date.UTC(2026, 0, 1));
  });
});

it('refuses an option that there is not, and a time that is none', () => {
  expect(() => createVirtualClock({ walltime: 0 } as object)).toThrow('Did you mean wallTime?');
  expect(() => createVirtualClock({ wallTime: new Date() as never })).toThrow(
    'The option wallTime of createVirtualClock must be a number, 0 or more. It is an object.',
  );
});
