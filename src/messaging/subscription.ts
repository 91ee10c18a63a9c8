import { checkArgument } from '../base/checks.ts';
import type { Clock } from '../base/clock.ts';
import { type Deferred, deferred } from '../base/deferred.ts';
import { Emitter, isolated, type Unsubscribe } from '../base/emitter.ts';
import { type Evidence, HoldlineError, UsageError } from '../base/errors.ts';
import { Backlog, type Holdings, weigh } from './backlog.ts';
import type { StreamCheck } from './held-to.ts';
import { MAX_KEY_LENGTH } from './message-limits.ts';

/** Where an event stands in its stream: a sequence number, a time stamp, an id. No two events of a stream share one. */
export type Cursor = string | number;

/** What happens when events come faster than they are read. */
export type SubscriptionOverflow = 'error' | 'drop-oldest';

/** How events wait for their reader. */
export interface SubscriptionLimits {
  /** Most events that wait. Default 1,000. */
  readonly maxEvents: number;
  /**
   * Most bytes that they may take in memory; one that waits alone may be larger. Default 8 MiB, a quarter of what a client
   * holds altogether (`limits.maxHeldBytes`), so that one slow reader leaves room for others.
   */
  readonly maxBytes: number;
  /**
   * What happens to one more. `error`: the subscription ends with `SUBSCRIPTION_OVERFLOW`, after what waits was read.
   * `drop-oldest`: the newest are kept, and a `gap` event with the name of the subscription tells of it. Default `error`.
   */
  readonly overflow: SubscriptionOverflow;
}

/** The bounds in force unless others are given. */
export const DEFAULT_SUBSCRIPTION: SubscriptionLimits = /* @__PURE__ */ Object.freeze({
  maxEvents: 1_000,
  maxBytes: 8_388_608, // 8 MiB
  overflow: 'error',
});

/**
 * How one subscription goes.
 *
 * @typeParam Params - what it is asked for with
 * @typeParam Event - what it brings
 * @typeParam Position - what `cursor` gives, which `resume` and `resumed` get
 */
export interface SubscribeOptions<Params = unknown, Event = unknown, Position extends Cursor = Cursor> {
  /**
   * Where an event stands in the stream. With it an event that comes twice (after a resume, during a handover) is told
   * once. `undefined` for an event without a place; a text of more than 1,024 characters is none.
   */
  readonly cursor?: ((event: Event) => Position | undefined) | undefined;
  /** The params that ask the server to go on behind `cursor`, on the next line. Without it the same params again. */
  readonly resume?: ((params: Params, cursor: Position) => Params) | undefined;
  /**
   * Whether the server's reply confirms that it goes on behind `cursor` without a hole. Nothing else makes a `gap` event
   * say `recovered: true`.
   */
  readonly resumed?: ((reply: unknown, cursor: Position) => boolean) | undefined;
  /** As in {@link SubscriptionLimits}. */
  readonly maxEvents?: number | undefined;
  /** As in {@link SubscriptionLimits}. */
  readonly maxBytes?: number | undefined;
  /** As in {@link SubscriptionLimits}. */
  readonly overflow?: SubscriptionOverflow | undefined;
  /** Unsubscribes; whoever waits for an event gets the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** What the envelope puts beside the params: a session, headers. */
  readonly meta?: unknown;
}

/**
 * Events of one kind, from `client.subscribe`. It has one reader, for as long as it lives: the first loop, or the first
 * function given to {@link Subscription.on}. Another is refused with `INVALID_STATE`, also when all is over.
 * It lasts over any number of lines, until one side ends it.
 */
export interface Subscription<Event> {
  /** What was subscribed to. */
  readonly name: string;
  /** `pending`: not confirmed on the present line, or there is none. `active`: confirmed. `closed`: nothing more will come. */
  readonly status: 'pending' | 'active' | 'closed';
  /** When the last event came, in milliseconds since 1970 UTC. Undefined before the first. */
  readonly lastEventAt: number | undefined;
  /**
   * Fulfilled when nothing more will come, with the error that ended it; `undefined` if it ended plainly: by us, by
   * `client.close()`, or by the server without an error. Never rejects.
   */
  readonly closed: Promise<unknown>;

  /**
   * Calls `listener` for every event from now on, those that wait included, instead of keeping them for a loop.
   *
   * @returns a function that unsubscribes
   * @throws UsageError `INVALID_STATE` if there is another reader already, or was one
   */
  on(listener: (event: Event) => void): Unsubscribe;

  /**
   * Calls `listener` with every new `status`, from the next on: `pending` while the line is down, so that what came before
   * may be out of date. Never throws.
   *
   * @returns a function that stops listening
   * @example
   * ```ts
   * subscription.onStatus((status) => price.classList.toggle('stale', status === 'pending'));
   * ```
   */
  onStatus(listener: (status: Subscription<Event>['status']) => void): Unsubscribe;

