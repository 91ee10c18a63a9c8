import type { Unsubscribe } from '../base/emitter.ts';
import type { DeliveryError, HoldlineError, UsageError } from '../base/errors.ts';
import type { ConnectionState, StateChange } from '../connection/states.ts';
import type { Diagnosis } from '../connection/why.ts';
import type { RequestKey } from '../messaging/envelope.ts';
import type { HandlerInfo } from '../messaging/handler.ts';
import type { NotifyOptions, SendOptions, Sent } from '../messaging/outbox-options.ts';
import type { RequestOptions } from '../messaging/requests.ts';
import type { Cursor, SubscribeOptions, Subscription } from '../messaging/subscription.ts';
import type { Closure } from '../protocol/closure.ts';
import type {
  AnyEventOf,
  ArgumentsOf,
  Contract,
  EventOf,
  HandlerOf,
  HandlerParamsOf,
  HandlerResultOf,
  MethodOf,
  NotificationOf,
  NotificationParamsOf,
  ParamsOf,
  PayloadOf,
  ResultOf,
  StreamEventOf,
  StreamOf,
  StreamParamsOf,
} from './contract.ts';

/** How a client is closed. */
export interface CloseOptions {
  /** 1000 or 3000-4999. Default: none; the Close frame is empty. */
  readonly code?: number | undefined;
  /** Up to 123 bytes; needs a code. */
  readonly reason?: string | undefined;
  /** `false`: what waits is dropped at once. Default `true`: what a ready connection can still take goes out first. */
  readonly flush?: boolean | undefined;
}

/** A time during which the server may have told something that we did not hear. */
export interface Gap {
  /** The connection before. */
  readonly previousEpoch: number;
  /** The connection now. The same as before if a reader was too slow. */
  readonly epoch: number;
  /** How long there was no connection, in milliseconds. 0 for a handover. */
  readonly duration: number;
  /**
   * Whether nothing was missed for certain: the server has confirmed of every subscription that it went on behind its
   * last event (`resumed`) or was taken over while the old connection was still heard, and nobody listens to anything else that
   * the server tells (`message`, `onEvent`), which has no place to go on from.
   */
  readonly recovered: boolean;
  /** The name of the subscription whose reader was too slow, where that made the hole. */
  readonly subscription?: string | undefined;
}

/** The events of a client, with what each one carries. */
export interface ClientEvents {
  /** The status changed: previous and current state. */
  state: StateChange;
  /**
   * The connection is ready: connected, and logged in. What a listener sends at once, before it awaits anything, leaves ahead
   * of the messages that wait, and behind the subscriptions: to join a room again, for instance.
   */
  ready: { readonly epoch: number };
  /**
   * Every message that is neither a reply nor a request of the server's, decoded. A listener slows nobody down: for work that
   * takes time read {@link SlimClient.messages}.
   */
  message: unknown;
  /**
   * An attempt failed, a connection was lost to an error, a message could not be read, a handler failed, a subscription was
   * refused or ended by an error, `send` or `notify` was given what cannot be sent. The client goes on.
   */
  error: HoldlineError | UsageError;
  /** A ready connection is gone. */
  lost: { readonly epoch: number; readonly closure: Closure };
  /** The connection is ready again. */
  reconnected: { readonly epoch: number };
  /** There was a hole in what we heard. */
  gap: Gap;
  /** A message was not taken, or dropped from the outbox; its promise was rejected with the same error. */
  drop: DeliveryError;
  /** A reply came to no request that is under way: late, repeated or forged. It was ignored. */
  lateReply: { readonly key: RequestKey };
  /** A heartbeat was answered: its round trip and the running mean, in milliseconds. */
  rtt: { readonly rtt: number; readonly smoothed: number };
  /** The end, until `connect()` is called: `error` says why, unless `close()` was called. */
  closed: { readonly closure: Closure; readonly error: HoldlineError | UsageError | undefined };
}

/**
 * Counters of a client, since it was created: they go on over every connection, also after `close()` and `connect()`, and
 * nothing resets them. `queued`, `queuedBytes`, `pending`, `bufferedAmount` and the round trips say how it is now.
 */
