/** Width of a slot in milliseconds: narrow, so that few events share one and its sorting costs nothing. */
const SLOT_MS = 1 / 16;

/** Slots of the ring: 2 ^ 21 / 16 ms = 131 s, more than any attempt and delay of any policy together. */
const SLOTS = 2 ** 21;

const NOBODY = -1;

/**
 * What is to come, at most one event a client, in the order of time; at the same moment in the order in which they were
 * added. A ring of slots: adding and taking cost the same for a thousand clients and for a million.
 */
export class Agenda {
  readonly #times: Float64Array;
  /** The client added to the same slot before this one. */
  readonly #before: Int32Array;
  readonly #slots: Int32Array = new Int32Array(SLOTS).fill(NOBODY);
  readonly #due: Int32Array;
  #dueCount = 0;
  #dueNext = 0;
  #slot = 0;
  #size = 0;

  constructor(clients: number) {
    this.#times = new Float64Array(clients);
    this.#before = new Int32Array(clients);
    this.#due = new Int32Array(clients);
  }

  get size(): number {
    return this.#size;
  }

  /** When the client's event is, or was last. */
  timeOf(client: number): number {
    return this.#times[client]!;
  }

  /** Adds the client's event, at the earliest in the next slot. */
  add(client: number, time: number): void {
    const slot = Math.max(Math.floor(time / SLOT_MS), this.#slot + 1);
    if (slot - this.#slot >= SLOTS) throw new Error(`${time} ms is further ahead than the agenda reaches.`);
    this.#times[client] = time;
    this.#before[client] = this.#slots[slot % SLOTS]!;
    this.#slots[slot % SLOTS] = client;
    this.#size++;
  }

  /** The client whose event is next; undefined when nothing is to come. */
  take(): number | undefined {
    if (this.#size === 0) return undefined;
    while (this.#dueNext === this.#dueCount) this.#open(++this.#slot % SLOTS);
    this.#size--;
    return this.#due[this.#dueNext++];
  }

  #open(slot: number): void {
    let count = 0;
    for (let client = this.#slots[slot]!; client !== NOBODY; client = this.#before[client]!) {
      this.#due[count++] = client;
    }
    this.#slots[slot] = NOBODY;
    this.#dueNext = 0;
    this.#dueCount = count;
    // The list is the newest first; a stable sort by time keeps the order of adding among equals.
    const due = this.#due.subarray(0, count).reverse();
    if (!this.#isSorted(due)) due.set([...due].sort((a, b) => this.#times[a]! - this.#times[b]!));
  }

  #isSorted(clients: Int32Array): boolean {
    for (let index = 1; index < clients.length; index++) {
      if (this.#times[clients[index - 1]!]! > this.#times[clients[index]!]!) return false;
    }
    return true;
  }
}
