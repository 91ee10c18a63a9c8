import { type Deferred, deferred } from '../base/deferred.ts';
import { Emitter, type Unsubscribe } from '../base/emitter.ts';
import { HoldlineError, type UsageError } from '../base/errors.ts';
import { Connection } from '../connection/connection.ts';
import type { ConnectionState, StateChange } from '../connection/connection-state.ts';
import type { Diagnosis } from '../connection/diagnosis.ts';
import { type Codec, encode } from '../messaging/codec.ts';
import type { Classified, Envelope, RpcEnvelope } from '../messaging/envelope.ts';
import { Outbox } from '../messaging/outbox.ts';
import { Requests } from '../messaging/requests.ts';
import { checkCloseArguments } from '../protocol/close-code.ts';
import type { Closure } from '../protocol/closure.ts';
import { type Call, Calls, noRequests } from './calls.ts';
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
import type { ResolvedOptions } from './options.ts';
import { type Handler, type ServerCall, ServerCalls } from './server-calls.ts';

/**
 * The one implementation of {@link Client}: it wires the floors below together and decides nothing that they do.
 * Names and payloads get their types in `createClient`.
 */
export class HoldlineClient implements Client {
  readonly #connection: Connection;
  readonly #envelope: Envelope;
  readonly #codec: Codec;
  readonly #outbox: Outbox;
  readonly #delivery: Delivery;
  readonly #requests: Requests<Call>;
  readonly #calls: Calls | undefined;
  readonly #serverCalls = new ServerCalls();
  readonly #clock: ResolvedOptions['connection']['clock'];
  readonly #closeTimeout: number;
  readonly #events = new Emitter<ClientEvents>();
  readonly #serverEvents = new Emitter<Record<string, unknown>>();
  readonly #readyWaiters = new Set<Deferred<ConnectionState>>();
  /** A close() that lets what waits go first. */
  #finished: Promise<Closure> | undefined;
  #lostAt: number | undefined;
  #endError: HoldlineError | UsageError | undefined;
  #received = 0;

