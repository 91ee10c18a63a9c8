import type { Clock, TimerHandle } from '../../../base/clock.ts';

/** What a turn is taken for: a host, or a proxy, and how many may connect to it at the same time. */
export interface TurnPlace {
  readonly key: string;
  readonly capacity: number;
}

/**
 * How long a turn is held at most, in milliseconds: half of the default deadline of an opening, so that those who wait
 * behind a stuck one still have the other half.
 */
export const MAX_TURN_MS = 5_000;

/** One place: who is in, and who waits, in order. */
interface Slot {
  inside: number;
  /** Made for the first one. */
  waiting: Set<Turn> | undefined;
}

/**
 * Connections take turns in connecting (RFC 6455, 4.1: "There MUST be no more than one connection in a CONNECTING
 * state" to a host). First come, first served. One instance serves one transport factory.
 */
export class Turns {
  readonly #slots = new Map<string, Slot>();

  /**
   * Asks for a turn in all of `places`, of which no two are the same, one after the other in the order of their keys. `granted` is called once, at once if all are
   * free; never after {@link Turn.end}.
   */
  take(places: readonly TurnPlace[], clock: Clock, granted: () => void): Turn {
    // Everybody takes them in the same order, so no two wait for each other.
    const sorted = places.length === 1 ? places : [...places].sort((a, b) => (a.key < b.key ? -1 : 1));
    const turn = new Turn(this, sorted, clock, granted);
    turn.advance();
    return turn;
  }

  /** How many places are in use. */
  get size(): number {
    return this.#slots.size;
  }

  /** For {@link Turn}: goes in, or waits. */
  enter({ key, capacity }: TurnPlace, turn: Turn): boolean {
    let slot = this.#slots.get(key);
    if (slot === undefined) {
      slot = { inside: 0, waiting: undefined };
      this.#slots.set(key, slot);
    }
    if (slot.inside >= capacity) {
      slot.waiting ??= new Set();
      slot.waiting.add(turn);
      return false;
    }
    slot.inside++;
    return true;
  }

  /** For {@link Turn}: waits no more. */
  giveUp({ key }: TurnPlace, turn: Turn): void {
    this.#slots.get(key)?.waiting?.delete(turn);
  }

  /** For {@link Turn}: makes room for the next. */
  leave({ key }: TurnPlace): void {
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

/** A turn, waited for or held. */
export class Turn {
  readonly #turns: Turns;
  readonly #places: readonly TurnPlace[];
  readonly #clock: Clock;
  readonly #granted: () => void;
  #held = 0;
  #isOver = false;
  #timer: TimerHandle | undefined;

  constructor(turns: Turns, places: readonly TurnPlace[], clock: Clock, granted: () => void) {
    this.#turns = turns;
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
      if (!this.#turns.enter(next, this)) return;
      this.#held++;
    }
    // One that gets stuck must not hold up the others for ever.
    this.#timer = this.#clock.setTimer(() => this.end(), MAX_TURN_MS);
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
    if (missing !== undefined) this.#turns.giveUp(missing, this);
    for (const place of this.#places.slice(0, this.#held)) this.#turns.leave(place);
  }
}