  /** Ends it: the server is told, what waits is dropped, loops end. Does nothing the second time. */
  unsubscribe(): void;

  /**
   * Events one by one. The loop ends with the subscription: plainly, or by throwing its error. Leaving the loop
   * unsubscribes. Throws a `UsageError` `INVALID_STATE` if there is another reader already, or was one.
   */
  [Symbol.asyncIterator](): AsyncIterator<Event, undefined>;
}

/**
 * How many cursors are remembered to know an event that comes twice: more than any overlap of two lines should bring.
 */
export const REMEMBERED_CURSORS = 1_000;

/** How much of what a client may hold those of all its subscriptions may take. */
const CURSOR_SHARE = 0.25;

/** The reader's end of a subscription: a bounded queue that knows what it has told. */
export class OpenSubscription implements Subscription<unknown> {
  readonly name: string;
  /** What it was asked for with. */
  readonly params: unknown;
  /** How it goes. */
  readonly options: SubscribeOptions;
  lastEventAt: number | undefined;
  /** What it has in common with those that share a subscription on the wire with it; undefined: with none. */
  readonly topic: string | undefined;
  /** What its events have to pass; undefined: nothing. */
  readonly check: StreamCheck | undefined;
  /** The last one seen. */
  cursor: Cursor | undefined;
  readonly #limits: SubscriptionLimits;
  readonly #closed: Deferred<unknown> = deferred();
  /** What ends it on the wire. */
  readonly #leave: (subscription: OpenSubscription, error?: HoldlineError) => void;
  readonly #dropped: (subscription: OpenSubscription) => void;
  readonly #clock: Pick<Clock, 'wallTime'>;
  readonly #changes: Emitter<{ status: Subscription<unknown>['status'] }> = new Emitter();
  #status: Subscription<unknown>['status'] = 'pending';
  /** Those of the last events, oldest first, and what each takes. */
  readonly #seen = new Map<Cursor, number>();
  readonly #holdings: Holdings;
  readonly #events: Backlog<unknown>;
  /** It was told that events are being dropped, and the reader has not caught up since. */
  #dropping = false;
  /** The loop or function that it is read by. */
  #reader: object | undefined;
  readonly #waiting: Deferred<IteratorResult<unknown, undefined>>[] = [];
  #listener: ((event: unknown) => void) | undefined;
  #error: unknown;

  constructor(
    given: {
      readonly name: string;
      readonly params: unknown;
      readonly options: SubscribeOptions;
      readonly topic?: string | undefined;
      readonly check?: StreamCheck | undefined;
    },
    limits: SubscriptionLimits,
    port: {
      leave(subscription: OpenSubscription, error?: HoldlineError): void;
      dropped(subscription: OpenSubscription): void;
      readonly clock: Pick<Clock, 'wallTime'>;
      readonly holdings: Holdings;
    },
  ) {
    this.name = given.name;
    this.params = given.params;
    this.options = given.options;
    this.topic = given.topic;
    this.check = given.check;
    this.#limits = limits;
    this.#leave = port.leave;
    this.#dropped = port.dropped;
    this.#clock = port.clock;
    this.#holdings = port.holdings;
    this.#events = new Backlog(port.holdings);
  }

  get status(): Subscription<unknown>['status'] {
    return this.#status;
  }

