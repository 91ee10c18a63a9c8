// Looks for inputs that take a way that none has taken before, and for those that break a target.
import { chanceOf, mutate } from './mutate.mjs';

/**
 * What is fuzzed.
 * @typedef {object} Target
 * @property {readonly Uint8Array[]} examples to begin with
 * @property {readonly Uint8Array[]} words what inputs are made of
 * @property {number} mostBytes
 * @property {(input: Uint8Array) => void | Promise<void>} run throws if a promise is broken
 */

/**
 * @typedef {object} Finding
 * @property {Uint8Array} input
 * @property {unknown} error
 */

/** An input that takes longer hangs. Milliseconds. */
const PATIENCE_MS = 2_000;

/** One input in so many is made of those that were found last. */
const LATE_EVERY = 2;
const LATE = 24;

/** How often a branch was taken counts by powers of two: the bit of each count. */
const BIT_OF_COUNT = Uint8Array.from({ length: 256 }, (_, count) =>
  count === 0
    ? 0
    : count < 4
      ? 1 << (count - 1)
      : count < 8
        ? 8
        : count < 16
          ? 16
          : count < 32
            ? 32
            : count < 128
              ? 64
              : 128,
);

export class Fuzzer {
  /** @type {Uint8Array[]} */
  corpus = [];
  /** @type {Finding[]} */
  findings = [];
  runs = 0;
  /** The slowest run, in milliseconds. */
  slowest = 0;
  #target;
  #counters;
  #chance;
  /** By branch, the counts that were seen, a bit each. */
  #seen;
  /** @type {Set<string>} the errors found so far, by their first lines */
  #errors = new Set();

  /**
   * @param {Target} target
   * @param {Uint8Array} counters
   * @param {number} seed
   */
  constructor(target, counters, seed) {
    this.#target = target;
    this.#counters = counters;
    this.#chance = chanceOf(seed);
    this.#seen = new Uint8Array(counters.length);
  }

  /** Branches that were taken. */
  get branches() {
    return this.#seen.reduce((sum, bits) => sum + (bits === 0 ? 0 : 1), 0);
  }

  /** What is told apart: branches, each by how often it was taken. */
  get features() {
    return this.#seen.reduce((sum, bits) => sum + ones(bits), 0);
  }

  /** Begins with these inputs. @param {readonly Uint8Array[]} inputs */
  async begin(inputs) {
    for (const input of inputs) await this.#try(input);
    if (this.corpus.length === 0) this.corpus.push(new Uint8Array(0));
  }

  /** One more input. */
  async step() {
    const { words, mostBytes } = this.#target;
    await this.#try(mutate(this.#pick(), this.#pick(), words, mostBytes, this.#chance));
  }

  /** Of the corpus the inputs that are needed to see all that it sees, short ones first. */
  async minimised() {
    const all = [...this.corpus].sort((a, b) => a.length - b.length);
    const seen = new Uint8Array(this.#seen.length);
    const kept = [];
    for (const input of all) {
      await this.#run(input);
      if (this.#note(seen)) kept.push(input);
    }
    return kept;
  }

  #pick() {
    const { length } = this.corpus;
    const isLate = this.#chance(LATE_EVERY) === 0;
    const at = isLate ? length - 1 - this.#chance(Math.min(LATE, length)) : this.#chance(length);
    return /** @type {Uint8Array} */ (this.corpus[at]);
  }

  /** @param {Uint8Array} input */
  async #try(input) {
    const begin = performance.now();
    const error = await this.#run(input);
    this.runs++;
    const took = performance.now() - begin;
    this.slowest = Math.max(this.slowest, took);
    if (error !== undefined) this.#found(input, error);
    else if (took > PATIENCE_MS) this.#found(input, new Error(`It took more than ${PATIENCE_MS} ms.`));
    if (this.#note(this.#seen)) this.corpus.push(input);
  }

  /** @param {Uint8Array} input @returns {Promise<unknown>} what it broke */
  async #run(input) {
    this.#counters.fill(0);
    try {
      const running = this.#target.run(input);
      if (running !== undefined) await running;
      return undefined;
    } catch (error) {
      return error ?? new Error('It threw nothing.');
    }
  }

  /** @param {Uint8Array} input @param {unknown} error */
  #found(input, error) {
    const name = String(error instanceof Error ? error.stack : error)
      .split('\n')
      .slice(0, 3)
      .join('\n');
    if (this.#errors.has(name)) return;
    this.#errors.add(name);
    this.findings.push({ input, error });
  }

  /** Whether the last run took a way that `seen` has not. @param {Uint8Array} seen */
  #note(seen) {
    const counters = this.#counters;
    let isNew = false;
    for (let at = 0; at < counters.length; at++) {
      const count = counters[at];
      if (count === 0) continue;
      const bit = BIT_OF_COUNT[/** @type {number} */ (count)];
      const before = seen[at];
      const after = /** @type {number} */ (before) | /** @type {number} */ (bit);
      if (after === before) continue;
      seen[at] = after;
      isNew = true;
    }
    return isNew;
  }
}

/** @param {number} bits */
function ones(bits) {
  let count = 0;
  for (let left = bits; left > 0; left &= left - 1) count++;
  return count;
}
