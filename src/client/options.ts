import type { Authenticator, PlainAuthenticator } from '../auth/authenticator.ts';
import type { Clock } from '../base/clock.ts';
import type { Settings } from '../base/need.ts';
import type { RandomSource } from '../base/random.ts';
import type { Backoff, BackoffOptions } from '../connection/backoff.ts';
import type { UrlSource } from '../connection/connection-options.ts';
import type { Environment } from '../connection/environment.ts';
import type { HeartbeatOptions } from '../connection/heartbeat.ts';
import type { RetryPolicy } from '../connection/retry-policy.ts';
import type { Codec } from '../messaging/codec.ts';
import type { DefinedContract } from '../messaging/contract.ts';
import type { EnvelopeFactory } from '../messaging/envelope.ts';
import type { Inbox, InboxLimits } from '../messaging/inbox.ts';
import type { MessageLimits } from '../messaging/message-limits.ts';
import type { OutboxLimits } from '../messaging/outbox-options.ts';
import type { Limits } from '../protocol/limits.ts';
import type { FrameTracer } from '../protocol/trace.ts';
import type { Pacing } from '../transport/pacing.ts';
import type { Secrets } from '../transport/secrets.ts';
import type { TcpOptions } from '../transport/tcp/options.ts';
import type { TransportFactory } from '../transport/transport.ts';
import type { AnyPlugin } from './core.ts';
import type { ProcessHold } from './process-hold.ts';

export type { Settings } from '../base/need.ts';

/** When to connect again. */
export interface ReconnectOptions extends Settings<BackoffOptions> {
  /** Attempts in a row before giving up. Default: never. */
  readonly maxAttempts?: number | undefined;
  /** Replaces the delays. Default: full jitter over the times above. */
  readonly backoff?: Backoff | undefined;
  /** Replaces the rules by which an attempt is made at all. Default: `defaultRetryPolicy`. */
  readonly policy?: RetryPolicy | undefined;
}

/** What a server may make a client hold or do. Every limit, those without an option too: docs/reference/limits.md. */
export interface ClientLimits extends Limits, MessageLimits {}

/** How messages wait for a connection, and how many requests may be under way. */
export interface OutboxOptions extends Settings<OutboxLimits> {}

/**
 * What every connection is made of, long or short. Headers, TLS, proxies and the like are for Node, Bun and Deno: a browser
 * refuses them.
 */
export interface CommonOptions extends TcpOptions {
  /** Subprotocols to offer, in order of preference. Default: none. */
  readonly protocols?: string | readonly string[] | undefined;
  /** Milliseconds that closing may take. Default 5,000. */
  readonly closeTimeout?: number | undefined;
  /** What the server may make us hold. */
  readonly limits?: Settings<Limits> | undefined;
  /** How bytes travel. Default: raw TCP in Node, Bun and Deno; the platform's WebSocket elsewhere. */
  readonly transport?: TransportFactory | undefined;
  /** The source of time. For tests: `createVirtualClock()` of `holdline/testing`. */
  readonly clock?: Clock | undefined;
  /** The source of chance. For tests. */
  readonly random?: RandomSource | undefined;
}

/** The options of `createSlimClient`. Only `url` must be given. */
export interface SlimClientOptions<Use extends readonly AnyPlugin[] = readonly AnyPlugin[]>
  extends CommonOptions {
  /**
   * Where to connect: `ws:` or `wss:`, for which `http:` and `https:` stand too; in a browser also relative to the page, as
   * `new WebSocket()` takes it: `/socket`. A function is asked before every attempt; a list needs the plugin `failover()`.
   */
  readonly url: UrlSource;
  /**
   * Node, Bun and Deno: whether a list or a function may lead from `wss:` to `ws:` (on this machine, without a proxy, it
   * may), and a function to a unix socket. Default `false`: such an attempt fails with `INSECURE`. Browsers have a rule of
   * their own.
   *
   * @example `allowInsecure: true`
   */
  readonly allowInsecure?: boolean | undefined;
  /** How requests and events lie in messages. Default `jsonRpc()`, of `createSlimClient` `raw()`: plain messages. */
  readonly envelope?: EnvelopeFactory | undefined;
  /** What client and server have agreed on, made by `defineContract()`: types, and checks of what comes. Default: none. */
  readonly contract?: DefinedContract | undefined;
  /** How values become messages. Default: the envelope's own, `json()` for `jsonRpc()`. */
  readonly codec?: Codec | undefined;
  /**
   * Logs in on every new connection before any message flows. `createClient` takes a plain function as `login` too. Default:
   * no login.
   */
  readonly auth?: Authenticator | PlainAuthenticator | undefined;
  /** When to connect again. `false`: never. */
  readonly reconnect?: boolean | ReconnectOptions | undefined;
  /** How a dead connection is noticed. `false`: not at all. Default: a protocol ping every 25 s, 10 s to answer. */
  readonly heartbeat?: boolean | HeartbeatOptions | undefined;
  /** What the server may make us hold or do. */
  readonly limits?: Settings<ClientLimits> | undefined;
  /** Bounds of the messages that wait for a connection. */
  readonly outbox?: OutboxOptions | undefined;
  /**
   * Most bytes in the hands of the socket: above it messages wait in the outbox, under its bounds. What is in the socket
   * is ahead of pings and of what is more urgent, and is lost with the connection: a slow uplink wants less, 65,536 for
   * instance. Default 16 MiB.
   */
  readonly maxBufferedBytes?: number | undefined;
  /** Milliseconds that a request may take, unless it says otherwise. Default 30,000. */
  readonly requestTimeout?: number | undefined;
  /**
   * What else it can do: `handover()`, `failover()`, `probe()`, `serverPings()`, `awaitReply()`, `storageOutbox()` and
   * plugins of your own. `createSlimClient` has what is given here alone.
   */
  readonly use?: Use | undefined;
}

