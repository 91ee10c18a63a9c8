// The client. This file is long because it is one class with every public method: what is below it does the work.
import type { Login } from '../auth/authenticator.ts';
import { startStackOf } from '../base/checks.ts';
import { type Deferred, deferred } from '../base/deferred.ts';
import { Emitter, isolated, type Unsubscribe } from '../base/emitter.ts';
import { DeliveryError, HoldlineError, isHoldlineError, isKind, type UsageError } from '../base/errors.ts';
import { NO_OPTIONS } from '../base/need.ts';
import { Connection } from '../connection/connection.ts';
import type { ConnectionObserver, ConnectionOptions, LineHandle } from '../connection/connection-options.ts';
import type { ConnectionState, StateChange } from '../connection/states.ts';
import type { Diagnosis } from '../connection/why.ts';
import { type Codec, encode } from '../messaging/codec.ts';
import type {
  Classified,
  Consequences,
  EnvelopeReader,
  EventMessage,
  RemoteError,
  RequestKey,
} from '../messaging/envelope.ts';
import type { Handler, HandlerInfo } from '../messaging/handler.ts';
import { MessageFlow, MessageReader } from '../messaging/message-flow.ts';
import { messagesIn } from '../messaging/messages-in.ts';
import { missing } from '../messaging/missing.ts';
import { Outbox } from '../messaging/outbox.ts';
import type { NotifyOptions, SendOptions, Sent } from '../messaging/outbox-options.ts';
import type { RequestOptions } from '../messaging/requests.ts';
import type { SubscribeOptions, Subscription } from '../messaging/subscription.ts';
import * as CloseCode from '../protocol/close-codes.ts';
import type { Closure } from '../protocol/closure.ts';
import {
  checkAddresses,
  checkClose,
  checkEventName,
  checkHandler,
  checkMessages,
  checkNotify,
  checkRequest,
  checkSend,
  checkServerEvent,
  checkSignal,
  checkSubscribe,
  warnUnwatched,
} from './checks.ts';
import type { Client, ClientEvents, ClientStats, CloseOptions } from './client.ts';
import type { Core } from './core.ts';
import type { ProcessHold } from './process-hold.ts';
import type { ResolvedOptions } from './resolve-options.ts';

/** The one implementation of {@link Client}: puts the floors below together, and reads what the server sends. */
export class LongConnection implements Client {
  readonly #core: Core;
  readonly #codec: Codec;
  /** The server's, by name: what their listeners are called with. */
  readonly #serverEvents = new Emitter<Record<string, readonly unknown[]>>();
  /** Those who want every event of the server's. */
  readonly #anyListeners = new Set<(event: unknown) => void>();
  readonly #readyWaiters = new Set<Deferred<ConnectionState>>();
  readonly #closeTimeout: number;
  readonly #flow: MessageFlow;
  /** What reads each line. */
  readonly #lineReaders = new WeakMap<LineHandle, EnvelopeReader>();
  /** The loops over messages. */
  readonly #readers = new Set<MessageReader>();
  readonly #hold: ProcessHold | undefined;
  /** The key of the heartbeat's question, where it is one of the envelope's. */
  #asked: RequestKey | undefined;
  /** How many messages have come. */
  #received = 0;
  /** A close() that lets what waits go first. */
  #finished: Promise<Closure> | undefined;
  /** When the line that is gone was last heard, by the clock. */
  #lostAt: number | undefined;
  /** Why the client is closed, unless `close()` was called. */
  #endError: HoldlineError | UsageError | undefined;

