// The subscriptions of a client. This file is long because it is one machine: what is asked for, what is on which line, and
// what is asked for again share one list of those that are open.
import { AbortSource } from '../base/abort.ts';
import { guardMethods } from '../base/checks.ts';
import type { TimerHandle } from '../base/clock.ts';
import { HoldlineError, isHoldlineError, isKind } from '../base/errors.ts';
import { fill, type Settings } from '../base/need.ts';
import type { Plugin } from '../base/plugin.ts';
import { backoffOf } from '../connection/backoff.ts';
import type { LineHandle } from '../connection/connection-options.ts';
import { isPromise } from '../connection/target.ts';
import { Backlog, weigh } from './backlog.ts';
import { checkSubscriptions } from './checks.ts';
import type {
  RemoteError,
  RequestKey,
  RpcEnvelope,
  SubscriptionEnvelope,
  SubscriptionEvent,
} from './envelope.ts';
import type { ContractChecks } from './held-to.ts';
import { type OwnRequest, type Requests, type RequestsCore, requests } from './requests.ts';
import {
  type Cursor,
  DEFAULT_SUBSCRIPTION,
  OpenSubscription,
  type SubscribeOptions,
  type SubscriptionLimits,
} from './subscription.ts';
import { topicOf } from './topic.ts';

