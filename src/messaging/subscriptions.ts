import { guardMethods } from '../base/checks.ts';
import { HoldlineError } from '../base/errors.ts';
import { fill, type Settings } from '../base/need.ts';
import type { Plugin } from '../base/plugin.ts';
import type { LineHandle } from '../connection/connection-options.ts';
import { checkSubscriptions } from './checks.ts';
import type {
  RemoteError,
  RequestKey,
  RpcEnvelope,
  SubscriptionEnvelope,
  SubscriptionEvent,
} from './envelope.ts';
import { type OwnRequest, type Requests, type RequestsCore, requests } from './requests.ts';
import {
  type Cursor,
  DEFAULT_SUBSCRIPTION,
  OpenSubscription,
  type SubscribeOptions,
  type SubscriptionLimits,
} from './subscription.ts';

/** What subscriptions need of a client. */
export interface SubscriptionsCore extends RequestsCore {
  /** Events of this subscription were dropped: its reader is too slow. */
  missed(subscription: string): void;
  /** Set by the plugin. */
  subscriptions?: Subscriptions | undefined;
}

/**
 * The plugin that makes `client.subscribe` work, with an envelope that knows subscriptions. It brings `requests()` along.
 * `createClient` has it anyway; give it to say how events wait for a slow reader.
 *
 * @param limits - for every subscription that does not say otherwise
 * @throws UsageError naming the option that is wrong
 * @example
 * ```ts
 * const client = createSlimClient({ url: 'wss://example.com', envelope: jsonRpc(), use: [subscriptions()] });
 * for await (const tick of client.subscribe('ticks', { symbol: 'ABC' })) console.log(tick);
 * ```
 */
export function subscriptions(
  limits: Settings<SubscriptionLimits> = {},
): Plugin<SubscriptionsCore, 'subscriptions'> {
  checkSubscriptions(limits, subscriptions);
  const filled = fill(DEFAULT_SUBSCRIPTION, limits);
  return (core) => {
    if (core.subscriptions !== undefined) return;
    requests()(core);
    const { rpc } = core.envelope;
    if (rpc?.subscriptions === undefined || core.requests === undefined) return;
    core.subscriptions = new Subscriptions(filled, core, core.requests, { rpc, wire: rpc.subscriptions });
  };
}

/** One subscription on one line. */
interface Place {
  readonly subscription: OpenSubscription;
  readonly line: LineHandle;
  readonly id: RequestKey;
}

/** What the server knows of us on one line. */
interface Register {
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
  readonly line: LineHandle;
  readonly register: Register;
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
  readonly #core: SubscriptionsCore;
  readonly #requests: Requests;
  readonly #rpc: RpcEnvelope;
  readonly #wire: SubscriptionEnvelope;
  /** Those that have not ended, in the order in which they were made, with their place on the newest line they have. */
  readonly #open = new Map<OpenSubscription, Place | undefined>();
  readonly #registers = new Map<LineHandle, Register>();
  /** Those that have been confirmed once, and so may have missed something since. */
  readonly #begun = new WeakSet<OpenSubscription>();
  /** The last request for each. */
  readonly #asked = new WeakMap<OpenSubscription, Asked>();
  /** Those that are asked for on a new line while they still have their place on an old one. */
  readonly #moving = new Set<OpenSubscription>();
  /** The newest line, while it is ready. */
  #line: LineHandle | undefined;
  /** Waits for the answers that tell whether there was a hole. */
  #judgement: Recovered | undefined;

  constructor(
    limits: SubscriptionLimits,
    core: SubscriptionsCore,
    requests: Requests,
    { rpc, wire }: { readonly rpc: RpcEnvelope; readonly wire: SubscriptionEnvelope },
  ) {
    this.#limits = limits;
    this.#core = core;
    this.#requests = requests;
    this.#rpc = rpc;
    this.#wire = wire;
  }

