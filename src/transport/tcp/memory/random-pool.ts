import { type RandomBytes, systemRandom } from '../../../base/random.ts';

/** How much is drawn at a time: keys for 50 handshakes. A call to the generator costs more than the bytes. */
const POOL_BYTES = 4096;

/** How much is drawn first: a factory may well serve one connection, and 4 KiB take 30 µs. */
const FIRST_POOL_BYTES = 256;

/** More than that is drawn directly. */
const MAX_POOLED_BYTES = 64;

/**
 * The machine's generator for many connections: small amounts are cut from a block that it fills. No byte is given out
 * twice, and none that was given out stays here.
 */
export class RandomPool implements RandomBytes {
  readonly #source: RandomBytes;
  #pool: Uint8Array = new Uint8Array(0);
  #next = 0;

  constructor(source: RandomBytes = systemRandom) {
    this.#source = source;
  }

  fill(target: Uint8Array): void {
    const size = target.length;
    if (size > MAX_POOLED_BYTES) {
      this.#source.fill(target);
      return;
    }
    if (this.#next + size > this.#pool.length) this.#refill();
    const end = this.#next + size;
    target.set(this.#pool.subarray(this.#next, end));
    this.#pool.fill(0, this.#next, end);
    this.#next = end;
  }

  #refill(): void {
    const size = this.#pool.length === 0 ? FIRST_POOL_BYTES : POOL_BYTES;
    if (this.#pool.length !== size) this.#pool = new Uint8Array(size);
    this.#source.fill(this.#pool);
    this.#next = 0;
  }
}
