import { describe, expect, it } from 'vitest';
import { Chance } from './chance.ts';

describe('chance', () => {
  it('is spread evenly over [0, 1), within a stream and across clients', () => {
    const clients = 1_000;
    const chance = new Chance(clients, 1);
    const first = Array.from({ length: clients }, (_, client) => chance.next(client));
    const long = Array.from({ length: clients }, () => chance.next(0));
    for (const numbers of [first, long]) {
      const tenths = new Array<number>(10).fill(0);
      for (const number of numbers) tenths[Math.floor(number * 10)]!++;
      expect(Math.min(...tenths)).toBeGreaterThan(70);
      expect(Math.max(...tenths)).toBeLessThan(130);
    }
    expect(new Set(first).size).toBe(clients);
  });

  it('is the same under the same seed alone', () => {
    const numbers = (seed: number) => [0, 1, 1].map((client) => new Chance(2, seed).next(client));
    expect(numbers(5)).toEqual(numbers(5));
    expect(numbers(5)).not.toEqual(numbers(6));
  });
});
