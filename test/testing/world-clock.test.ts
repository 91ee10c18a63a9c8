import { expect, it } from 'vitest';
import { WorldClock } from '../../src/testing/world-clock.ts';

async function run(clock: WorldClock, end: number): Promise<void> {
  while (await clock.step(end, () => false));
  clock.reach(end);
}

it('fires timers in order of time, then of setting, and promises run in between', async () => {
  const clock = new WorldClock();
  const told: string[] = [];
  clock.setTimer(() => told.push(`late ${clock.now()}`), 20);
  clock.setTimer(() => void Promise.resolve().then(() => told.push('promise')), 10);
  clock.setTimer(() => told.push(`second ${clock.now()}`), 10);
  clock.clearTimer(clock.setTimer(() => told.push('never'), 5));
  await run(clock, 30);
  expect([told, clock.now()]).toEqual([['promise', 'second 10', 'late 20'], 30]);
});

it('stops where something is so', async () => {
  const clock = new WorldClock();
  clock.setTimer(() => {}, 10);
  expect([await clock.step(100, () => true), clock.now()]).toEqual([false, 0]);
});

it('sleeps: the timers and the time of the client and of its user stand still, that of the wall does not', async () => {
  const clock = new WorldClock();
  const told: string[] = [];
  const begun = clock.clients.wallTime();
  clock.clients.setTimer(() => told.push(`client ${clock.now()} ${clock.clients.now()}`), 100);
  clock.setUserTimer(() => told.push('user'), 150);
  clock.setTimer(() => told.push('world'), 120);
  await run(clock, 50);
  clock.sleep(1_000);
  clock.sleep(9_999); // it sleeps already
  expect([clock.wakesAt, clock.clientTimers]).toEqual([1_050, 1]);
  clock.clients.setTimer(() => told.push('set asleep'), 500);
  await run(clock, 600);
  expect([told, clock.clients.now()]).toEqual([['world'], 50]);
  await run(clock, 2_000);
  expect(told).toEqual(['world', 'client 1100 100', 'user', 'set asleep']);
  expect([clock.clients.now(), clock.wakesAt, clock.clientTimers]).toEqual([1_000, undefined, 0]);
  expect(clock.clients.wallTime() - begun).toBe(2_000);
  clock.jump(-5_000);
  expect(clock.wallTime() - begun).toBe(-3_000);
  clock.clients.clearTimer(undefined);
});