  constructor(options: ResolvedOptions) {
    const { clock, random, transport, closeTimeout } = options.connection;
    const { pacing, journal } = options;
    this.#clock = clock;
    this.#closeTimeout = closeTimeout;
    this.#envelope = options.envelope();
    needMethods('envelope()', this.#envelope ?? null, ['split', 'classify']);
    this.#codec = options.codec ?? this.#envelope.codec;
    this.#outbox = new Outbox(options.outbox, clock, journal);
    this.#requests = new Requests(clock);
    const isAwaited = (): boolean => this.#requests.all().some(({ sent }) => sent);
    const connection = pacing
      ? { ...options.connection, transport: pacing(transport, isAwaited) }
      : options.connection;
    this.#connection = new Connection(connection, {
      stateChanged: (change) => this.#onState(change),
      message: (data) => this.#onMessage(data),
      ready: (epoch) => this.#onReady(epoch),
      drain: () => this.#delivery.flush(),
      measured: (rtt, smoothed) => this.#events.emit('rtt', { rtt, smoothed }),
      lineEnded: (closure) => this.#onLineEnded(closure),
      closed: (closure, error) => this.#onClosed(closure, error),
    });
    const { rpc } = this.#envelope;
    this.#delivery = new Delivery({
      connection: this.#connection,
      outbox: this.#outbox,
      clock,
      journal,
      journalPort: {
        random,
        numberAbove: (key) => rpc?.numberAbove?.(key),
        failed: (error) => this.#events.emit('error', error),
      },
      onDrop: (error) => this.#events.emit('drop', error),
    });
    this.#calls =
      rpc &&
      new Calls({
        rpc,
        codec: this.#codec,
        delivery: this.#delivery,
        requests: this.#requests,
        signals: this.#delivery.signals,
        timeout: options.requestTimeout,
        maxPending: options.outbox.maxPending,
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

  async send(message: unknown, options?: SendOptions): Promise<Sent> {
    return this.#delivery.post(encode(this.#codec, message), options);
  }

  async request(method: string, params?: unknown, options?: RequestOptions): Promise<never> {
    if (this.#calls === undefined) throw noRequests();
    needMethod(method);
    return (await this.#calls.request(method, params, options)) as never;
  }

  async notify(method: string, params?: unknown, options?: SendOptions): Promise<Sent> {
    const { rpc } = this.#envelope;
    if (rpc === undefined) throw noRequests();
    needMethod(method);
    return this.send(rpc.notification(method, params), options);
  }

  handle(method: string, handler: (params: never) => unknown): Unsubscribe {
    if (this.#envelope.rpc === undefined) throw noRequests();
    needMethod(method);
    needListener(handler);
    return this.#serverCalls.handle(method, handler as Handler);
  }

  onEvent(name: string, listener: (payload: never) => void): Unsubscribe {
    needListener(listener);
    return this.#serverEvents.on(name, listener as (payload: unknown) => void);
  }

  on<Name extends keyof ClientEvents>(
    name: Name,
    listener: (event: ClientEvents[Name]) => void,
  ): Unsubscribe {
    needListener(listener);
    return this.#events.on(name, listener);
  }

  once<Name extends keyof ClientEvents>(
    name: Name,
    listener: (event: ClientEvents[Name]) => void,
  ): Unsubscribe {
    needListener(listener);
    return this.#events.once(name, listener);
  }

  why(): Diagnosis {
    return this.#connection.diagnosis;
  }

  stats(): ClientStats {
    return {
      sent: this.#delivery.sent,
      received: this.#received,
      queued: this.#outbox.size,
      queuedBytes: this.#outbox.bytes,
      pending: this.#requests.size,
      bufferedAmount: this.#connection.bufferedAmount,
    };
  }

  close(how?: number | CloseOptions, why?: string): Promise<Closure> {
    const { code, reason, flush = true } = typeof how === 'object' ? how : { code: how, reason: why };
    checkCloseArguments(code, reason);
    const delivery = this.#delivery;
    if (flush && delivery.mayFinish) {
      this.#finished ??= new Promise((resolve) => {
        delivery.finish(this.#closeTimeout, () => {
          this.#finished = undefined;
          resolve(this.#closeNow(code, reason));
        });
      });
      return this.#finished;
    }
    const finished = this.#finished;
    delivery.cutShort();
    return finished ?? this.#closeNow(code, reason);
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

  #onState(change: StateChange): void {
    const { status } = change.current;
    if (status === 'connecting') this.#delivery.reopens = false;
    this.#events.emit('state', change);
  }

  #onReady(epoch: number): void {
    this.#delivery.forgive();
    const lostAt = this.#lostAt;
    this.#lostAt = undefined;
    this.#events.emit('ready', { epoch });
    if (epoch > 1) {
      const duration = this.#clock.now() - (lostAt as number); // a second line follows the end of a first
      this.#events.emit('reconnected', { epoch });
      this.#events.emit('gap', { previousEpoch: epoch - 1, epoch, duration, recovered: false });
    }
    // A listener of these may have closed the client.
    if (this.state.status !== 'ready') return;
    // The order on every line: login, subscriptions, then what waits.
    this.#delivery.open();
    if (this.state.status !== 'ready') return;
    for (const waiter of this.#takeWaiters()) waiter.resolve(this.state);
  }

  #takeWaiters(): readonly Deferred<ConnectionState>[] {
    const waiters = [...this.#readyWaiters];
    this.#readyWaiters.clear();
    return waiters;
  }

  #onMessage(data: string | Uint8Array): void {
    this.#received++;
    const { epoch } = this.state;
    for (const [message, meaning] of this.#read(data)) {
      // Whoever took the one before may have closed the client: a closed client tells nothing more.
      if (this.#isOn(epoch)) this.#take(message, meaning);
    }
  }

  #read(data: string | Uint8Array): readonly (readonly [unknown, Classified])[] {
    try {
      const messages = this.#envelope.split(this.#codec.decode(data));
      return messages.map((message) => [message, this.#envelope.classify(message)] as const);
    } catch (cause) {
      const text = 'A message of the server could not be read and was left out. See the cause.';
      this.#events.emit('error', new HoldlineError('BAD_MESSAGE', text, { cause }));
      return [];
    }
  }

  #take(message: unknown, meaning: Classified): void {
    switch (meaning.kind) {
      case 'reply':
        this.#settled(meaning.key, this.#calls?.onReply(meaning.key, meaning.result));
        break;
      case 'failure':
        this.#settled(meaning.key, this.#calls?.onFailure(meaning.key, meaning.error));
        break;
      case 'request':
        if (this.#envelope.rpc === undefined) this.#events.emit('message', message);
        else void this.#answer(this.#envelope.rpc, meaning);
        break;
      case 'event':
        this.#serverEvents.emit(meaning.name, meaning.payload);
        this.#events.emit('message', message);
        break;
      default:
        this.#events.emit('message', message);
    }
  }

  #settled(key: string | number, found: boolean | undefined): void {
    if (found === true) this.#connection.markUseful();
    else this.#events.emit('lateReply', { key });
  }

  /** The answer goes to the line that the question came from, or nowhere. */
  async #answer(rpc: RpcEnvelope, call: ServerCall): Promise<void> {
    const { epoch } = this.state;
    // Not as uncaught: what a server asks must not be able to end the process.
    const failed = (cause: unknown): void => this.#events.emit('error', handlerFailed(call.method, cause));
    try {
      const { data, error } = await this.#serverCalls.answer({ rpc, codec: this.#codec }, call);
      if (error !== undefined) failed(error);
      if (this.#isOn(epoch)) this.#delivery.answer(data);
    } catch (cause) {
      failed(cause);
    }
  }

  /** Whether the line with this epoch is still the one, and ready. */
  #isOn(epoch: number): boolean {
    return this.state.status === 'ready' && this.state.epoch === epoch;
  }

  #onLineEnded(closure: Closure): void {
    const { status: before } = this.state;
    this.#delivery.cutShort(); // a close() that waits for messages to leave waits in vain
    const { status, epoch } = this.state;
    this.#delivery.forgetLine();
    if (epoch > 0) this.#lostAt ??= this.#clock.now();
    this.#calls?.onLineLost(status === 'closing');
    if (closure.error !== undefined && status !== 'closing') this.#events.emit('error', closure.error);
    if (before === 'ready') this.#events.emit('lost', { epoch, closure });
  }

  /** Everything that waits for a line learns that there will be none. Who is told may connect again: that stays. */
  #rejectWaiting(error?: Error): void {
    const waiters = this.#takeWaiters();
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

function needMethod(method: unknown): void {
  need(typeof method === 'string', 'method', 'a string');
}

function needListener(listener: unknown): void {
  needMethods('listener', listener ?? null, []);
}

function handlerFailed(method: string, cause: unknown): HoldlineError {
  const text = `The handler of "${method}" failed or its answer could not be sent. See the cause.`;
  return new HoldlineError('HANDLER_FAILED', text, { cause });
}
