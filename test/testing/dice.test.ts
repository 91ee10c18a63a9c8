import { expect, it } from 'vitest';
import { createDice } from '../../src/testing/dice.ts';

it('rolls the same for the same seed, and something else for another', () => {
  const roll = (seed: number): number[] => {
    const dice = createDice(seed);
    return [dice.uniform(), dice.uniform(), dice.uniform()];
  };
  expect(roll(7)).toEqual(roll(7));
  expect(roll(7)).not.toEqual(roll(8));
  expect(roll(7).every((one) => one >= 0 && one < 1)).toBe(true);
});

it('forks by name, whatever was rolled before', () => {
  const dice = createDice(7);
  const first = dice.fork(1).uniform();
  dice.uniform();
  expect(dice.fork(1).uniform()).toBe(first);
  expect(dice.fork(2).uniform()).not.toBe(first);
});

it('keeps within bounds, and comes to all of them', () => {
  const dice = createDice(1);
  const seen = new Set(Array.from({ length: 200 }, () => dice.between(1, 3)));
  expect([...seen].sort()).toEqual([1, 2, 3]);
  const digits = Array.from({ length: 200 }, () => dice.byDigits(1_000));
  expect([Math.min(...digits) >= 1, Math.max(...digits) <= 1_000]).toEqual([true, true]);
  expect(digits.filter((one) => one < 32).length).toBeGreaterThan(60);
  expect(new Set(Array.from({ length: 100 }, () => dice.pick(['a', 'b']))).size).toBe(2);
  expect([dice.chance(0), dice.chance(1)]).toEqual([false, true]);
});

it('goes by weights, and fills with bytes', () => {
  const dice = createDice(1);
  const picks = Array.from({ length: 1_000 }, () => dice.weighted({ often: 9, seldom: 1, never: 0 }));
  expect(picks.filter((one) => one === 'often').length).toBeGreaterThan(800);
  expect([picks.includes('seldom'), picks.includes('never')]).toEqual([true, false]);
  expect(dice.weighted({ none: 0 })).toBe('none');
  const bytes = new Uint8Array(64);
  dice.fill(bytes);
  expect(new Set(bytes).size).toBeGreaterThan(30);
});
