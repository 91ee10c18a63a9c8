import { checkCall, checkOptions } from '../base/checks.ts';
import type { OptionTable, Rule } from '../base/need.ts';
import type { RandomSource } from '../base/random.ts';

/** What a scripted {@link RandomSource} hands out. Both may be generators that never end. */
export interface RandomScript {
  /** Bytes for `fill`, in order. Default: none. */
  readonly bytes?: Iterable<number>;
  /** Numbers in [0, 1) for `uniform`, in order. Default: none. */
  readonly numbers?: Iterable<number>;
}

const NUMBERS: Rule = {
  expected: 'an array, or something else that gives numbers one by one',
  isRight: (value) => typeof Object(value)[Symbol.iterator] === 'function',
};

const RANDOM_SCRIPT: OptionTable<RandomScript> = { bytes: NUMBERS, numbers: NUMBERS };

/**
 * Makes a source of chance that does what it is told, so that masking keys, nonces and jitter are known beforehand.
 * It throws when its script has run out.
 *
 * @throws UsageError `INVALID_OPTION` naming the option that is wrong
 * @example
 * ```ts
 * const random = createScriptedRandom({ numbers: [0, 0.5] });
 * random.uniform(); // 0
 * random.uniform(); // 0.5
 * ```
 */
export function createScriptedRandom(script: RandomScript): RandomSource {
  checkCall(createScriptedRandom, () => checkOptions(RANDOM_SCRIPT, script, 'createScriptedRandom'));
  const bytes = (script.bytes ?? [])[Symbol.iterator]();
  const numbers = (script.numbers ?? [])[Symbol.iterator]();
  return {
    fill(target) {
      for (let at = 0; at < target.length; at++) target[at] = next(bytes, 'bytes');
    },
    uniform: () => next(numbers, 'numbers'),
  };
}

function next(script: Iterator<number>, what: string): number {
  const { done, value } = script.next();
  if (done === true) throw new Error(`The script of the random source has no more ${what}. Make it longer.`);
  return value;
}