export interface ClientStats {
  /** Messages handed to the socket, heartbeats and logins apart. */
  readonly sent: number;
  /** Messages received on a ready connection. */
  readonly received: number;
  /**
   * Bytes that the system has taken, on every connection and attempt: over TCP all that was written, with the handshake and
   * the headers of frames, compressed as it is, without TLS. A browser does not count its bytes: there it is those of
   * messages, text as if each UTF-16 unit were one.
   */
  readonly bytesSent: number;
  /** Bytes that have come, on every connection and attempt, counted as {@link bytesSent}. */
  readonly bytesReceived: number;
  /** How many times the client was ready again: after a loss, or on another connection by `handover()`. */
  readonly reconnects: number;
  /** The last round trip of the heartbeat on the present connection, in milliseconds. Undefined before the first. */
  readonly rtt: number | undefined;
  /** Its running mean, in milliseconds. */
  readonly smoothedRtt: number | undefined;
  /** Messages waiting in the outbox. */
  readonly queued: number;
  /** Bytes waiting in the outbox. */
  readonly queuedBytes: number;
  /** Requests under way. */
  readonly pending: number;
  /** Bytes that the socket has not taken yet. */
  readonly bufferedAmount: number;
}

/**
 * What every client can do, also one of `createSlimClient` without plugins.
 *
 * @typeParam C - what client and server have agreed on; see {@link Contract}
 */
export interface SlimClient<C extends Contract = Contract> {
  /** Where the connection stands. Immutable, and the same object until something changes. */
  readonly state: ConnectionState;

  /** Whether messages flow now: `state.status` is `ready`. */
  readonly connected: boolean;

  /** Connects now; a wait for the next attempt is cut short. Without it the first message connects. */
  connect(): void;

  /**
   * Gives up the present connection, and gets another one soon: for a token that has changed, for a server that says so, for
   * a connection that lives and brings nothing. What waits to be sent, subscriptions and idempotent requests go on as after
   * any loss. The new one begins after 0.1 to 1 s; asked again before a connection was ready for 5 s, after the backoff. The
   * old one is closed with 4000, not with 1000, so that a server that keeps a session to be resumed keeps it. Without a
   * connection it does what {@link connect} does. To have no moment without one: `handover()`.
   *
   * @param reason - at most 123 bytes; told to the server, and in `why().rule`. Default: none
   * @throws UsageError `INVALID_CLOSE` for a reason that is too long
   * @example
   * ```ts
   * client.reconnect('new token');
   * ```
   */
  reconnect(reason?: string): void;

  /**
   * Waits until messages flow; connects if nothing has yet.
   *
   * @returns the state then
   * @throws the error that ended the client, if it is or becomes `closed`; the signal's reason if aborted. That of
   * `AbortSignal.timeout()` carries as its `cause` what is wrong: the last error, or what {@link why} tells
   */
  ready(options?: { readonly signal?: AbortSignal | undefined }): Promise<ConnectionState>;

  /**
   * Sends a message, at once or as soon as the connection is ready. Messages keep their order.
   *
   * @returns when it was handed to the socket. Need not be awaited: a rejection alone ends no process, and a `drop` or
   * `error` event tells of it, unless the signal took the message back
   * @throws DeliveryError with `outcome: 'not-sent'`; UsageError `INVALID_DATA` for what the codec cannot carry
   * @example
   * ```ts
   * await client.send({ type: 'hello' }, { whenOffline: 'reject' });
   * ```
   */
  send(message: unknown, options?: SendOptions): Promise<Sent>;

  /** Tells the server something that it does not answer. Otherwise as {@link send}. */
  notify<M extends NotificationOf<C>>(
    method: M,
    ...args: ArgumentsOf<NotificationParamsOf<C, M>, NotifyOptions>
  ): Promise<Sent>;

  /**
   * Messages one by one, those that `on('message')` gets, over any number of connections. A slow loop stops the server:
   * at `maxBuffered` waiting messages, or 1 MiB of them, the socket is not read any more, and with it nothing else of the
   * client, replies and events included, until half of them are read. Where the platform cannot stop the server (a browser),
   * up to `limits.maxHeldBytes` or 100,000 messages are kept, and a `gap` event tells when more were left out.
   *
   * @param options - `maxBuffered`: default 1,000
   * @returns a loop that ends with the client, by throwing the error that ended it if there is one; leaving it ends it
   * @throws UsageError `INVALID_OPTION`
   * @example
   * ```ts
   * for await (const message of client.messages({ maxBuffered: 100 })) await save(message);
   * ```
   */
  messages(options?: { readonly maxBuffered?: number | undefined }): AsyncIterableIterator<unknown>;