  /** Sets it where it changes, and tells. */
  set status(status: Subscription<unknown>['status']) {
    if (this.#status === status) return;
    this.#status = status;
    this.#changes.emit('status', status);
  }

  get closed(): Promise<unknown> {
    return this.#closed.promise;
  }

  on(listener: (event: unknown) => void): Unsubscribe {
    checkArgument('function', 'listener', listener);
    const refusal = this.#refusal(listener);
    if (refusal !== undefined) throw refusal;
    // What waits goes first. The listener may unsubscribe, which drops the rest.
    while (this.#events.size > 0) isolated(() => listener(this.#events.shift()));
    this.#listener = listener;
    return () => this.unsubscribe();
  }

  onStatus(listener: (status: Subscription<unknown>['status']) => void): Unsubscribe {
    checkArgument('function', 'listener', listener);
    return this.#changes.on('status', listener);
  }

  unsubscribe(): void {
    if (this.status === 'closed') return;
    this.#forget();
    this.end(undefined);
    this.#leave(this);
  }

  /** Events one by one. */
  [Symbol.asyncIterator](): AsyncIterator<unknown, undefined> {
    const loop: AsyncIterator<unknown, undefined> = {
      next: () => {
        const refusal = this.#refusal(loop);
        return refusal === undefined ? this.#next() : Promise.reject(refusal);
      },
      return: async () => {
        this.unsubscribe();
        this.#forget();
        return { value: undefined, done: true };
      },
    };
    return loop;
  }

  /** An event came. Throws whatever the caller's `cursor` throws. */
  push(event: unknown): void {
    if (this.status === 'closed' || this.#isRepeated(event)) return;
    this.lastEventAt = this.#clock.wallTime();
    const waiting = this.#waiting.shift();
    const listener = this.#listener;
    if (listener !== undefined) isolated(() => listener(event));
    else if (waiting !== undefined) waiting.resolve({ value: event, done: false });
    else this.#keep(event);
  }

  /** Calls `then` behind the events that a contract still checks, unless it has ended by then. */
  after(then: () => void): void {
    const { check } = this;
    if (check === undefined) then();
    else check.after(() => this.status !== 'closed' && then());
  }

  /** Events came before it was known whose they are, more than the `limit` that could be held. */
  miss(limit: number): void {
    if (this.status === 'closed') return;
    if (this.#limits.overflow === 'error') this.#overflow({ limit });
    else this.#dropped(this);
  }

  /** Nothing more will come: readers get what is left, then the end. */
  end(error: unknown): void {
    if (this.#status === 'closed') return;
    this.#error = error;
    this.status = 'closed';
    for (const waiting of this.#waiting.splice(0)) {
      if (error === undefined) waiting.resolve({ value: undefined, done: true });
      else waiting.reject(error);
    }
    for (const oldest of this.#seen.keys()) this.#unsee(oldest);
    this.#events.leave();
    this.check?.drop();
    this.#closed.resolve(error);
  }

  /** As {@link end}, and what waits is dropped: nobody wants it any more. */
  abort(reason: unknown): void {
    this.#forget();
    this.end(reason);
  }

  #isRepeated(event: unknown): boolean {
    const cursor = this.options.cursor?.(event);
    if (cursor === undefined || !isCursor(cursor)) return false;
    if (this.#seen.has(cursor)) return true;
    this.cursor = cursor;
    const bytes = weigh(cursor, MAX_KEY_LENGTH);
    const holdings = this.#holdings;
    this.#seen.set(cursor, bytes);
    holdings.cursors += bytes;
    for (const oldest of this.#seen.keys()) {
      const { size } = this.#seen;
      const isTooMuch = size > REMEMBERED_CURSORS || holdings.cursors > CURSOR_SHARE * holdings.maxBytes;
      if (size === 1 || !isTooMuch) break;
      this.#unsee(oldest);
    }
    return false;
  }

  #unsee(cursor: Cursor): void {
    this.#holdings.cursors -= this.#seen.get(cursor) as number;
    this.#seen.delete(cursor);
  }

  #keep(event: unknown): void {
    const { maxEvents, maxBytes, overflow } = this.#limits;
    const events = this.#events;
    const bytes = weigh(event, this.#holdings.maxBytes);
    const hasRoom = (): boolean => events.size < maxEvents && events.hasRoom(bytes, maxBytes);
    if (!hasRoom()) {
      if (overflow === 'error') {
        this.#overflow(
          events.size < maxEvents
            ? { detail: 'bytes', bytes: events.bytes, limit: maxBytes }
            : { limit: maxEvents },
        );
        return;
      }
      while (events.size > 0 && !hasRoom()) events.shift();
      if (!this.#dropping) this.#dropped(this);
      this.#dropping = true;
      // Others hold all that the client may hold.
      if (!hasRoom()) return;
    }
    events.push(event, bytes);
  }

  #overflow(evidence: Evidence): void {
    const error = new HoldlineError('SUBSCRIPTION_OVERFLOW', { subscription: this.name, ...evidence });
    this.end(error);
    this.#leave(this, error);
  }

  #next(): Promise<IteratorResult<unknown, undefined>> {
    if (this.#events.size > 0) {
      this.#dropping = this.#dropping && this.#events.size > 1;
      return Promise.resolve({ value: this.#events.shift(), done: false });
    }
    if (this.status === 'closed') {
      const error = this.#error;
      return error === undefined ? Promise.resolve({ value: undefined, done: true }) : Promise.reject(error);
    }
    const waiting: Deferred<IteratorResult<unknown, undefined>> = deferred();
    this.#waiting.push(waiting);
    return waiting.promise;
  }

  /** What a second reader is told: each would get a part of the events, or wait for ever. The first one stays. */
  #refusal(reader: object): UsageError | undefined {
    this.#reader ??= reader;
    if (this.#reader === reader) return undefined;
    return new UsageError('INVALID_STATE', { detail: 'has-reader', subscription: this.name });
  }

  #forget(): void {
    this.#events.take();
  }
}

/** Whether it is small enough to be remembered, and can be sent back: the server may have put anything where it should be. */
function isCursor(value: unknown): boolean {
  if (typeof value === 'string') return value.length <= MAX_KEY_LENGTH;
  if (typeof value === 'number') return Number.isFinite(value);
  return Object(value) === value && weigh(value, MAX_KEY_LENGTH) <= MAX_KEY_LENGTH;
}