/** What subscriptions need of a client. */
export interface SubscriptionsCore extends RequestsCore {
  /** Events of this subscription were dropped, or messages: a reader is too slow. */
  missed(subscription: string | undefined): void;
  /** Set by the plugin. */
  subscriptions?: Subscriptions | undefined;
  /** Set by a contract. */
  contract?: ContractChecks | undefined;
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

/** One subscription on one line, and whom it serves: several where the server knows them under one key. */
interface Place {
  readonly name: string;
  readonly line: LineHandle;
  readonly id: RequestKey;
  /** Who gets its events: also those that are on another line by now, until the server knows that they left. */
  readonly subscribers: Set<OpenSubscription>;
  /** Those of them that have not left. */
  readonly staying: Set<OpenSubscription>;
}

/** What the server knows of us on one line. */
interface Register {
  /** By the key under which its events come. A Map: keys come from the server. */
  readonly places: Map<RequestKey, Place>;
  /** Requests to subscribe that are not answered. */
  readonly asking: Set<Asked>;
  /** Events that overtook the reply that will tell whose they are. */
  readonly held: Backlog<Held>;
  /** The keys of events that there was no room to hold; `all` when there are too many of them to remember. */
  lost: Set<RequestKey> | 'all';
  /** Aborted when the line is gone. */
  readonly gone: AbortSource;
}

/** One request to subscribe, on one line. */
interface Asked {
  readonly name: string;
  readonly subscribers: OpenSubscription[];
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

/** One that the server has refused although it had begun: it is asked for again. */
interface Retry {
  /** When the first refusal came, by the clock. */
  readonly since: number;
  readonly refusals: number;
  readonly timer: TimerHandle;
}

/** Most events that are held while a reply is awaited, within `limits.maxHeldBytes`. More are told as ordinary events. */
export const MAX_HELD_EVENTS = 1_000;

/** How long one that had begun is asked for again although the server refuses it, in milliseconds. */
export const ASK_AGAIN_MS = 300_000;

/** Learns once whether every subscription went on without a hole. */
export type Recovered = (recovered: boolean) => void;

/** All subscriptions of a client: subscribes again on every new line, in order, and says whether something was missed. */
export class Subscriptions {
  /** How events wait for a reader that does not say otherwise. */
  readonly limits: SubscriptionLimits;
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
  /**
   * Those that have lost their place on an old line before the newest had them, when the gap between the two had been told
   * already: what comes until they are confirmed is in another one.
   */
  #exposed = new WeakSet<OpenSubscription>();
  /** Those whose end waits for events that are still being checked. */
  readonly #ending = new Set<OpenSubscription>();
  /** Those that wait to be asked for once more on the newest line. */
  readonly #retries = new Map<OpenSubscription, Retry>();
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
    this.limits = limits;
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
    const { signal } = options;
    guardMethods(OpenSubscription, 'subscription');
    const topic = this.#wire.sharedByKey === true ? topicOf(name, params) : undefined;
    const subscription = new OpenSubscription(
      { name, params, options, topic, check: this.#core.contract?.stream(name) },
      fill(this.limits, options as Settings<SubscriptionLimits>),
      {
        leave: (left, error) => {
          this.#drop(left);
          if (error !== undefined) this.#core.failed(error);
        },
        dropped: (slow) => this.#core.missed(slow.name),
        clock: this.#core.clock,
        holdings: this.#core.holdings,
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
      subscription.end(error);
      this.#drop(subscription);
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
    this.#exposed = new WeakSet();
    this.#forgetRetries();
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
    const begun = new Set(all.filter((subscription) => this.#begun.has(subscription)));
    open = begun.size;
    if (open === 0) judge(false);
    for (const subscription of all) {
      if (this.#open.has(subscription)) this.#again(subscription, line, judge);
      else if (begun.has(subscription)) judge(true); // a function of the caller's, asked for another one, has ended it
    }
  }

  /** A line is gone. Its subscriptions wait for the next, unless they are on it already. */
  onLineLost(line: LineHandle): void {
    const register = this.#registers.get(line);
    this.#registers.delete(line);
    register?.held.take();
    register?.gone.abort();
    for (const [subscription, place] of this.#open) {
      if (place?.line !== line) continue;
      this.#displace(subscription);
      subscription.status = 'pending';
    }
    if (this.#line !== line) return;
    this.#line = undefined;
    this.#moving.clear();
    this.#forgetRetries();
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
    if (register.asking.size === 0) return false;
    const { holdings } = this.#core;
    const bytes = weigh(event.payload, holdings.maxBytes);
    if (register.held.size >= MAX_HELD_EVENTS || !register.held.hasRoom(bytes)) {
      noteLost(register, event.key);
      return false;
    }
    register.held.push({ event, release }, bytes);
    return true;
  }

  /** Ends all of them: the client is closed, by its owner, or by an error: then what has come is told first. */
  end(error: unknown): void {
    this.#forgetRetries();
    const all = [...this.#open.keys(), ...this.#ending];
    this.#open.clear();
    for (const subscription of all) {
      if (error === undefined) subscription.end(error);
      else this.#endBehind(subscription, error);
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
      const hasBegun = this.#begun.has(subscription);
      this.#finish(subscription, error);
      if (hasBegun) judge(false);
    }
  }

  #ask(
    subscription: OpenSubscription,
    { line, params, cursor, judge }: Pick<Asked, 'line' | 'cursor' | 'judge'> & { readonly params: unknown },
  ): void {
    const wire = this.#wire;
    const { name, options } = subscription;
    const register = this.#registerOf(line);
    const { gone } = register;
    if (this.#open.get(subscription) !== undefined) this.#moving.add(subscription);
    if (this.#join(subscription, register, judge)) return;
    const key = this.#rpc.allocate();
    const message = wire.subscribe(key, name, params, {
      meta: options.meta,
      session: line.login.session,
      get signal() {
        return gone.signal;
      },
    });
    const asked: Asked = { name, subscribers: [subscription], line, register, cursor, judge };
    register.asking.add(asked);
    this.#asked.set(subscription, asked);
    const refuse = (error: unknown): void => this.#settle(asked, () => this.#refuse(asked, error));
    if (isPromise(message)) {
      message
        .then((made) => this.#sendAsked(asked, { key, params, message: made }), refuse)
        .then(undefined, refuse);
      return;
    }
    try {
      this.#sendAsked(asked, { key, params, message });
    } catch (error) {
      this.#settle(asked, () => {});
      throw error;
    }
  }

  /** The request to subscribe is there, maybe after a while. */
  #sendAsked(
    asked: Asked,
    {
      key,
      params,
      message,
    }: { readonly key: RequestKey; readonly params: unknown; readonly message: unknown },
  ): void {
    const wire = this.#wire;
    const { name, line, subscribers } = asked;
    // Nobody wants it any more. A line that is gone takes nothing anyway.
    if (!subscribers.some((one) => this.#open.has(one))) return this.#settle(asked, () => {});
    const adopt = (result: unknown): RequestKey | undefined => wire.adopt(result, key, name, params);
    const isConfirmed = confirms(wire, 'subscribe');
    const request = {
      name,
      key,
      message,
      resolve: (result: unknown) => this.#settle(asked, () => this.#confirm(asked, adopt(result), result)),
      reject: (error: unknown) => this.#settle(asked, () => this.#refuse(asked, error)),
    };
    this.#send(line, request, isConfirmed);
    if (isConfirmed) return;
    const id = (wire.sharedByKey === true ? adopt(undefined) : undefined) ?? key;
    this.#settle(asked, () => this.#confirm(asked, id, undefined));
  }

  /** Where the server knows subscriptions by their topic, one of the same topic is enough on the wire. */
  #join(subscription: OpenSubscription, register: Register, judge: Recovered): boolean {
    const { topic } = subscription;
    if (topic === undefined) return false;
    for (const asked of register.asking) {
      if (asked.subscribers[0]?.topic !== topic) continue;
      asked.subscribers.push(subscription);
      this.#asked.set(subscription, asked);
      return true;
    }
    for (const place of register.places.values()) {
      const [other] = place.staying;
      if (other?.topic !== topic) continue;
      const asked = {
        name: place.name,
        subscribers: [subscription],
        line: place.line,
        register,
        cursor: undefined,
        judge,
      };
      this.#asked.set(subscription, asked);
      this.#settle(asked, () => this.#confirm(asked, place.id, undefined));
      return true;
    }
    return false;
  }

  /** Sends a request, or where none is answered a message. */
  #send(line: LineHandle, request: OwnRequest, isAnswered: boolean): void {
    if (isAnswered) this.#requests.askOn(line, request);
    else {
      const data = this.#core.encode(request.message);
      this.#core.outbox.sendAhead({ data, sent: () => this.#requests.left(request.key) }, line);
    }
  }

  /** A request was answered, or will not be. What comes from a line that is gone changes nothing. */
  #settle(asked: Asked, then: () => void): void {
    const { line, register, subscribers } = asked;
    register.asking.delete(asked);
    if (this.#registers.get(line) !== register) return;
    for (const subscription of subscribers) {
      if (!this.#isStale(asked, subscription)) this.#moving.delete(subscription);
    }
    then();
    if (register.asking.size === 0) {
      register.lost = new Set();
      for (const { release } of register.held.take()) release();
    }
    this.#core.settled();
  }

  #confirm(request: Asked, id: RequestKey | undefined, result: unknown): void {
    const { name, subscribers, line, register, judge } = request;
    if (id === undefined) {
      this.#refuse(request, noId(name));
      return;
    }
    const isWhole = this.#isProved(request, result);
    const there = register.places.get(id);
    // One that nobody is in any more is being left.
    const place: Place = there?.staying.size
      ? there
      : { name, line, id, subscribers: new Set(), staying: new Set() };
    register.places.set(id, place);
    const elsewhere: OpenSubscription[] = [];
    for (const subscription of subscribers) {
      const before = this.#open.get(subscription);
      const isStale = this.#isStale(request, subscription);
      const hasBegun = this.#begun.has(subscription);
      if (!this.#open.has(subscription)) {
        // Unsubscribed meanwhile: what the server does not know yet.
        if (hasBegun) judge(true);
        continue;
      }
      place.subscribers.add(subscription);
      place.staying.add(subscription);
      if (isStale && before !== undefined) {
        // A newer line has it, or is asked for it. What came here comes first, so that nothing is told out of order.
        elsewhere.push(subscription);
        continue;
      }
      this.#open.set(subscription, place);
      this.#begun.add(subscription);
      this.#forgetRetry(subscription);
      // An old line was asked first and answers first: it is needed until the new one has answered too.
      if (this.#line !== undefined && isStale) this.#moving.add(subscription);
      subscription.status = 'active';
      if (before !== undefined) this.#leave(before, subscription);
      if (hasBegun) judge(isWhole);
      if (this.#exposed.delete(subscription) && !isWhole) this.#missed(subscription);
    }
    const isUnwanted = place.staying.size === 0;
    this.#takeHeld(register, place);
    for (const subscription of elsewhere) this.#leave(place, subscription);
    if (isUnwanted && register.places.get(id) === place) this.#unsubscribe(place);
  }

  #refuse(request: Asked, error: unknown): void {
    const { line, judge, cursor } = request;
    for (const subscription of request.subscribers) {
      // What a newer line says counts.
      if (this.#isStale(request, subscription) || !this.#open.has(subscription)) continue;
      if (!this.#begun.has(subscription)) {
        this.#finish(subscription, error);
        continue;
      }
      judge(false);
      if (this.#open.get(subscription) !== undefined) this.#moving.add(subscription);
      if (cursor !== undefined && !isKind(error, 'DeliveryError')) {
        // The server answers, but does not go on from there any more.
        subscription.cursor = undefined;
        this.#again(subscription, line, judge);
      } else {
        this.#askLater(subscription, line, error);
      }
    }
  }

  /** It was well before, and the line is up: what the server refuses now may pass. */
  #askLater(subscription: OpenSubscription, line: LineHandle, error: unknown): void {
    const { clock, connection } = this.#core;
    const { reconnect, times, random } = connection.options;
    const now = clock.now();
    const { since, refusals: before } = this.#retries.get(subscription) ?? { since: now, refusals: 0 };
    if (now - since >= ASK_AGAIN_MS) {
      this.#finish(subscription, error);
      return;
    }
    const refusals = before + 1;
    const delay = (reconnect?.backoff ?? backoffOf(times))(refusals, random);
    const timer = clock.setTimer(() => this.#again(subscription, line, () => {}), delay);
    this.#retries.set(subscription, { since, refusals, timer });
    this.#tell(subscription, error);
  }

  #forgetRetry(subscription: OpenSubscription): void {
    this.#core.clock.clearTimer(this.#retries.get(subscription)?.timer);
    this.#retries.delete(subscription);
  }

  #forgetRetries(): void {
    for (const subscription of [...this.#retries.keys()]) this.#forgetRetry(subscription);
  }

  #isStale(request: Asked, subscription: OpenSubscription): boolean {
    return this.#asked.get(subscription) !== request;
  }

  #isProved({ cursor, subscribers, judge }: Asked, result: unknown): boolean {
    const subscription = subscribers[0] as OpenSubscription;
    const { resumed } = subscription.options;
    try {
      return cursor !== undefined && resumed?.(result, cursor) === true;
    } catch (error) {
      this.#finish(subscription, error);
      judge(false);
      return false;
    }
  }

  #takeHeld(register: Register, place: Place): void {
    for (const { event } of register.held.take(({ event }) => event.key === place.id))
      this.#take(place, event);
    if (register.lost !== 'all' && !register.lost.has(place.id)) return;
    for (const subscription of place.staying) subscription.after(() => subscription.miss(MAX_HELD_EVENTS));
  }

  #take(place: Place, { payload, end, again }: SubscriptionEvent): void {
    const { subscribers, line, id } = place;
    if (end !== undefined || again !== undefined) this.#registers.get(line)?.places.delete(id);
    for (const subscription of subscribers) {
      if (again !== undefined) {
        this.#droppedByServer(subscription, place, again);
        continue;
      }
      if (end !== undefined) {
        this.#endByServer(subscription, place, end);
        continue;
      }
      const tell = (event: unknown): void => this.#push(subscription, event);
      if (subscription.check === undefined) tell(payload);
      else subscription.check.pass(payload, tell);
    }
  }

  #push(subscription: OpenSubscription, event: unknown): void {
    try {
      subscription.push(event);
    } catch (error) {
      this.#finish(subscription, error);
    }
  }

  /** It was well before, and may be again. One that is on its way to a new line is asked for there. */
  #droppedByServer(subscription: OpenSubscription, place: Place, reason: RemoteError): void {
    const isHere = this.#open.get(subscription) === place;
    if (isHere) this.#open.set(subscription, undefined);
    if (!isHere || this.#moving.has(subscription)) return;
    const { name } = subscription;
    subscription.status = 'pending';
    this.#missed(subscription);
    this.#askLater(subscription, place.line, endedByServer(name, place.line.clean(reason)));
  }

  /** An old line ends what is on its way to the new one, or there already. */
  #endByServer(subscription: OpenSubscription, place: Place, end: true | RemoteError): void {
    if (this.#open.get(subscription) !== place) return;
    if (this.#moving.has(subscription)) return this.#displace(subscription);
    this.#open.delete(subscription);
    const error = end === true ? undefined : endedByServer(subscription.name, place.line.clean(end));
    this.#endBehind(subscription, error, () => error !== undefined && this.#core.failed(error));
  }

  /** Ends one behind the events that are still being checked. */
  #endBehind(subscription: OpenSubscription, error: unknown, then: () => void = () => {}): void {
    this.#ending.add(subscription);
    subscription.after(() => {
      subscription.end(error);
      then();
    });
    void subscription.closed.then(() => this.#ending.delete(subscription));
  }

  /** There may be a hole behind the events that have come. */
  #missed(subscription: OpenSubscription): void {
    subscription.after(() => this.#core.missed(subscription.name));
  }

  /** Nothing comes for it until the newest line, or the next, confirms it. */
  #displace(subscription: OpenSubscription): void {
    this.#open.set(subscription, undefined);
    if (this.#judgement === undefined) this.#exposed.add(subscription);
  }

  /** Ends one that failed, and tells the server if it may not know. */
  #finish(subscription: OpenSubscription, error: unknown): void {
    const wasOpen = subscription.status !== 'closed';
    subscription.end(error);
    this.#drop(subscription);
    if (wasOpen) this.#tell(subscription, error);
  }

  /** Whoever takes events by a listener would not hear of it otherwise. */
  #tell({ name: method }: OpenSubscription, error: unknown): void {
    this.#core.failed(
      isHoldlineError(error) ? error : new HoldlineError('HANDLER_FAILED', { method, cause: error }),
    );
  }

  /** Takes one out that has ended. */
  #drop(subscription: OpenSubscription): void {
    const place = this.#open.get(subscription);
    this.#forgetRetry(subscription);
    this.#moving.delete(subscription);
    if (this.#open.delete(subscription) && place !== undefined) this.#leave(place, subscription);
  }

  /** One subscriber less. The last one takes the subscription off the wire. */
  #leave(place: Place, subscription: OpenSubscription): void {
    if (subscription.status === 'closed') place.subscribers.delete(subscription);
    if (place.staying.delete(subscription) && place.staying.size === 0) this.#unsubscribe(place);
  }

  /** Unsubscribes on the wire. What the server sends until it knows still has its place. */
  #unsubscribe(place: Place): void {
    const { line, id, name } = place;
    const places = this.#registers.get(line)?.places;
    const key = this.#rpc.allocate();
    const forget = (): void => {
      if (places?.get(id) === place) places.delete(id);
      this.#core.settled();
    };
    const message = this.#wire.unsubscribe(key, id, name);
    const isAnswered = message !== undefined && confirms(this.#wire, 'unsubscribe');
    if (message !== undefined)
      this.#send(line, { name, key, message, resolve: forget, reject: forget }, isAnswered);
    if (!isAnswered) forget();
  }

  #registerOf(line: LineHandle): Register {
    const known = this.#registers.get(line);
    if (known !== undefined) return known;
    const held = new Backlog<Held>(this.#core.holdings);
    const gone = new AbortSource();
    const register: Register = { places: new Map(), asking: new Set(), held, lost: new Set(), gone };
    this.#registers.set(line, register);
    return register;
  }
}

/** Whether the server answers this kind of request. */
function confirms({ confirms: kinds }: SubscriptionEnvelope, kind: 'subscribe' | 'unsubscribe'): boolean {
  return kinds === true || kinds === kind;
}

/** Remembers whose event there was no room to hold. */
function noteLost(register: Register, key: RequestKey): void {
  if (register.lost === 'all') return;
  if (register.lost.size >= MAX_HELD_EVENTS) register.lost = 'all';
  else register.lost.add(key);
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
