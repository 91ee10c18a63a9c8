import type { RandomSource } from '../base/random.ts';

/** Chance that is the same for the same seed. It can stand as `random` of a client. */
export interface Dice extends RandomSource {
  /** Other dice, the same for the same name, however often these were rolled. */
  fork(name: number): Dice;
  /** A whole number in [from, to]. */
  between(from: number, to: number): number;
  /** A whole number in [1, to]: small ones as often as large ones, by their digits. */
  byDigits(to: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  /** One of them. */
  pick<T>(values: readonly T[]): T;
  /** One of the keys, as often as its weight says. */
  weighted<Key extends string>(weights: Readonly<Record<Key, number>>): Key;
}

/**
 * Makes dice from a seed, a whole number (the algorithm is mulberry32).
 *
 * @example
 * ```ts
 * const dice = createDice(7);
 * dice.between(1, 6); // for 7 always the same
 * ```
 */
export function createDice(seed: number): Dice {
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b);
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const between = (from: number, to: number): number => from + Math.floor(uniform() * (to - from + 1));
  return {
    uniform,
    fill(target) {
      for (let at = 0; at < target.length; at++) target[at] = uniform() * 256;
    },
    fork: (name) => createDice(Math.imul(seed + 1, 0x01000193) ^ Math.imul(name + 1, 0x27d4eb2f)),
    between,
    byDigits: (to) => Math.floor(to ** uniform()),
    chance: (probability) => uniform() < probability,
    pick: <T>(values: readonly T[]) => values[between(0, values.length - 1)] as T,
    weighted<Key extends string>(weights: Readonly<Record<Key, number>>): Key {
      const entries = Object.entries(weights) as [Key, number][];
      let left = uniform() * entries.reduce((sum, [, weight]) => sum + weight, 0);
      const hit = entries.find(([, weight]) => {
        left -= weight;
        return left < 0;
      });
      return (hit ?? (entries[entries.length - 1] as [Key, number]))[0];
    },
  };
}
