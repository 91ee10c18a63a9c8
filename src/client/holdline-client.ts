import { type Deferred, deferred } from '../base/deferred.ts';
import { Emitter, type Unsubscribe } from '../base/emitter.ts';
import type { HoldlineError, UsageError } from '../base/errors.ts';
import { Connection } from '../connection/connection.ts';
import type { ConnectionState, StateChange } from '../connection/connection-state.ts';
import type { Diagnosis } from '../connection/diagnosis.ts';
import type { HandoverConnection, HandoverObserver, KeptConnection } from '../connection/handover.ts';
import { type Codec, encode } from '../messaging/codec.ts';
import type { Envelope } from '../messaging/envelope.ts';
import { Outbox } from '../messaging/outbox.ts';
import type { SubscribeOptions, Subscription } from '../messaging/subscription.ts';
import type { Subscriptions } from '../messaging/subscriptions.ts';
import { checkCloseArguments } from '../protocol/close-code.ts';
import type { Closure } from '../protocol/closure.ts';
import { need, needCallOptions, needMethods } from './check-options.ts';
import type {
  Client,
  ClientEvents,
  ClientStats,
  CloseOptions,
  RequestOptions,
  SendOptions,
  Sent,
} from './client.ts';
import { Delivery } from './delivery.ts';
import { needEventName } from './event-names.ts';
import { Inbound } from './inbound.ts';
import { missing } from './missing-part.ts';
import type { ResolvedOptions } from './options.ts';
import type { RequestMachinery } from './request-part.ts';
import type { Handler } from './server-calls.ts';

/**
 * The one implementation of {@link Client}: it wires the floors below together and decides nothing that they do.
 * Names and payloads get their types in `createClient`.
 */
export class HoldlineClient implements Client {
  readonly #connection: KeptConnection;
  /** The same, where it can be handed over. */
  readonly #relay: HandoverConnection | undefined;
  readonly #envelope: Envelope;
  readonly #codec: Codec;
  readonly #outbox: Outbox;
  readonly #delivery: Delivery;
  /** Undefined where nothing is asked: the envelope knows no requests, or the part was not passed in. */
  readonly #rpc: RequestMachinery | undefined;
  readonly #subscriptions: Subscriptions | undefined;
  readonly #inbound: Inbound;
  readonly #clock: ResolvedOptions['connection']['clock'];
  readonly #closeTimeout: number;
  readonly #events = new Emitter<ClientEvents>();
  readonly #serverEvents = new Emitter<Record<string, unknown>>();
  readonly #readyWaiters = new Set<Deferred<ConnectionState>>();
  /** A close() that lets what waits go first. */
  #finished: Promise<Closure> | undefined;
  #lostAt: number | undefined;
  #endError: HoldlineError | UsageError | undefined;

