import type { Clock, TimerHandle } from '../../../base/clock.ts';

/** What a connection queues for: a host, or a proxy, and how many may connect to it at the same time. */
export interface ConnectPlace {
  readonly key: string;
  readonly capacity: number;
}

/**
 * How long a place is held at most, in milliseconds: half of the default deadline of an opening, so that those that
 * wait behind a stuck connection still have the other half.
 */
export const MAX_CONNECT_MS = 5_000;

/** One place: who is in, and who waits, in order. */
interface Slot {
  inside: number;
  /** Made for the first one. */
  waiting: Set<ConnectTicket> | undefined;
}

/**
 * Connections to the same host open one after the other (RFC 6455, 4.1: "There MUST be no more than one connection in
 * a CONNECTING state"). First come, first served. One queue serves one transport factory.
 */
export class ConnectQueue {
  readonly #slots = new Map<string, Slot>();

  /**
   * Queues for all of `places`, of which no two are the same, one after the other in the order of their keys. `granted`
   * is called once, at once if all are free; never after {@link ConnectTicket.end}.
   */
  take(places: readonly ConnectPlace[], clock: Clock, granted: () => void): ConnectTicket {
    // All connections take them in the same order, so no two wait for each other.
    const sorted = places.length === 1 ? places : [...places].sort((a, b) => (a.key < b.key ? -1 : 1));
    const ticket = new ConnectTicket(this, sorted, clock, granted);
    ticket.advance();
    return ticket;
  }

  /** How many places are in use. */
  get size(): number {
    return this.#slots.size;
  }

  /** For {@link ConnectTicket}: goes in, or waits. */
  enter({ key, capacity }: ConnectPlace, ticket: ConnectTicket): boolean {
    let slot = this.#slots.get(key);
    if (slot === undefined) {
      slot = { inside: 0, waiting: undefined };
      this.#slots.set(key, slot);
    }
    if (slot.inside >= capacity) {
      slot.waiting ??= new Set();
      slot.waiting.add(ticket);
      return false;
    }
    slot.inside++;
    return true;
  }

  /** For {@link ConnectTicket}: waits no more. */
  giveUp({ key }: ConnectPlace, ticket: ConnectTicket): void {
    this.#slots.get(key)?.waiting?.delete(ticket);
  }

  /** For {@link ConnectTicket}: makes room for the next. */
  leave({ key }: ConnectPlace): void {
    const slot = this.#slots.get(key) as Slot;
    const { waiting } = slot;
    const [next] = waiting ?? [];
    if (next !== undefined) {
      waiting?.delete(next);
      next.entered();
    } else if (--slot.inside === 0) {
      this.#slots.delete(key);
    }
  }
}

/** One connection's claim to its places: some of them held, the next one waited for. */
export class ConnectTicket {
  readonly #queue: ConnectQueue;
  readonly #places: readonly ConnectPlace[];
  readonly #clock: Clock;
  readonly #granted: () => void;
  #held = 0;
  #isOver = false;
  #timer: TimerHandle | undefined;

  constructor(queue: ConnectQueue, places: readonly ConnectPlace[], clock: Clock, granted: () => void) {
    this.#queue = queue;
    this.#places = places;
    this.#clock = clock;
    this.#granted = granted;
  }

  /** Whether it waits for others. */
  get isWaiting(): boolean {
    return !this.#isOver && this.#held < this.#places.length;
  }

  /** Goes as far as there is room. */
  advance(): void {
    for (let next = this.#places[this.#held]; next !== undefined; next = this.#places[this.#held]) {
      if (!this.#queue.enter(next, this)) return;
      this.#held++;
    }
    // One that gets stuck must not hold up the others for ever.
    this.#timer = this.#clock.setTimer(() => this.end(), MAX_CONNECT_MS);
    this.#granted();
  }

  /** The place that was waited for is free, and taken. */
  entered(): void {
    this.#held++;
    this.advance();
  }

  /** The connection is open, or has failed, or is given up: the next may begin. Again: does nothing. */
  end(): void {
    if (this.#isOver) return;
    const missing = this.#places[this.#held];
    this.#isOver = true;
    this.#clock.clearTimer(this.#timer);
    if (missing !== undefined) this.#queue.giveUp(missing, this);
    for (const place of this.#places.slice(0, this.#held)) this.#queue.leave(place);
  }
}
