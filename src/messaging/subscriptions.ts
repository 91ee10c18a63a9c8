import type { AbortHub } from '../base/abort.ts';
import type { RequestKey, RpcEnvelope, SubscriptionEnvelope, SubscriptionEvent } from './envelope.ts';
import {
  type Cursor,
  endedByServer,
  noId,
  OpenSubscription,
  type SubscribeOptions,
  type SubscriptionLimits,
} from './subscription.ts';

/** What subscriptions need of the client. A line is named by its epoch. */
export interface SubscriptionPort {
  /** The part of the envelope that subscribes, and the one that it stands in. */
  readonly wire: SubscriptionEnvelope;
  readonly rpc: RpcEnvelope;
  readonly signals: AbortHub;
  /** Why the client is closed, if it is. */
  closed(): Error | undefined;
  /**
   * Sends a request at once on a line, past whatever waits. Exactly one of the two functions is called, once, on the
   * stack of the reply; none if the line is not there.
   *
   * @throws UsageError `INVALID_DATA` for what the codec cannot carry
   */
  ask(epoch: number, call: SubscriptionCall): void;
  /** Sends a message that is not answered. */
  tell(epoch: number, message: unknown): void;
  /** Events of this subscription were dropped: its reader is too slow. */
  dropped(name: string): void;
  /** A subscription was moved, or has ended: there may be nothing left to wait for on an old line. */
  moved(): void;
}

/** One request to subscribe or unsubscribe. */
export interface SubscriptionCall {
  /** For the texts of errors. */
  readonly name: string;
  readonly key: RequestKey;
  readonly message: unknown;
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

/** One subscription on one line. */
interface Place {
  readonly subscription: OpenSubscription;
  readonly epoch: number;
  readonly id: RequestKey;
}

/** A line with what the server knows of us on it. */
interface Line {
  /** By the key under which its events come. A Map: keys come from the server. */
  readonly places: Map<RequestKey, Place>;
  /** Requests to subscribe that are not answered. */
  asking: number;
  /** Events that overtook the reply that will tell whose they are. */
  held: Held[];
}

/** One request to subscribe, on one line. */
interface Asked {
  readonly subscription: OpenSubscription;
  readonly epoch: number;
  readonly line: Line;
  /** Where it was asked to go on. */
  readonly cursor: Cursor | undefined;
  readonly judge: Recovered;
}

interface Held {
  readonly event: SubscriptionEvent;
  /** It is no one's: told as an ordinary event after all. */
  release(): void;
}

/** Most events that are held while a reply is awaited. More are told as ordinary events. */
const MAX_HELD_EVENTS = 1_000;

/** Learns once whether every subscription went on without a hole. */
export type Recovered = (recovered: boolean) => void;

/** All subscriptions of a client: subscribes again on every new line, in order, and says whether something was missed. */
export class Subscriptions {
  readonly #limits: SubscriptionLimits;
  readonly #port: SubscriptionPort;
  readonly #check: (name: unknown, options: SubscribeOptions) => void;
  /** Those that have not ended, in the order in which they were made, with their place on the newest line they have. */
  readonly #open = new Map<OpenSubscription, Place | undefined>();
  readonly #lines = new Map<number, Line>();
  /** Those that have been confirmed once, and so may have missed something since. */
  readonly #begun = new WeakSet<OpenSubscription>();
  /** The last request for each. */
  readonly #asked = new WeakMap<OpenSubscription, Asked>();
  /** The newest line, while it is ready. */
  #epoch: number | undefined;
  /** Waits for the answers that tell whether there was a hole. */
  #judgement: Recovered | undefined;
  /** Those that are asked for on a new line while they still have their place on an old one. */
  readonly #moving = new Set<OpenSubscription>();

  /** @param check - refuses a wrong argument of {@link subscribe} */
  constructor(
    limits: SubscriptionLimits,
    port: SubscriptionPort,
    check: (name: unknown, options: SubscribeOptions) => void,
  ) {
    this.#limits = limits;
    this.#port = port;
    this.#check = check;
  }

  /** How many there are. */
  get size(): number {
    return this.#open.size;
  }

  /** Whether some are still on their way from an old line to the new one. */
  get isMoving(): boolean {
    return this.#moving.size > 0;
  }

