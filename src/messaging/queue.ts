/** Most messages that wait where the server cannot be stopped: empty ones have no bytes that could be counted. */
export const MAX_WAITING = 100_000;

interface Item<T> {
  readonly item: T;
  readonly bytes: number;
}

/** What waits to be read: first in, first out, counted in items and bytes. */
export class Queue<T> {
  /** How many bytes wait. */
  bytes = 0;
  readonly #items: (Item<T> | undefined)[] = [];
  /** Index of the next one: spent ones are cut off in batches, not one by one. */
  #head = 0;

  /** How many wait. */
  get size(): number {
    return this.#items.length - this.#head;
  }

  push(item: T, bytes: number): void {
    this.#items.push({ item, bytes });
    this.count(bytes);
  }

  /** The next one. Only where one waits: see {@link size}. */
  shift(): T {
    const { item, bytes } = this.#items[this.#head] as Item<T>;
    this.#items[this.#head++] = undefined;
    if (this.#head * 2 > this.#items.length) {
      this.#items.splice(0, this.#head);
      this.#head = 0;
    }
    this.count(-bytes);
    return item;
  }

  protected count(bytes: number): void {
    this.bytes += bytes;
  }
}