  /**
   * Stops the server: nothing is read, over any number of connections, until {@link resume}. No message, event or reply
   * comes meanwhile, and a dead line is not noticed; timeouts of requests go on. Where the platform cannot stop the server
   * messages are kept, as with {@link messages}. Closing and logging in go on as ever.
   */
  pause(): void;

  /** Reads again. Does nothing unless paused. */
  resume(): void;

  /**
   * Listens to an event that the server tells by name. `meta` is what came beside the payload: a session, a namespace,
   * headers; undefined where the envelope knows nothing of the kind.
   *
   * @returns a function that stops listening
   * @example
   * ```ts
   * const stop = client.onEvent('tick', (tick) => console.log(tick));
   * ```
   */
  onEvent<Name extends EventOf<C>>(
    name: Name,
    listener: (payload: PayloadOf<C, Name>, meta: unknown) => void,
  ): Unsubscribe;

  /**
   * Listens to every event that the server tells by name, those that {@link onEvent} hears: of a contract one union, for a
   * `switch`.
   *
   * @returns a function that stops listening
   * @example
   * ```ts
   * client.onAnyEvent((event) => {
   *   if (event.name === 'tick') console.log(event.payload);
   * });
   * ```
   */
  onAnyEvent(listener: (event: AnyEventOf<C>) => void): Unsubscribe;

  /** Listens to the client itself; see {@link ClientEvents}. Returns a function that stops listening. */
  on<Name extends keyof ClientEvents & string>(
    name: Name,
    listener: (event: ClientEvents[Name]) => void,
  ): Unsubscribe;

  /** As {@link on}, once. */
  once<Name extends keyof ClientEvents & string>(
    name: Name,
    listener: (event: ClientEvents[Name]) => void,
  ): Unsubscribe;

  /**
   * Stops what {@link on} and {@link once} began with this very function, every time it was given; does nothing for one
   * that does not listen. Where the function is not at hand, call what `on` has returned.
   *
   * @throws UsageError `INVALID_OPTION` for an event that there is not
   * @example
   * ```ts
   * const show = (gap: Gap) => console.log(gap.duration);
   * client.on('gap', show);
   * client.off('gap', show);
   * ```
   */
  off<Name extends keyof ClientEvents & string>(
    name: Name,
    listener: (event: ClientEvents[Name]) => void,
  ): void;

  /** Why the client is not connected: the last closure, the last error and the rule that decided what came next. */
  why(): Diagnosis;

  /**
   * Counters: messages and bytes each way, reconnects, the round trip, what waits.
   *
   * @example
   * ```ts
   * const { bytesReceived, reconnects, rtt } = client.stats();
   * ```
   */
  stats(): ClientStats;

  /**
   * Node, Bun and Deno: what the client holds (its line, timers, waits between attempts) does not keep the process alive,
   * from now on and for every line to come: for a library that holds a line in the background. The program ends when it
   * has nothing else to do; what still waits in the outbox is lost then: where that matters, `ref()` and `await close()`.
   * In a browser it has no effect: a page lives without its lines. With a `transport` or `clock` of your own it holds for
   * what has `unref()`.
   *
   * @example
   * ```ts
   * const client = createClient({ url });
   * client.unref();
   * ```
   */
  unref(): void;
  /** Takes {@link unref} back: the client keeps the process alive again, as it does at first. */
  ref(): void;
  /**
   * Ends the connection. On a ready connection what waits goes out first, for as long as `closeTimeout` allows; then, and at
   * once where there is no ready connection, messages that still wait are rejected as `not-sent`. Nothing new is taken
   * meanwhile. Leaves no timer, socket or listener of its own behind. `connect()` begins again.
   *
   * @returns how it ended, within twice `closeTimeout`: once for what waits, once for the closing handshake; never rejects
   * @throws UsageError `INVALID_CLOSE`, at once, for a code other than 1000 or 3000-4999
   * @example
   * ```ts
   * await client.close({ flush: false }); // now
   * ```
   */
  close(options?: CloseOptions): Promise<Closure>;
  /** As {@link close}, with code and reason alone. */
  close(code?: number, reason?: string): Promise<Closure>;