  constructor(options: ResolvedOptions) {
    const { clock, transport, closeTimeout } = options.connection;
    const { pacing, journal } = options;
    this.#clock = clock;
    this.#closeTimeout = closeTimeout;
    this.#envelope = options.envelope();
    need(typeof this.#envelope !== 'function', 'envelope', 'called: envelope: raw()');
    needMethods('envelope()', this.#envelope ?? null, ['split', 'classify']);
    this.#codec = options.codec ?? this.#envelope.codec;
    this.#outbox = new Outbox(options.outbox, clock, journal);
    const isAwaited = (): boolean => this.#rpc?.requests.all().some(({ isSent }) => isSent) === true;
    const connection = pacing
      ? { ...options.connection, transport: pacing(transport, isAwaited) }
      : options.connection;
    const observer = this.#observer();
    this.#relay = options.handover?.(connection, observer);
    this.#connection = this.#relay ?? new Connection(connection, observer);
    const { rpc } = this.#envelope;
    this.#delivery = this.#deliveryFor(options);
    const wiring = { rpc, codec: this.#codec, delivery: this.#delivery, timeout: options.requestTimeout };
    const { maxPending } = options.outbox;
    this.#rpc = options.requests?.({ ...wiring, clock, maxPending, signals: this.#delivery.signals });
    const requests = this.#rpc?.requests;
    this.#subscriptions = options.subscriptions?.({
      ...wiring,
      requests,
      dropped: (subscription) => {
        const { epoch } = this.state;
        const hole = { previousEpoch: epoch, epoch, duration: 0, recovered: false, subscription };
        this.#events.emit('gap', hole);
      },
      moved: () => this.#relay?.review(),
    });
    this.#inbound = new Inbound({
      envelope: this.#envelope,
      codec: this.#codec,
      rpc: this.#rpc,
      subscriptions: this.#subscriptions,
      delivery: this.#delivery,
      events: this.#events,
      serverEvents: this.#serverEvents,
      isOn: (epoch) => this.#isOn(epoch),
      useful: () => this.#connection.markUseful(),
      told: (message) => this.#relay?.advise(message),
      settled: () => this.#relay?.review(),
    });
  }

  get state(): ConnectionState {
    return this.#connection.state;
  }

  connect(): void {
    this.#delivery.cutShort();
    const { status } = this.state;
    if (status === 'closing' || status === 'closed') {
      // The life that ends takes with it what was asked in it; what is asked from here on waits for the next.
      this.#rejectWaiting(this.#endError);
      this.#delivery.forgive();
      this.#endError = undefined;
      this.#delivery.reopens = true;
    }
    this.#connection.connect();
  }

  async ready(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<ConnectionState> {
    needCallOptions(options);
    const { signal } = options;
    const { status } = this.state;
    signal?.throwIfAborted();
    if (status === 'ready' && !this.#delivery.isClosed) return this.state;
    if (this.#delivery.isClosed) throw this.#endError ?? this.#delivery.closedError();
    const waiter = deferred<ConnectionState>();
    this.#readyWaiters.add(waiter);
    const release = this.#delivery.signals.onAbort(signal, (reason) => {
      this.#readyWaiters.delete(waiter);
      waiter.reject(reason);
    });
    waiter.promise.then(release, release);
    if (status === 'idle') this.#connection.connect('first use');
    return waiter.promise;
  }

  send(message: unknown, options?: SendOptions): Promise<Sent> {
    // What an async function would do, at a third of its cost: what is thrown becomes a rejection.
    try {
      return this.#delivery.post(encode(this.#codec, message), options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  request(method: string, params?: unknown, options?: RequestOptions): Promise<never> {
    return new Promise((resolve: (result: never) => void, reject) => {
      if (this.#rpc === undefined) throw missing('requests');
      needMethod(method);
      this.#rpc.calls.request(method, params, options, resolve as (result: unknown) => void, reject);
    });
  }

  notify(method: string, params?: unknown, options?: SendOptions): Promise<Sent> {
    try {
      const { rpc } = this.#envelope;
      if (rpc === undefined) throw missing('requests');
      needMethod(method);
      return this.send(rpc.notification(method, params), options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  handle(method: string, handler: (params: never) => unknown): Unsubscribe {
    if (this.#rpc === undefined) throw missing('requests');
    needMethod(method);
    needListener(handler);
    return this.#rpc.serverCalls.handle(method, handler as Handler);
  }

  onEvent(name: string, listener: (payload: never) => void): Unsubscribe {
    needListener(listener);
    return this.#serverEvents.on(name, listener as (payload: unknown) => void);
  }

  subscribe(name: string, params?: unknown, options: SubscribeOptions = {}): Subscription<unknown> {
    if (this.#subscriptions === undefined) throw missing('subscriptions');
    const subscription = this.#subscriptions.subscribe(name, params, options);
    if (this.state.status === 'idle') this.#connection.connect('first use');
    return subscription;
  }

  async handover(): Promise<ConnectionState> {
    if (this.#relay === undefined) throw missing('handover');
    return this.#relay.handover();
  }

  on<Name extends keyof ClientEvents>(
    name: Name,
    listener: (event: ClientEvents[Name]) => void,
  ): Unsubscribe {
    needEventName(name);
    needListener(listener);
    return this.#events.on(name, listener);
  }

  once<Name extends keyof ClientEvents>(
    name: Name,
    listener: (event: ClientEvents[Name]) => void,
  ): Unsubscribe {
    needEventName(name);
    needListener(listener);
    return this.#events.once(name, listener);
  }

  why(): Diagnosis {
    return this.#connection.diagnosis;
  }

  stats(): ClientStats {
    return {
      sent: this.#delivery.sent,
      received: this.#inbound.received,
      queued: this.#outbox.size,
      queuedBytes: this.#outbox.bytes,
      pending: this.#rpc?.requests.size ?? 0,
      bufferedAmount: this.#connection.bufferedAmount,
    };
  }

  close(how?: number | CloseOptions, why?: string): Promise<Closure> {
    const { code, reason, flush = true } = isObject(how) ? how : { code: how, reason: why };
    checkCloseArguments(code, reason);
    const before = this.#finished;
    if (!flush) this.#delivery.cutShort();
    if (before !== undefined) return before;
    if (!flush || !this.#delivery.mayFinish) return this.#closeNow(code, reason);
    const finished = deferred<Closure>();
    this.#finished = finished.promise;
    this.#delivery.finish(this.#closeTimeout, () => {
      this.#finished = undefined;
      void this.#closeNow(code, reason).then(finished.resolve);
    });
    return finished.promise;
  }

  #closeNow(code?: number, reason?: string): Promise<Closure> {
    const closing = this.#connection.close(code, reason);
    if (this.#delivery.reopens) {
      this.#delivery.reopens = false;
      this.#rejectWaiting();
    }
    return closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** What the connection tells goes to the parts that it concerns. */
  #observer(): HandoverObserver {
    return {
      stateChanged: (change) => this.#onState(change),
      message: (data, epoch = this.state.epoch) => this.#inbound.take(data, epoch),
      ready: (epoch) => this.#onReady(epoch),
      drain: () => this.#delivery.flush(),
      measured: (rtt, smoothed) => this.#events.emit('rtt', { rtt, smoothed }),
      lineEnded: (closure) => this.#onLineEnded(closure),
      closed: (closure, error) => this.#onClosed(closure, error),
      isBusy: (epoch) => this.#isBusy(epoch),
      parted: (epoch, isClosing) => this.#onParted(epoch, isClosing),
    };
  }

  #deliveryFor(options: ResolvedOptions): Delivery {
    const { clock, random } = options.connection;
    return new Delivery({
      connection: this.#connection,
      sendOn: (epoch, data) => this.#relay?.sendOn(epoch, data) === true,
      outbox: this.#outbox,
      clock,
      journal: options.journal,
      journalPort: {
        random,
        numberAbove: (key) => this.#envelope.rpc?.numberAbove?.(key),
        failed: (error) => this.#events.emit('error', error),
      },
      onDrop: (error) => this.#events.emit('drop', error),
    });
  }

  #onState(change: StateChange): void {
    const { status } = change.current;
    if (status === 'connecting') this.#delivery.reopens = false;
    this.#events.emit('state', change);
  }

  #onReady(epoch: number): void {
    const now = this.#clock.now();
    const duration = now - (this.#lostAt ?? now); // none for a line that was handed over
    this.#lostAt = undefined;
    this.#rpc?.requests.linger();
    this.#delivery.forgive();
    this.#delivery.forgetLine();
    this.#events.emit('ready', { epoch });
    if (epoch > 1) this.#events.emit('reconnected', { epoch });
    const recovered = (isWhole: boolean): void => {
      if (epoch === 1) return;
      // What has no place in a stream may have been missed by whoever listens to it.
      const isPlain = this.#serverEvents.hasListeners || this.#events.listenerCount('message') > 0;
      this.#events.emit('gap', { previousEpoch: epoch - 1, epoch, duration, recovered: isWhole && !isPlain });
    };
    // The order on every line: login, subscriptions, then what waits. Whoever is told may close the client.
    if (this.#subscriptions !== undefined && this.#isOn(epoch)) this.#subscriptions.onReady(epoch, recovered);
    else recovered(false);
    if (!this.#isOn(epoch)) return;
    this.#delivery.open();
    if (this.state.status !== 'ready') return;
    for (const waiter of this.#takeWaiters()) waiter.resolve(this.state);
  }

  #takeWaiters(): readonly Deferred<ConnectionState>[] {
    const waiters = [...this.#readyWaiters];
    this.#readyWaiters.clear();
    return waiters;
  }

  /** Whether the line with this epoch is still there, and ready. */
  #isOn(epoch: number): boolean {
    if (this.#relay !== undefined) return this.#relay.holds(epoch);
    return this.state.status === 'ready' && this.state.epoch === epoch;
  }

  #onLineEnded(closure: Closure): void {
    const { status: before } = this.state;
    this.#delivery.cutShort(); // a close() that waits for messages to leave waits in vain
    const { status, epoch } = this.state;
    this.#subscriptions?.onLineLost(epoch);
    this.#delivery.forgetLine();
    if (epoch > 0) this.#lostAt ??= this.#clock.now();
    this.#rpc?.calls.onLineLost(status === 'closing', epoch);
    this.#rpc?.requests.rest();
    if (closure.error !== undefined && status !== 'closing') this.#events.emit('error', closure.error);
    if (before === 'ready') this.#events.emit('lost', { epoch, closure });
  }

  /** Whether something is under way on a line that was handed over. */
  #isBusy(epoch: number): boolean {
    if (this.#rpc?.calls.isBusy(epoch) === true || this.#subscriptions?.isMoving === true) return true;
    return this.#inbound.isAnswering(epoch);
  }

  /** A line that was handed over is gone. */
  #onParted(epoch: number, isClosing: boolean): void {
    this.#subscriptions?.onLineLost(epoch);
    this.#rpc?.calls.onLineLost(isClosing, epoch);
  }

  /** Everything that waits for a line learns that there will be none. Who is told may connect again: that stays. */
  #rejectWaiting(error?: Error): void {
    const waiters = this.#takeWaiters();
    this.#subscriptions?.end(error);
    this.#delivery.clear();
    for (const waiter of waiters) waiter.reject(error ?? this.#delivery.closedError());
  }

  #onClosed(closure: Closure, error: HoldlineError | UsageError | undefined): void {
    if (!this.#delivery.reopens) {
      this.#endError = error;
      this.#rejectWaiting(error);
    }
    this.#events.emit('closed', { closure, error });
  }
}

function isObject(how: number | CloseOptions | undefined): how is CloseOptions {
  return typeof how === 'object' && how !== null;
}

function needMethod(method: unknown): void {
  need(typeof method === 'string', 'method', 'a string');
}

function needListener(listener: unknown): void {
  needMethods('listener', listener ?? null, []);
}
