import type { RandomSource } from '../base/random.ts';

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

/** The key as the byte `offset` of the payload meets it. */
function rotateKey(key: number, offset: number): number {
  const bits = (offset & 3) << 3;
  return bits === 0 ? key : (key >>> bits) | (key << (32 - bits));
}

/** How many keys are drawn at a time: one call to the generator for many frames. */
const KEYS_PER_FILL = 1024;

/**
 * Masking keys, each used once and never derived from another (RFC 6455, 5.3 and 10.3). They are cut from a
 * block that the secure generator fills. Not shared between engines: nothing here outlives a connection.
 */
export class MaskKeys {
  readonly #random: RandomSource;
  #pool: Uint8Array = new Uint8Array(0);
  #next = 0;

  constructor(random: RandomSource) {
    this.#random = random;
  }

  /** A fresh key; its first byte on the wire is the lowest eight bits. */
  next(): number {
    if (this.#next === this.#pool.length) this.#refill();
    const pool = this.#pool;
    const at = this.#next;
    this.#next = at + 4;
    const key =
      (pool[at] as number) |
      ((pool[at + 1] as number) << 8) |
      ((pool[at + 2] as number) << 16) |
      ((pool[at + 3] as number) << 24);
    pool.fill(0, at, at + 4); // a spent key must not be readable from a heap dump
    return key;
  }

  #refill(): void {
    // An idle connection sends few frames: start small, so that it costs little memory.
    const keys = this.#pool.length === 0 ? 16 : KEYS_PER_FILL;
    if (this.#pool.length !== keys * 4) this.#pool = new Uint8Array(keys * 4);
    this.#random.fill(this.#pool);
    this.#next = 0;
  }
}