  /** Whether some are still on their way from an old line to the new one. */
  get isMoving(): boolean {
    return this.#moving.size > 0;
  }

  /**
   * Begins a subscription, now or on the next line.
   *
   * @throws UsageError `INVALID_DATA` for params that the codec cannot carry
   */
  subscribe(name: string, params: unknown, options: SubscribeOptions): OpenSubscription {
    const { outbox } = this.#core;
    const { maxEvents = this.#limits.maxEvents, overflow = this.#limits.overflow, signal } = options;
    guardMethods(OpenSubscription, 'subscription');
    const subscription = new OpenSubscription(
      { name, params, options },
      { maxEvents, overflow },
      {
        leave: (left) => this.#drop(left),
        dropped: (slow) => this.#core.missed(slow.name),
        clock: this.#core.clock,
      },
    );
    if (outbox.isClosed) {
      subscription.end(outbox.closedError('not-sent', 'waiting'));
      return subscription;
    }
    this.#open.set(subscription, undefined);
    const release = outbox.signals.onAbort(signal, (reason) => {
      subscription.abort(reason);
      this.#drop(subscription);
    });
    void subscription.closed.then(release);
    const line = this.#line;
    if (line === undefined || !this.#open.has(subscription)) return subscription;
    try {
      this.#ask(subscription, { line, params, cursor: undefined, judge: () => {} });
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
  onReady(line: LineHandle, recovered: Recovered): void {
    this.#judgement?.(false);
    this.#line = line;
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
      if (this.#open.has(subscription)) this.#again(subscription, line, told);
      else told(true); // a function of the caller's, asked for another one, has ended it
    }
  }

  /** A line is gone. Its subscriptions wait for the next, unless they are on it already. */
  onLineLost(line: LineHandle): void {
    this.#registers.delete(line);
    for (const [subscription, place] of this.#open) {
      if (place?.line !== line) continue;
      this.#open.set(subscription, undefined);
      subscription.status = 'pending';
    }
    if (this.#line !== line) return;
    this.#line = undefined;
    this.#moving.clear();
    this.#judgement?.(false);
  }

  /** The server tells something. False if it belongs to no subscription on this line, nor may: `release` is not called then. */
  onEvent(line: LineHandle, event: SubscriptionEvent, release: () => void): boolean {
    const register = this.#registers.get(line);
    const place = register?.places.get(event.key);
    if (register === undefined) return false;
    if (place !== undefined) {
      this.#take(place, event);
      return true;
    }
    if (register.asking === 0 || register.held.length >= MAX_HELD_EVENTS) return false;
    register.held.push({ event, release });
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
  #again(subscription: OpenSubscription, line: LineHandle, judge: Recovered): void {
    const { params, cursor, options } = subscription;
    try {
      const isResumed = cursor !== undefined && options.resume !== undefined;
      this.#ask(subscription, {
        line,
        params: isResumed ? options.resume?.(params, cursor) : params,
        cursor: isResumed ? cursor : undefined,
        judge,
      });
    } catch (error) {
      this.#finish(subscription, error);
      judge(false);
    }
  }

  #ask(
    subscription: OpenSubscription,
    { line, params, cursor, judge }: Pick<Asked, 'line' | 'cursor' | 'judge'> & { readonly params: unknown },
  ): void {
    const wire = this.#wire;
    const { name } = subscription;
    const key = this.#rpc.allocate();
    const message = wire.subscribe(key, name, params);
    const register = this.#registerOf(line);
    const asked: Asked = { subscription, line, register, cursor, judge };
    register.asking++;
    this.#asked.set(subscription, asked);
    if (this.#open.get(subscription) !== undefined) this.#moving.add(subscription);
    try {
      this.#send(line, {
        name,
        key,
        message,
        resolve: (result) => this.#settle(asked, () => this.#confirm(asked, wire.adopt(result), result)),
        reject: (error) => this.#settle(asked, () => this.#refuse(asked, error)),
      });
    } catch (error) {
      this.#settle(asked, () => {});
      throw error;
    }
    if (!wire.confirms) this.#settle(asked, () => this.#confirm(asked, key, undefined));
  }

  /** Sends a request, or where none is answered a message. */
  #send(line: LineHandle, request: OwnRequest): void {
    if (this.#wire.confirms) this.#requests.askOn(line, request);
    else this.#core.outbox.sendAhead({ data: this.#core.encode(request.message) }, line);
  }

  /** A request was answered, or will not be. What comes from a line that is gone changes nothing. */
  #settle(asked: Asked, then: () => void): void {
    const { line, register, subscription } = asked;
    register.asking--;
    if (this.#registers.get(line) !== register) return;
    if (!this.#isStale(asked)) this.#moving.delete(subscription);
    then();
    if (register.asking === 0) for (const { release } of register.held.splice(0)) release();
    this.#core.settled();
  }

  #confirm(request: Asked, id: RequestKey | undefined, result: unknown): void {
    const { subscription, line, register, cursor, judge } = request;
    if (id === undefined) {
      this.#refuse(request, noId(subscription.name));
      return;
    }
    const before = this.#open.get(subscription);
    const place: Place = { subscription, line, id };
    register.places.set(id, place);
    if (this.#isStale(request) && before !== undefined) {
      // A newer line has it, or is asked for it. What came here comes first, so that nothing is told out of order.
      this.#takeHeld(register, place);
      this.#leave(place);
    } else if (!this.#open.has(subscription)) {
      // Unsubscribed meanwhile: what the server does not know yet.
      judge(true);
      register.held = register.held.filter(({ event }) => event.key !== id);
      this.#leave(place);
    } else {
      this.#open.set(subscription, place);
      this.#begun.add(subscription);
      // An old line was asked first and answers first: it is needed until the new one has answered too.
      if (this.#line !== undefined && this.#isStale(request)) this.#moving.add(subscription);
      subscription.status = 'active';
      if (before !== undefined) this.#leave(before);
      judge(this.#isProved(subscription, result, cursor));
      this.#takeHeld(register, place);
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

  #takeHeld(register: Register, place: Place): void {
    const mine = register.held.filter(({ event }) => event.key === place.id);
    register.held = register.held.filter(({ event }) => event.key !== place.id);
    for (const { event } of mine) this.#take(place, event);
  }

  #take(place: Place, { payload, end }: SubscriptionEvent): void {
    const { subscription, line, id } = place;
    if (end === undefined) {
      try {
        subscription.push(payload);
      } catch (error) {
        this.#finish(subscription, error);
      }
      return;
    }
    this.#registers.get(line)?.places.delete(id);
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
    const { line, id, subscription } = place;
    const { name } = subscription;
    const places = this.#registers.get(line)?.places;
    const key = this.#rpc.allocate();
    const forget = (): void => {
      if (places?.get(id) === place) places.delete(id);
      this.#core.settled();
    };
    const message = this.#wire.unsubscribe(key, id, name);
    this.#send(line, { name, key, message, resolve: forget, reject: forget });
    if (!this.#wire.confirms) forget();
  }

  #registerOf(line: LineHandle): Register {
    const known = this.#registers.get(line);
    if (known !== undefined) return known;
    const register: Register = { places: new Map(), asking: 0, held: [] };
    this.#registers.set(line, register);
    return register;
  }
}

/** The error of a subscription whose reply does not say how to know its events. */
function noId(subscription: string): HoldlineError {
  return new HoldlineError('BAD_MESSAGE', { detail: 'subscription-without-id', subscription });
}

/** The error of a subscription that the server has ended with one. */
function endedByServer(subscription: string, end: RemoteError): HoldlineError {
  const { code: remoteCode, message: remoteMessage } = end;
  return new HoldlineError('SUBSCRIPTION_ENDED', { subscription, remoteCode, remoteMessage, cause: end });
}
