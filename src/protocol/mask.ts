import type { RandomBytes } from '../base/random.ts';

/** Under this length the byte loop beats setting up a view of words. */
const WORD_LOOP_MIN_BYTES = 48;

/** The plain {@link Masker}: whole 32-bit words where the memory is aligned, single bytes around them. */
export function maskInPlace(memory: Uint8Array, start: number, end: number, key: number): void {
  if (end - start < WORD_LOOP_MIN_BYTES) {
    maskBytes(memory, start, end, key);
    return;
  }
  const misaligned = (memory.byteOffset + start) & 3;
  const wordsStart = misaligned === 0 ? start : start + 4 - misaligned;
  maskBytes(memory, start, wordsStart, key);
  const turned = rotateKey(key, wordsStart - start);
  const count = (end - wordsStart) >>> 2;
  // Every platform that runs JavaScript today is little-endian, and so is the order of the key's bytes here.
  const words = new Int32Array(memory.buffer, memory.byteOffset + wordsStart, count);
  for (let at = 0; at < count; at++) words[at] = (words[at] as number) ^ turned;
  maskBytes(memory, wordsStart + count * 4, end, turned);
}

function maskBytes(memory: Uint8Array, start: number, end: number, key: number): void {
  for (let at = start; at < end; at++) {
    memory[at] = (memory[at] as number) ^ (key >>> (((at - start) & 3) << 3));
  }
}

/** The key as the byte `offset` of the payload meets it: what follows can be masked on its own. */
export function rotateKey(key: number, offset: number): number {
  const bits = (offset & 3) << 3;
  return bits === 0 ? key : (key >>> bits) | (key << (32 - bits));
}

/** How many keys are drawn at a time: one call to the generator for many frames. */
const KEYS_PER_FILL = 1024;

/** The keys of those who have sent nothing yet. */
const NO_KEYS: Int32Array = new Int32Array(0);

/**
 * Masking keys, each used once and never derived from another (RFC 6455, 5.3 and 10.3). They are cut from a
 * block that the secure generator fills. Not shared between engines: nothing here outlives a connection.
 */
export class MaskKeys {
  readonly #random: RandomBytes;
  /** Read as words: the first byte is the lowest eight bits, as in {@link maskInPlace}. */
  #pool: Int32Array = NO_KEYS;
  #next = 0;

  constructor(random: RandomBytes) {
    this.#random = random;
  }

  /** A fresh key; its first byte on the wire is the lowest eight bits. */
  next(): number {
    if (this.#next === this.#pool.length) this.#refill();
    const pool = this.#pool;
    const at = this.#next++;
    const key = pool[at] as number;
    pool[at] = 0; // a spent key must not be readable from a heap dump
    return key;
  }

  #refill(): void {
    // An idle connection sends few frames: start small, so that it costs little memory.
    const keys = this.#pool.length === 0 ? 16 : KEYS_PER_FILL;
    if (this.#pool.length !== keys) this.#pool = new Int32Array(keys);
    this.#random.fill(new Uint8Array(this.#pool.buffer));
    this.#next = 0;
  }
}