  constructor(options: ResolvedOptions) {
    const { envelope, outbox: limits, requestTimeout } = options;
    this.#hold = options.hold;
    const { clock, random, closeTimeout } = options.connection;
    const codec = options.codec ?? envelope.codec;
    const events = new Emitter<ClientEvents>();
    const connection = new Connection(options.connection, this.#observer());
    const dropped = (error: ClientEvents['drop']): void => events.emit('drop', error);
    const outbox = new Outbox({ connection, limits, clock, dropped });
    const core: Core = {
      connection,
      outbox,
      envelope,
      clock,
      random,
      events,
      requestTimeout,
      maxPending: limits.maxPending,
      limits: options.limits,
      holdings: { bytes: 0, cursors: 0, maxBytes: options.limits.maxHeldBytes },
      get state() {
        return connection.state;
      },
      on: (name, listener) => events.on(name, listener),
      send: (message, how) => this.send(message, how),
      sendAhead: (message) => connection.line?.send(core.encode(message)) === true,
      encode: (message) => encode(codec, message),
      failed: (error) => events.emit('error', error),
      settled: () => core.handover?.review(),
      missed: (subscription) => {
        const { epoch } = connection.state;
        events.emit('gap', { previousEpoch: epoch, epoch, duration: 0, recovered: false, subscription });
      },
      isBusy: (line) => core.requests?.isBusy(line) === true || core.subscriptions?.isMoving === true,
      parted: (line) => this.#forgetLine(line, false),
    };
    this.#core = core;
    this.#codec = codec;
    this.#closeTimeout = closeTimeout;
    this.#flow = new MessageFlow({
      get line() {
        return connection.line;
      },
      holdings: core.holdings,
      deliver: (data, line) => this.#read(data, line, true),
      overflow: () => core.missed(undefined),
    });
    connection.options.wire = () => (connection.options.login as Login | undefined)?.wire?.(core, codec);
    this.#mayAsk(options.connection);
    for (const plugin of options.use) plugin(core);
    checkAddresses(options.connection);
  }

  get state(): ConnectionState {
    return this.#core.connection.state;
  }

  get connected(): boolean {
    return this.state.status === 'ready';
  }

  connect(): void {
    const { outbox, connection } = this.#core;
    outbox.finishNow();
    const { isEnding } = connection;
    // The life that ends takes with it what was asked in it; what is asked from here on waits for the next.
    if (isEnding) this.#rejectWaiting(this.#endError);
    if (isEnding) this.#endError = undefined;
    connection.connect();
  }

  reconnect(reason = ''): void {
    checkClose({ code: CloseCode.normal, reason });
    if (!this.#core.connection.reconnect(reason)) this.connect();
  }

  async ready(options: { readonly signal?: AbortSignal | undefined } = NO_OPTIONS): Promise<ConnectionState> {
    checkSignal('ready', options, this);
    const { outbox, connection } = this.#core;
    const { signal } = options;
    signal?.throwIfAborted();
    if (outbox.isClosed) throw this.#endError ?? outbox.closedError('not-sent', 'waiting');
    const { status } = this.state;
    if (status === 'ready') return this.state;
    const waiter = deferred<ConnectionState>();
    this.#readyWaiters.add(waiter);
    const release = outbox.signals.onAbort(signal, (reason) => {
      this.#readyWaiters.delete(waiter);
      this.#explain(reason);
      waiter.reject(reason);
    });
    waiter.promise.then(release, release);
    if (status === 'idle') connection.connect('first use');
    return waiter.promise;
  }

  /** Of a wait that has timed out its reason carries why. */
  #explain(reason: unknown): void {
    const { name, cause } = (reason ?? {}) as Partial<Error>;
    if (name !== 'TimeoutError' || cause !== undefined || !Object.isExtensible(reason)) return;
    const value = this.#core.connection.trouble ?? this.why();
    Object.defineProperty(reason, 'cause', { value, configurable: true, writable: true });
  }

  send(message: unknown, options: SendOptions = NO_OPTIONS): Promise<Sent> {
    // What an async function would do, at a third of its cost: what is thrown becomes a rejection.
    try {
      checkSend(options);
      return this.#core.outbox.send(encode(this.#codec, message), options);
    } catch (error) {
      startStackOf(this, 'send', error);
      return this.#refused(error);
    }
  }

  request(method: string, params?: unknown, options: RequestOptions = NO_OPTIONS): Promise<never> {
    try {
      const { requests, contract, watch } = this.#core;
      if (requests === undefined) throw missing('requests');
      checkRequest(method, options);
      contract?.sending('requests', method, params);
      const told = watch?.request(method);
      const asked = requests.ask(method, params, options);
      const reply = told?.(asked) ?? asked;
      return (contract?.result(method, reply, options.signal) ?? reply) as Promise<never>;
    } catch (error) {
      startStackOf(this, 'request', error);
      return Promise.reject(error);
    }
  }

  notify(method: string, params?: unknown, options: NotifyOptions = NO_OPTIONS): Promise<Sent> {
    try {
      const { envelope, contract } = this.#core;
      const { rpc } = envelope;
      if (rpc === undefined) throw missing('requests');
      checkNotify(method, options);
      contract?.sending('notifications', method, params);
      const message = rpc.notification(method, params, options.meta);
      return this.#core.outbox.send(encode(this.#codec, message), options);
    } catch (error) {
      startStackOf(this, 'notify', error);
      return this.#refused(error);
    }
  }

  handle(method: string, handler: (params: never, info: HandlerInfo) => unknown): Unsubscribe {
    const { requests, contract } = this.#core;
    if (requests?.answering === undefined) throw missing('requests');
    checkHandler(method, handler);
    return requests.handle(method, contract?.handler(method, handler as Handler) ?? (handler as Handler));
  }

  messages(options: { readonly maxBuffered?: number | undefined } = {}): AsyncIterableIterator<unknown> {
    checkMessages(options);
    const { outbox, connection } = this.#core;
    const { maxBuffered = DEFAULT_MAX_BUFFERED } = options;
    const reader = new MessageReader(maxBuffered, this.#flow, (left) => this.#readers.delete(left));
    if (outbox.isClosed) reader.end(this.#endError);
    else this.#readers.add(reader);
    if (this.state.status === 'idle') connection.connect('first use');
    return reader;
  }

  pause(): void {
    this.#flow.stop(this);
  }

  resume(): void {
    this.#flow.go(this);
  }

  onEvent(name: string, listener: (payload: never, meta: unknown) => void): Unsubscribe {
    checkServerEvent(name, listener);
    const told = listener as (...event: readonly unknown[]) => void;
    return this.#serverEvents.on(name, (event) => told(...event));
  }

  subscribe(name: string, params?: unknown, given: object = NO_OPTIONS): Subscription<unknown> {
    const options = given as SubscribeOptions; // whatever its cursor is
    const { subscriptions, connection, contract, watch } = this.#core;
    if (subscriptions === undefined) throw missing('subscriptions');
    checkSubscribe(name, options);
    contract?.sending('streams', name, params);
    const subscription = subscriptions.subscribe(name, params, options);
    watch?.subscription(subscription);
    if (this.state.status === 'idle') connection.connect('first use');
    return subscription;
  }

  onAnyEvent(listener: (event: never) => void): Unsubscribe {
    checkServerEvent('', listener);
    const told = (event: unknown): void => listener(event as never); // one of its own, if it is given twice
    this.#anyListeners.add(told);
    return () => this.#anyListeners.delete(told);
  }

  async handover(): Promise<ConnectionState> {
    const { handover } = this.#core;
    if (handover === undefined) throw missing('handover');
    return handover.begin();
  }

  on<Name extends keyof ClientEvents>(
    name: Name,
    listener: (event: ClientEvents[Name]) => void,
  ): Unsubscribe {
    checkEventName(name, listener);
    return this.#core.events.on(name, listener);
  }

  once<Name extends keyof ClientEvents>(
    name: Name,
    listener: (event: ClientEvents[Name]) => void,
  ): Unsubscribe {
    checkEventName(name, listener);
    return this.#core.events.once(name, listener);
  }

  off<Name extends keyof ClientEvents>(name: Name, listener: (event: ClientEvents[Name]) => void): void {
    checkEventName(name, listener);
    this.#core.events.off(name, listener);
  }

  why(): Diagnosis {
    return this.#core.connection.diagnosis;
  }

  stats(): ClientStats {
    const { outbox, requests, connection } = this.#core;
    const { epoch, rtt, smoothedRtt } = this.state;
    const { sent, received } = connection.traffic.sum();
    return {
      sent: outbox.sent,
      received: this.#received,
      bytesSent: sent,
      bytesReceived: received,
      reconnects: Math.max(0, epoch - 1),
      rtt,
      smoothedRtt,
      queued: outbox.size,
      queuedBytes: outbox.bytes,
      pending: requests?.size ?? 0,
      bufferedAmount: connection.line?.bufferedAmount ?? 0,
    };
  }

  unref(): void {
    this.#hold?.set(false);
  }

  ref(): void {
    this.#hold?.set(true);
  }

  close(how?: number | CloseOptions, why?: string): Promise<Closure> {
    const given = typeof how === 'object' && how !== null ? how : { code: how, reason: why };
    const { code, reason, flush = true } = given as CloseOptions;
    checkClose(given as CloseOptions);
    const { outbox } = this.#core;
    const before = this.#finished;
    if (!flush) outbox.finishNow();
    if (before !== undefined) return before;
    if (!flush || !outbox.mayFinish) return this.#closeNow(code, reason);
    const finished = deferred<Closure>();
    this.#finished = finished.promise;
    outbox.finish(this.#closeTimeout, () => {
      this.#finished = undefined;
      void this.#closeNow(code, reason).then(finished.resolve);
    });
    return finished.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** A message was not taken. Many do not await it: so an event tells, and no process ends by the rejection alone. */
  #refused(error: unknown): Promise<never> {
    const { events } = this.#core;
    const refused = Promise.reject(error);
    refused.catch(() => {});
    if (isKind(error, 'UsageError')) events.emit('error', error);
    else if (!isKind(error, 'DeliveryError'))
      events.emit('drop', new DeliveryError('SEND_FAILED', { outcome: 'unknown', cause: error }));
    else if (error.code !== 'ABORTED') events.emit('drop', error); // that was the caller's own doing
    return refused;
  }

  /** Where the transport cannot ping, the heartbeat asks what the envelope has for that. */
  #mayAsk(options: ConnectionOptions): void {
    const { rpc } = this.#core.envelope;
    if (rpc?.question === undefined) return;
    options.question = () => {
      this.#asked = rpc.allocate();
      this.#core.requests?.left(this.#asked);
      return encode(this.#codec, rpc.question?.(this.#asked)) as string | Uint8Array;
    };
  }

  #closeNow(code?: number, reason?: string): Promise<Closure> {
    const { connection } = this.#core;
    const { isReopening } = connection;
    const closing = connection.close(code, reason);
    if (isReopening) this.#rejectWaiting();
    return closing;
  }

  /** What the connection tells goes to whoever it concerns. */
  #observer(): ConnectionObserver {
    return {
      stateChanged: (change) => this.#onState(change),
      message: (data, line) => this.#onMessage(data, line),
      ready: (line) => this.#onReady(line),
      drain: () => this.#core.outbox.flush(),
      measured: (rtt, smoothed) => this.#core.events.emit('rtt', { rtt, smoothed }),
      lineEnded: (closure, line) => this.#onLineEnded(closure, line),
      closed: (closure, error) => this.#onClosed(closure, error),
    };
  }

  #onState(change: StateChange): void {
    this.#core.events.emit('state', change);
  }

  #onReady(line: LineHandle): void {
    const { outbox, requests, subscriptions, handover, contract, events, clock, connection } = this.#core;
    const { epoch } = this.state;
    const now = clock.now();
    const duration = Math.round(now - (this.#lostAt ?? now)); // none for a line that was handed over
    this.#lostAt = undefined;
    requests?.onReady();
    this.#flow.onReady(line);
    outbox.forgetLine();
    outbox.announce(() => {
      events.emit('ready', { epoch });
      if (epoch > 1) events.emit('reconnected', { epoch });
    });
    const recovered = (isWhole: boolean): void => {
      if (epoch === 1) return;
      // What has no place in a stream may have been missed by whoever listens to it.
      const isPlain =
        this.#serverEvents.hasListeners ||
        this.#anyListeners.size > 0 ||
        events.listenerCount('message') > 0 ||
        this.#readers.size > 0;
      const recovered = line.login.recovered === true || (isWhole && !isPlain);
      const tell = (): void => events.emit('gap', { previousEpoch: epoch - 1, epoch, duration, recovered });
      // Behind what came before it and is still being checked: whoever loads anew must not hear that later.
      if (contract === undefined) tell();
      else contract.after(() => connection.isEnding || tell());
    };
    // The order on every line: login, subscriptions, then what waits. Whoever is told may close the client.
    if (subscriptions !== undefined && line.isReady) subscriptions.onReady(line, recovered);
    else recovered(false);
    if (!line.isReady) return;
    warnUnwatched(connection.options.heartbeat, line.isWatched, epoch);
    outbox.open();
    if (this.state.status !== 'ready') return;
    for (const waiter of this.#takeWaiters()) waiter.resolve(this.state);
    handover?.ready();
  }

  #onLineEnded(closure: Closure, line: LineHandle): void {
    const { outbox, handover, events, clock } = this.#core;
    const { status: before } = this.state;
    outbox.finishNow(); // a close() that waits for messages to leave waits in vain
    const { status, epoch } = this.state;
    handover?.lineEnded();
    if (epoch > 0) this.#lostAt ??= line.heardAt ?? clock.now();
    this.#forgetLine(line, true);
    if (closure.error !== undefined && status !== 'closing') events.emit('error', closure.error);
    if (before === 'ready') events.emit('lost', { epoch, closure });
  }

  /** A line is gone, the one in use or one that was handed over, and what was for it alone. */
  #forgetLine(line: LineHandle, isPresent: boolean): void {
    const { outbox, requests, subscriptions } = this.#core;
    this.#flow.onLineLost(line);
    subscriptions?.onLineLost(line);
    if (isPresent) outbox.forgetLine();
    requests?.onLineLost(line, isPresent);
  }

  #onClosed(closure: Closure, error: HoldlineError | UsageError | undefined): void {
    const { connection, handover, events } = this.#core;
    handover?.closed(error);
    if (!connection.isReopening) {
      this.#endError = error;
      this.#rejectWaiting(error);
    }
    events.emit('closed', { closure, error });
  }

  /** Everything that waits for a line learns that there will be none. Who is told may connect again: that stays. */
  #rejectWaiting(error?: Error): void {
    const { outbox, subscriptions } = this.#core;
    const waiters = this.#takeWaiters();
    subscriptions?.end(error);
    for (const reader of this.#readers) reader.end(error);
    this.#readers.clear();
    outbox.clear();
    for (const waiter of waiters) waiter.reject(error ?? outbox.closedError('not-sent', 'waiting'));
  }

  #takeWaiters(): readonly Deferred<ConnectionState>[] {
    const waiters = [...this.#readyWaiters];
    this.#readyWaiters.clear();
    return waiters;
  }

  #onMessage(data: string | Uint8Array, line: LineHandle): void {
    this.#received++;
    if (this.#flow.isStopped) this.#flow.keep(data, line);
    else this.#read(data, line);
  }

  /** @param isKept - it was kept back, and its line may be gone by now */
  #read(data: string | Uint8Array, line: LineHandle, isKept = false): void {
    const { connection, limits } = this.#core;
    if (typeof data !== 'string' && this.#codec.binary === false) return this.#tell(data);
    let messages: readonly unknown[];
    let reader: EnvelopeReader;
    try {
      reader = this.#readerOf(line);
      messages = messagesIn(data, this.#codec, reader, limits);
    } catch (cause) {
      return this.#unreadable(data, cause);
    }
    for (const message of messages) {
      // Whoever took the one before may have closed the client: a closed client tells nothing more.
      if (!line.isReady && (!isKept || connection.isEnding)) return;
      // One at a time: what a message means takes more memory than the message.
      let meaning: Classified;
      try {
        meaning = reader.classify(message);
      } catch (cause) {
        return this.#unreadable(data, cause);
      }
      const { also } = meaning;
      if (also?.answer !== undefined) this.#answer(also.answer, line);
      this.#route(message, meaning, line);
      if (also !== undefined) this.#follow(also, line);
    }
  }

  #readerOf(line: LineHandle): EnvelopeReader {
    const known = this.#lineReaders.get(line);
    if (known !== undefined) return known;
    const reader = this.#core.envelope.reader(line.login.session);
    this.#lineReaders.set(line, reader);
    return reader;
  }

  /** What the protocol wants back at once. */
  #answer(message: unknown, line: LineHandle): void {
    const { outbox, encode, failed } = this.#core;
    try {
      outbox.reply(encode(message), line);
    } catch (cause) {
      failed(new HoldlineError('BAD_MESSAGE', { detail: 'unreadable', cause }));
    }
  }

  /** What a message asks for besides what it says. */
  #follow({ abandons, goodbye }: Consequences, line: LineHandle): void {
    const { requests, connection, handover, settled } = this.#core;
    if (abandons !== undefined) requests?.abandon(abandons, line);
    if (abandons !== undefined) settled();
    // An old line is being left anyway.
    if (goodbye === undefined || connection.line !== line || !line.isReady) return;
    if (goodbye.overlap === true && handover !== undefined) handover.follow();
    else connection.leave(line.clean(goodbye));
  }

  #unreadable(data: string | Uint8Array, cause: unknown): void {
    if (typeof data !== 'string' && this.#codec.binary !== true && !isHoldlineError(cause))
      return this.#tell(data);
    this.#core.events.emit(
      'error',
      isHoldlineError(cause)
        ? (cause as HoldlineError)
        : new HoldlineError('BAD_MESSAGE', { detail: 'unreadable', cause }),
    );
  }

  /** Takes one message to whoever it is for. */
  #route(message: unknown, meaning: Classified, line: LineHandle): void {
    const { requests } = this.#core;
    switch (meaning.kind) {
      case 'reply':
        this.#settled(meaning.key, requests?.onReply(meaning.key, meaning.result, line), line);
        break;
      case 'failure':
        this.#settled(meaning.key, requests?.onFailure(meaning.key, meaning.error, line), line);
        break;
      case 'progress':
        requests?.onProgress(meaning.key, meaning.payload, line);
        break;
      case 'nothing':
        break;
      case 'request':
        if (requests?.answering === undefined) this.#tell(message);
        else void requests.answer(meaning, requests.answering, line);
        break;
      case 'error':
        this.#onServerError(meaning.error, line);
        break;
      case 'event':
        if (!this.#isOfSubscription(message, meaning, line)) this.#tellEvent(message, meaning);
        break;
      default:
        this.#tell(message);
    }
  }

  #onServerError(said: RemoteError, line: LineHandle): void {
    const { events, requests } = this.#core;
    // An error is made for those who hear of it: a server may say a million.
    if (events.listenerCount('error') === 0 && !requests?.size) return;
    const { code: remoteCode, message: remoteMessage, data } = line.clean(said);
    const error = new HoldlineError('SERVER_ERROR', { remoteCode, remoteMessage, data });
    requests?.suspect(error, line);
    events.emit('error', error);
  }

  #isOfSubscription(message: unknown, event: EventMessage, line: LineHandle): boolean {
    const { subscriptions } = this.#core;
    if (event.subscription === undefined || subscriptions === undefined) return false;
    return subscriptions.onEvent(line, event.subscription, () => this.#tellEvent(message, event));
  }

  #tellEvent(message: unknown, { name, payload, meta }: EventMessage): void {
    const { contract } = this.#core;
    const tell = (fitting: unknown): void => {
      this.#serverEvents.emit(name, meta === undefined ? [fitting] : [fitting, meta]);
      for (const listener of this.#anyListeners) isolated(() => listener({ name, payload: fitting, meta }));
    };
    if (contract === undefined) tell(payload);
    else contract.event(name, payload, tell);
    this.#tell(message);
  }

  #tell(message: unknown): void {
    const { events, handover } = this.#core;
    events.emit('message', message);
    if (this.#readers.size > 0) for (const reader of this.#readers) reader.push(message);
    handover?.advise(message);
  }

  #settled(key: RequestKey, found: boolean | undefined, line: LineHandle): void {
    const { events, settled } = this.#core;
    if (found !== true && key === this.#asked) return line.answered();
    if (found !== true) return events.emit('lateReply', { key });
    settled();
  }
}

/** How many messages wait for a loop before the server is stopped. */
export const DEFAULT_MAX_BUFFERED = 1_000;
