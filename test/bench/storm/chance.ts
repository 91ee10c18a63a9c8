/** Chance for a million clients: one number of state each, every client its own stream, the same under the same seed. */
export class Chance {
  readonly #states: Uint32Array;

  constructor(clients: number, seed: number) {
    this.#states = new Uint32Array(clients);
    for (let client = 0; client < clients; client++) {
      this.#states[client] = scramble(scramble(seed) ^ Math.imul(client + 1, 0x9e3779b9));
    }
  }

  /** The client's next number in [0, 1). */
  next(client: number): number {
    const state = (this.#states[client]! + 0x6d2b79f5) >>> 0;
    this.#states[client] = state;
    return scramble(state) / 2 ** 32;
  }
}

/** The finalizer of MurmurHash3, 32 bits: every bit of the input moves every bit of the output. */
function scramble(value: number): number {
  let mixed = value | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
