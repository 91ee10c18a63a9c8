import type { Unsent } from '../protocol/closure.ts';

/** So many ends are kept before those that are through are let go. */
const MOST_ENDS = 1_024;

/** Counts what was handed to a socket and has not left it. */
export class UnsentCount {
  /** Payload handed over so far. */
  #total = 0;
  /** Where in that payload each message ends that may not have left. */
  #ends: number[] = [];
  #most = MOST_ENDS;

  /** A message was handed over: `bufferedAmount` before and after. */
  add(before: number, after: number): void {
    if (before === 0) this.#ends.length = 0;
    this.#total += after - before;
    this.#ends.push(this.#total);
    if (this.#ends.length < this.#most) return;
    this.#ends = this.#left(after);
    this.#most = MOST_ENDS + this.#ends.length * 2;
  }

  /** What has not left while `bufferedAmount` is `bytes`. */
  at(bytes: number): Unsent {
    return { messages: this.#left(bytes).length, bytes };
  }

  #left(buffered: number): number[] {
    const gone = this.#total - buffered;
    return this.#ends.filter((end) => end > gone);
  }
}
