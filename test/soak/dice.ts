import { Chance } from '../bench/storm/chance.ts';

/** Chance with a seed: each pair of dice is a stream of its own, whoever else rolls meanwhile. */
export class Dice {
  readonly #seed: number;
  readonly #chance: Chance;

  constructor(seed: number) {
    this.#seed = seed;
    this.#chance = new Chance(1, seed);
  }

  /** Other dice, always the same for the same number. */
  fork(number: number): Dice {
    return new Dice(Math.imul(this.#seed + 1, 0x01000193) ^ number);
  }

  /** A number in [0, 1). */
  uniform(): number {
    return this.#chance.next(0);
  }

  /** A whole number in [from, to]. */
  between(from: number, to: number): number {
    return from + Math.floor(this.uniform() * (to - from + 1));
  }

  /** A whole number in [1, to]: small ones as often as large ones, by their digits. */
  byDigits(to: number): number {
    return Math.floor(to ** this.uniform());
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  /** One of them. */
  pick<T>(values: readonly T[]): T {
    return values[this.between(0, values.length - 1)]!;
  }

  /** One of the keys, as often as its weight says. */
  weighted<Key extends string>(weights: Readonly<Record<Key, number>>): Key {
    const entries = Object.entries(weights) as [Key, number][];
    let left = this.uniform() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [key, weight] of entries) {
      left -= weight;
      if (left < 0) return key;
    }
    return entries.at(-1)![0];
  }
}