/** The options of `createClient`. Only `url` must be given. */
export interface ClientOptions extends SlimClientOptions {
  /**
   * What tells of the network and the page. `false`: nothing. Default: `browserEnvironment()` in the build for browsers,
   * nothing in that for Node.
   */
  readonly environment?: Environment | false | undefined;
}

/** Options with a contract, which types the client. */
export interface WithContract<C> {
  /** What client and server have agreed on, made by `defineContract()`. */
  readonly contract: DefinedContract<C>;
}

/** The options of `connect`. */
export interface ConnectOptions extends CommonOptions {
  /** Gives up connecting. Once the socket is open it has no effect: use `close()`. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for the whole opening. Default 10,000; 0 switches it off. */
  readonly handshakeTimeout?: number | undefined;
  /** When a slow reader stops the server. */
  readonly inbox?: Settings<InboxLimits> | undefined;
  /** Bytes waiting to be sent at which `send` refuses more, with `BACKPRESSURE`. Default 16 MiB. */
  readonly maxBufferedBytes?: number | undefined;
  /**
   * For a server that reads one message at a time: `awaitReply()` lets the next one leave when something came after the
   * one before, `atInterval(ms)` after a while. Default: messages leave as they come.
   */
  readonly pacing?: Pacing | undefined;
  /**
   * How a dead connection is noticed: it ends with `HEARTBEAT_TIMEOUT`. Default: a protocol ping every 25 s, 10 s to
   * answer; with `pacing`, none. `false`: not at all. A browser cannot ping: there it has no effect, and times of your
   * own are refused.
   *
   * @throws UsageError `UNSUPPORTED` for an object in a browser, `INVALID_OPTION` for a time that is none
   * @example `heartbeat: { interval: 10_000, timeout: 5_000 }`
   */
  readonly heartbeat?: boolean | HeartbeatOptions | undefined;
  /** Sees every frame: `consoleTrace()` prints them. */
  readonly trace?: FrameTracer | undefined;
}

/** What a client waits with. */
export interface HeldPorts {
  /** How bytes travel. */
  readonly transport: TransportFactory;
  /** The source of time. */
  readonly clock: Clock;
  /** What keeps the process alive for them. Undefined where nothing does: a page lives without it. */
  readonly hold?: ProcessHold | undefined;
}

/** What the build for a platform fills in. */
export interface Platform {
  /** Makes the transport in force unless another is given. */
  makeTransport(options: TcpOptions): TransportFactory;
  /** Throws for a URL that the platform does not take. */
  checkUrl(url: string | URL): void;
  /** Makes an address of one that is none by itself: in a page, a relative one. Undefined: there is no such. */
  resolveUrl?: ((url: string) => string) | undefined;
  /** The transport of a short connection with what the platform does beyond it. Undefined: nothing. */
  readonly attend?:
    | ((transport: TransportFactory, inbox: Inbox, options: ConnectOptions) => TransportFactory)
    | undefined;
  /**
   * Makes what makes, for one long connection, what knows the secrets of each attempt. Undefined where an
   * {@link Authenticator} brings it, as bytes count.
   */
  readonly secrets?: (() => () => Secrets) | undefined;
  /** Transport and clock of one client with what the platform does beyond them. Undefined: nothing. */
  readonly hold?: ((ports: HeldPorts, options: SlimClientOptions) => HeldPorts) | undefined;
  /** Throws for options that the platform does not take. */
  checkOptions(options: CommonOptions): void;
}