  /** `await using client = createClient(…)` closes it at the end of the block. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** What the plugin `requests()` adds. */
export interface RequestMethods<C extends Contract = Contract> {
  /**
   * Asks the server and waits for its reply. Await it, or add a `catch`: unlike that of `send`, its rejection ends a Node
   * process where nobody does, as that of `fetch` does; who asks wants the answer.
   *
   * @throws RequestError if the server answers with an error; DeliveryError with `outcome` `not-sent` (safe to repeat)
   * or `unknown` (the connection was lost, or the time was up, after it was sent)
   * @example
   * ```ts
   * const sum = await client.request('sum', [1, 2], { timeout: 5_000 });
   * ```
   */
  request<M extends MethodOf<C>>(
    method: M,
    ...args: ArgumentsOf<ParamsOf<C, M>, RequestOptions>
  ): Promise<ResultOf<C, M>>;

  /**
   * Answers a method that the server calls. One handler a method; a new one takes the place of the old. Its `signal` is aborted
   * when the connection that the question came on is gone.
   *
   * @returns a function that removes it
   */
  handle<M extends HandlerOf<C>>(
    method: M,
    handler: (
      params: HandlerParamsOf<C, M>,
      info: HandlerInfo,
    ) => HandlerResultOf<C, M> | Promise<HandlerResultOf<C, M>>,
  ): Unsubscribe;
}

/** What the plugin `subscriptions()` adds. */
export interface SubscriptionMethods<C extends Contract = Contract> {
  /**
   * Subscribes to something that the server tells again and again, over any number of connections: after a reconnect it is asked
   * for anew, after the login and before messages that wait. Each call is a subscription of its own, unless the client has
   * the plugin `sharing()`. Needs an envelope that knows them, as `jsonRpc()` does; with `createSlimClient` also the plugin:
   * `use: [subscriptions()]`.
   *
   * @returns the events, for a loop or for `on`; without a connection the subscription begins when there is one
   * @throws UsageError, at once: `UNSUPPORTED` without these; `INVALID_DATA` for params that the codec cannot carry.
   * What goes wrong later ends the loop: RequestError if the server refuses, DeliveryError `REQUEST_TIMEOUT` if it does
   * not answer, HoldlineError `SUBSCRIPTION_ENDED` and `SUBSCRIPTION_OVERFLOW`
   * @example
   * ```ts
   * for await (const tick of client.subscribe('ticks', { symbol: 'ABC' })) console.log(tick);
   * ```
   */
  subscribe<Name extends StreamOf<C>, Position extends Cursor = Cursor>(
    name: Name,
    params: StreamParamsOf<C, Name>,
    options: SubscribeOptions<StreamParamsOf<C, Name>, StreamEventOf<C, Name>, Position>,
  ): Subscription<StreamEventOf<C, Name>>;
  subscribe<Name extends StreamOf<C>>(
    name: Name,
    ...args: ArgumentsOf<
      StreamParamsOf<C, Name>,
      SubscribeOptions<StreamParamsOf<C, Name>, StreamEventOf<C, Name>>
    >
  ): Subscription<StreamEventOf<C, Name>>;
}

/** What the plugin `handover()` adds. */
export interface HandoverMethods {
  /**
   * Gets a new connection before the old one is let go: for a server that says that it will restart, or that limits a
   * connection in time. The state stays `ready`; new messages take the new connection, requests under way finish on the
   * old one. It needs the plugin: `use: [handover()]`.
   *
   * @returns the state on the new connection. A second call meanwhile gets the same promise
   * @throws ConnectionError `HANDOVER_FAILED` if there is no new one: the old one is not touched; UsageError
   * `INVALID_STATE` unless ready, `UNSUPPORTED` without the plugin
   * @example
   * ```ts
   * client.onEvent('restarting', () => void client.handover().catch(() => {}));
   * ```
   */
  handover(): Promise<ConnectionState>;
}

/**
 * A long connection: it connects, logs in, stays alive, and settles every message exactly once.
 *
 * @typeParam C - what client and server have agreed on; see {@link Contract}
 */
export interface Client<C extends Contract = Contract>
  extends SlimClient<C>,
    RequestMethods<C>,
    SubscriptionMethods<C>,
    HandoverMethods {}

/** A client of `createSlimClient` with what its plugins add. */
export type ClientWith<Use, C extends Contract = Contract> = SlimClient<C> &
  ('requests' extends Added<Use> ? RequestMethods<C> : unknown) &
  ('subscriptions' extends Added<Use> ? RequestMethods<C> & SubscriptionMethods<C> : unknown) &
  ('handover' extends Added<Use> ? HandoverMethods : unknown);

/** The names of the methods that plugins add. */
export type Added<Use> = Use extends readonly (infer One)[]
  ? One extends { readonly adds?: infer Name }
    ? Name
    : never
  : never;