  /**
   * Begins a subscription, now or on the next line.
   *
   * @throws UsageError `INVALID_DATA` for params that the codec cannot carry; whatever the check throws
   */
  subscribe(name: string, params: unknown, options: SubscribeOptions): OpenSubscription {
    this.#check(name, options);
    const { maxEvents = this.#limits.maxEvents, overflow = this.#limits.overflow, signal } = options;
    const subscription = new OpenSubscription(
      { name, params, options },
      { maxEvents, overflow },
      {
        leave: (left) => this.#drop(left),
        dropped: (slow) => this.#port.dropped(slow.name),
      },
    );
    const closed = this.#port.closed();
    if (closed !== undefined) {
      subscription.end(closed);
      return subscription;
    }
    this.#open.set(subscription, undefined);
    const release = this.#port.signals.onAbort(signal, (reason) => {
      subscription.abort(reason);
      this.#drop(subscription);
    });
    void subscription.closed.then(release);
    const epoch = this.#epoch;
    if (epoch === undefined || !this.#open.has(subscription)) return subscription;
    try {
      this.#ask(subscription, epoch, params, undefined, () => {});
    } catch (error) {
      this.#finish(subscription, error);
      throw error;
    }
    return subscription;
  }

  /**
   * A new line is ready: subscribes to everything again, in order. `recovered` is called once, when it is known whether
   * something may have been missed; true only if there was something to miss.
   */
  onReady(epoch: number, recovered: Recovered): void {
    this.#judgement?.(false);
    this.#epoch = epoch;
    let open = 0;
    let isOver = false;
    const judge: Recovered = (isWhole) => {
      if (isOver || (isWhole && --open > 0)) return;
      isOver = true;
      this.#judgement = undefined;
      recovered(isWhole);
    };
    this.#judgement = judge;
    const all = [...this.#open.keys()];
    open = all.filter((subscription) => this.#begun.has(subscription)).length;
    if (open === 0) judge(false);
    for (const subscription of all) {
      const told: Recovered = this.#begun.has(subscription) ? judge : () => {};
      if (this.#open.has(subscription)) this.#again(subscription, epoch, told);
      else told(true); // a function of the caller's, asked for another one, has ended it
    }
  }

  /** A line is gone. Its subscriptions wait for the next, unless they are on it already. */
  onLineLost(epoch: number): void {
    this.#lines.delete(epoch);
    for (const [subscription, place] of this.#open) {
      if (place?.epoch !== epoch) continue;
      this.#open.set(subscription, undefined);
      subscription.status = 'pending';
    }
    if (this.#epoch !== epoch) return;
    this.#epoch = undefined;
    this.#moving.clear();
    this.#judgement?.(false);
  }

  /** The server tells something. False if it belongs to no subscription on this line, nor may: `release` is not called then. */
  onEvent(epoch: number, event: SubscriptionEvent, release: () => void): boolean {
    const line = this.#lines.get(epoch);
    const place = line?.places.get(event.key);
    if (line === undefined) return false;
    if (place !== undefined) {
      this.#take(place, event);
      return true;
    }
    if (line.asking === 0 || line.held.length >= MAX_HELD_EVENTS) return false;
    line.held.push({ event, release });
    return true;
  }

  /** Ends all of them: the client is closed. */
  end(error: unknown): void {
    for (const subscription of [...this.#open.keys()]) {
      this.#open.delete(subscription);
      subscription.end(error);
    }
  }

  /** Asks once more, behind the last event where that can be asked for. */
  #again(subscription: OpenSubscription, epoch: number, judge: Recovered): void {
    const { params, cursor, options } = subscription;
    try {
      const isResumed = cursor !== undefined && options.resume !== undefined;
      const asked = isResumed ? options.resume?.(params, cursor) : params;
      this.#ask(subscription, epoch, asked, isResumed ? cursor : undefined, judge);
    } catch (error) {
      this.#finish(subscription, error);
      judge(false);
    }
  }

  #ask(
    subscription: OpenSubscription,
    epoch: number,
    params: unknown,
    cursor: Cursor | undefined,
    judge: Recovered,
  ): void {
    const { rpc, wire } = this.#port;
    const { name } = subscription;
    const key = rpc.allocate();
    const message = wire.subscribe(key, name, params);
    const line = this.#lineOf(epoch);
    const request: Asked = { subscription, epoch, line, cursor, judge };
    line.asking++;
    this.#asked.set(subscription, request);
    if (this.#open.get(subscription) !== undefined) this.#moving.add(subscription);
    const call: SubscriptionCall = {
      name,
      key,
      message,
      resolve: (result) => this.#settle(request, () => this.#confirm(request, wire.adopt(result), result)),
      reject: (error) => this.#settle(request, () => this.#refuse(request, error)),
    };
    try {
      if (wire.confirms) this.#port.ask(epoch, call);
      else this.#port.tell(epoch, message);
    } catch (error) {
      this.#settle(request, () => {});
      throw error;
    }
    if (!wire.confirms) this.#settle(request, () => this.#confirm(request, key, undefined));
  }

  /** A request was answered, or will not be. What comes from a line that is gone changes nothing. */
  #settle(request: Asked, then: () => void): void {
    const { line, epoch, subscription } = request;
    line.asking--;
    if (this.#lines.get(epoch) !== line) return;
    if (!this.#isStale(request)) this.#moving.delete(subscription);
    then();
    if (line.asking === 0) for (const { release } of line.held.splice(0)) release();
    this.#port.moved();
  }

  #confirm(request: Asked, id: RequestKey | undefined, result: unknown): void {
    const { subscription, epoch, line, cursor, judge } = request;
    if (id === undefined) {
      this.#refuse(request, noId(subscription.name));
      return;
    }
    const before = this.#open.get(subscription);
    const place: Place = { subscription, epoch, id };
    line.places.set(id, place);
    if (this.#isStale(request) && before !== undefined) {
      // A newer line has it, or is asked for it. What came here comes first, so that nothing is told out of order.
      this.#takeHeld(line, place);
      this.#leave(place);
    } else if (!this.#open.has(subscription)) {
      // Unsubscribed meanwhile: what the server does not know yet.
      judge(true);
      line.held = line.held.filter(({ event }) => event.key !== id);
      this.#leave(place);
    } else {
      this.#open.set(subscription, place);
      this.#begun.add(subscription);
      subscription.status = 'active';
      if (before !== undefined) this.#leave(before);
      judge(this.#isProved(subscription, result, cursor));
      this.#takeHeld(line, place);
    }
  }

  #refuse(request: Asked, error: unknown): void {
    if (this.#isStale(request)) return; // what a newer line says counts
    this.#finish(request.subscription, error);
    request.judge(false);
  }

  #isStale(request: Asked): boolean {
    return this.#asked.get(request.subscription) !== request;
  }

  #isProved(subscription: OpenSubscription, result: unknown, cursor: Cursor | undefined): boolean {
    const { resumed } = subscription.options;
    try {
      return cursor !== undefined && resumed?.(result, cursor) === true;
    } catch (error) {
      this.#finish(subscription, error);
      return false;
    }
  }

  #takeHeld(line: Line, place: Place): void {
    const mine = line.held.filter(({ event }) => event.key === place.id);
    line.held = line.held.filter(({ event }) => event.key !== place.id);
    for (const { event } of mine) this.#take(place, event);
  }

  #take(place: Place, { payload, end }: SubscriptionEvent): void {
    const { subscription, epoch, id } = place;
    if (end === undefined) {
      try {
        subscription.push(payload);
      } catch (error) {
        this.#finish(subscription, error);
      }
      return;
    }
    this.#lines.get(epoch)?.places.delete(id);
    // An old line ends what is on its way to the new one, or there already.
    if (this.#open.get(subscription) !== place) return;
    if (this.#moving.has(subscription)) {
      this.#open.set(subscription, undefined);
      return;
    }
    this.#open.delete(subscription);
    subscription.end(end === true ? undefined : endedByServer(subscription.name, end));
  }

  /** Ends one that failed, and tells the server if it may not know. */
  #finish(subscription: OpenSubscription, error: unknown): void {
    subscription.end(error);
    this.#drop(subscription);
  }

  /** Takes one out that has ended. */
  #drop(subscription: OpenSubscription): void {
    const place = this.#open.get(subscription);
    if (this.#open.delete(subscription) && place !== undefined) this.#leave(place);
  }

  /** Unsubscribes on the wire. What the server sends until it knows still has its place. */
  #leave(place: Place): void {
    const { subscription, epoch, id } = place;
    const { rpc, wire } = this.#port;
    const line = this.#lines.get(epoch) as Line; // a place goes with its line
    const key = rpc.allocate();
    const message = wire.unsubscribe(key, id, subscription.name);
    const forget = (): void => {
      if (line.places.get(id) === place) line.places.delete(id);
      this.#port.moved();
    };
    if (wire.confirms) {
      this.#port.ask(epoch, { name: subscription.name, key, message, resolve: forget, reject: forget });
    } else {
      this.#port.tell(epoch, message);
      forget();
    }
  }

  #lineOf(epoch: number): Line {
    const known = this.#lines.get(epoch);
    if (known !== undefined) return known;
    const line: Line = { places: new Map(), asking: 0, held: [] };
    this.#lines.set(epoch, line);
    return line;
  }
}
