import type { Authenticator } from '../auth/authenticator.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { fill, type Settings } from '../base/need.ts';
import { type RandomSource, systemRandom } from '../base/random.ts';
import { type Backoff, type BackoffOptions, createBackoff, DEFAULT_BACKOFF } from '../connection/backoff.ts';
import type { ConnectionOptions, UrlSource } from '../connection/connection-options.ts';
import type { Environment } from '../connection/environment.ts';
import { Heartbeat, type HeartbeatOptions } from '../connection/heartbeat.ts';
import { defaultRetryPolicy, type RetryPolicy } from '../connection/retry-policy.ts';
import type { Codec } from '../messaging/codec.ts';
import type { Envelope, EnvelopeFactory } from '../messaging/envelope.ts';
import { DEFAULT_OUTBOX, type OutboxLimits } from '../messaging/outbox-options.ts';
import { DEFAULT_LIMITS, type Limits } from '../protocol/limits.ts';
import type { TcpOptions } from '../transport/tcp/options.ts';
import { DEFAULT_CLOSE_TIMEOUT_MS } from '../transport/timeouts.ts';
import type { TransportFactory } from '../transport/transport.ts';
import { checkClientOptions, checkEnvelope } from './checks.ts';
import type { AnyPlugin } from './core.ts';

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
   * Where to connect: `ws:` or `wss:`. A function is asked before every attempt; a list needs the plugin `failover()`.
   */
  readonly url: UrlSource;
  /** How requests and events lie in messages. Default `jsonRpc()`, of `createSlimClient` `raw()`: plain messages. */
  readonly envelope?: EnvelopeFactory | undefined;
  /** How values become messages. Default: the envelope's own, `json()` for `jsonRpc()`. */
  readonly codec?: Codec | undefined;
  /** Logs in on every new connection before any message flows. Default: no login. */
  readonly auth?: Authenticator | undefined;
  /** When to connect again. `false`: never. */
  readonly reconnect?: boolean | ReconnectOptions | undefined;
  /** How a dead connection is noticed. `false`: not at all. Default: a protocol ping every 25 s, 10 s to answer. */
  readonly heartbeat?: boolean | HeartbeatOptions | undefined;
  /** Bounds of the messages that wait for a connection. */
  readonly outbox?: OutboxOptions | undefined;
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

/** The times in force unless others are given, in milliseconds. */
const DEFAULT_TIMES: { readonly closeTimeout: number; readonly requestTimeout: number } =
  /* @__PURE__ */ Object.freeze({
    closeTimeout: DEFAULT_CLOSE_TIMEOUT_MS,
    requestTimeout: 30_000,
  });

/** A client's options with every default filled in. */
export interface ResolvedOptions {
  readonly connection: ConnectionOptions;
  readonly envelope: Envelope;
  readonly codec: Codec | undefined;
  readonly outbox: OutboxLimits;
  readonly requestTimeout: number;
  readonly use: readonly AnyPlugin[];
}

/** What the build for a platform fills in. */
export interface Platform {
  /** Makes the transport in force unless another is given. */
  makeTransport(options: TcpOptions): TransportFactory;
  /** Throws for a URL that the platform does not take. */
  checkUrl(url: string | URL): void;
  /** Throws for options that the platform does not take. */
  checkOptions(options: CommonOptions): void;
}

/**
 * Checks options once, loudly, and fills in the defaults.
 *
 * @param envelope - the one in force unless another is given
 * @param own - plugins that the client has anyway
 * @throws UsageError naming the option
 */
export function resolveOptions(
  options: SlimClientOptions,
  platform: Platform,
  envelope: EnvelopeFactory,
  own: readonly AnyPlugin[],
): ResolvedOptions {
  checkClientOptions(options, platform);
  const { closeTimeout, requestTimeout } = fill(DEFAULT_TIMES, options);
  const { url, codec, auth, reconnect, heartbeat, use = [] } = options;
  const delays = typeof reconnect === 'object' ? reconnect : {};
  const beats = typeof heartbeat === 'object' ? heartbeat : {};
  const times = fill(DEFAULT_BACKOFF, delays);
  const { maxAttempts = Number.POSITIVE_INFINITY, backoff = createBackoff(times) } = delays;
  const { policy = defaultRetryPolicy } = delays;
  const isWatched = heartbeat !== false;
  const made = (options.envelope ?? envelope)();
  checkEnvelope(made);
  return {
    envelope: made,
    codec,
    outbox: fill(DEFAULT_OUTBOX, options.outbox),
    requestTimeout,
    use: [...use, ...own],
    connection: {
      url: Array.isArray(url) ? [...url] : url,
      ...resolveCommon(options, platform),
      reconnect: reconnect === false ? undefined : { backoff, policy, maxAttempts },
      times,
      closeTimeout,
      heartbeat: isWatched ? beats : undefined,
      watchdog: isWatched ? (line, time) => new Heartbeat(beats, line, time) : undefined,
      login: auth?.login,
      prepare: auth?.prepare?.bind(auth),
      renew: auth?.renew?.bind(auth),
    },
  };
}

/** What a transport is asked for, long or short, filled in. */
export function resolveCommon(
  options: CommonOptions,
  platform: Platform,
): Pick<ConnectionOptions, 'protocols' | 'transport' | 'limits' | 'clock' | 'random'> {
  const { transport = platform.makeTransport(options), clock = systemClock, random = systemRandom } = options;
  const { protocols = [] } = options;
  return {
    protocols: typeof protocols === 'string' ? [protocols] : [...protocols],
    transport,
    limits: fill(DEFAULT_LIMITS, options.limits),
    clock,
    random,
  };
}
