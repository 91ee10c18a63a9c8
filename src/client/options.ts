import type { Authenticator } from '../auth/authenticator.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { UsageError } from '../base/errors.ts';
import { type RandomSource, systemRandom } from '../base/random.ts';
import { type Backoff, type BackoffOptions, createBackoff, DEFAULT_BACKOFF } from '../connection/backoff.ts';
import type { ConnectionOptions, UrlSource } from '../connection/connection-options.ts';
import { checkHeartbeat, type HeartbeatOptions } from '../connection/heartbeat.ts';
import { defaultRetryPolicy, type RetryPolicy } from '../connection/retry-policy.ts';
import type { Codec } from '../messaging/codec.ts';
import type { EnvelopeFactory } from '../messaging/envelope.ts';
import { jsonRpc } from '../messaging/json-rpc.ts';
import { DEFAULT_OUTBOX, type OutboxLimits } from '../messaging/outbox.ts';
import { DEFAULT_LIMITS, type Limits } from '../protocol/limits.ts';
import { checkSubprotocols } from '../protocol/subprotocol.ts';
import type { FrameTracer } from '../protocol/trace.ts';
import { parseWebSocketUrl } from '../protocol/url.ts';
import { DEFAULT_CLOSE_TIMEOUT_MS } from '../transport/timeouts.ts';
import type { TransportFactory } from '../transport/transport.ts';

/** A part of `T`, where undefined means "the default". */
export type Settings<T> = { readonly [Key in keyof T]?: T[Key] | undefined };

/** When to connect again. */
export interface ReconnectOptions extends Settings<BackoffOptions> {
  /** Attempts in a row before giving up. Default: never. */
  readonly maxAttempts?: number | undefined;
  /** Replaces the delays. Default: full jitter over the times above. */
  readonly backoff?: Backoff | undefined;
  /** Replaces the rules by which an attempt is made at all. Default: `defaultRetryPolicy`. */
  readonly policy?: RetryPolicy | undefined;
}

/** The options of `createClient`. Only `url` must be given. */
export interface ClientOptions {
  /** Where to connect: `ws:` or `wss:`. A function is asked before every attempt. */
  readonly url: UrlSource;
  /** Subprotocols to offer, in order of preference. Default: none. */
  readonly protocols?: string | readonly string[] | undefined;
  /** How requests and events lie in messages. Default `jsonRpc()`; `raw()` for plain messages. */
  readonly envelope?: EnvelopeFactory | undefined;
  /** How values become messages. Default: the envelope's own, `json()` for `jsonRpc()`. */
  readonly codec?: Codec | undefined;
  /** Logs in on every new line before any message flows. Default: no login. */
  readonly auth?: Authenticator | undefined;
  /** When to connect again. `false`: never. */
  readonly reconnect?: boolean | ReconnectOptions | undefined;
  /** How a dead line is noticed. `false`: not at all. Default: a protocol ping every 25 s, 10 s to answer. */
  readonly heartbeat?: boolean | HeartbeatOptions | undefined;
  /** Bounds of the messages that wait for a line. */
  readonly outbox?: Settings<OutboxLimits> | undefined;
  /** What the server may make us hold. */
  readonly limits?: Settings<Limits> | undefined;
  /** Milliseconds that a request may take, unless it says otherwise. Default 30,000. */
  readonly requestTimeout?: number | undefined;
  /** Milliseconds that closing may take. Default 5,000. */
  readonly closeTimeout?: number | undefined;
  /** Sees every frame: `consoleTrace()` prints them. */
  readonly trace?: FrameTracer | undefined;
  /** How bytes travel. Default: raw TCP in Node, Bun and Deno; the platform's WebSocket elsewhere. */
  readonly transport?: TransportFactory | undefined;
  /** The source of time. For tests: `createVirtualClock()` of `holdline/testing`. */
  readonly clock?: Clock | undefined;
  /** The source of chance. For tests. */
  readonly random?: RandomSource | undefined;
}

/** How long a request may take unless something else is said, in milliseconds. */
const DEFAULT_REQUEST_TIMEOUT_MS = 30_000;

/** A client's options with every default filled in. */
export interface ResolvedOptions {
  readonly connection: ConnectionOptions;
  readonly envelope: EnvelopeFactory;
  readonly codec: Codec | undefined;
  readonly outbox: OutboxLimits;
  readonly requestTimeout: number;
}

/**
 * Checks options once, loudly, and fills in the defaults.
 *
 * @throws UsageError naming the option
 */
export function resolveOptions(options: ClientOptions, defaultTransport: TransportFactory): ResolvedOptions {
  if (typeof options !== 'object' || options === null)
    throw invalid('createClient needs options with a url.');
  const { url, envelope = jsonRpc(), codec, auth, clock = systemClock, random = systemRandom } = options;
  if (typeof url !== 'function') parseWebSocketUrl(url);
  const times = resolveTimes(options.reconnect);
  const { closeTimeout = DEFAULT_CLOSE_TIMEOUT_MS, requestTimeout = DEFAULT_REQUEST_TIMEOUT_MS } = options;
  checkNumbers({ closeTimeout, requestTimeout });
  const outbox = fill(DEFAULT_OUTBOX, options.outbox);
  checkNumbers(outbox, 'outbox.');
  return {
    envelope,
    codec,
    outbox,
    requestTimeout,
    connection: {
      url,
      protocols: resolveProtocols(options.protocols),
      transport: options.transport ?? defaultTransport,
      reconnect: resolveReconnect(options.reconnect, times),
      times,
      closeTimeout,
      heartbeat: resolveHeartbeat(options.heartbeat),
      login: auth && ((line) => auth.login(line)),
      limits: resolveLimits(options.limits),
      clock,
      random,
      trace: options.trace,
    },
  };
}

/** One protocol, several or none, checked. */
export function resolveProtocols(protocols: string | readonly string[] | undefined): readonly string[] {
  const list = protocols === undefined ? [] : typeof protocols === 'string' ? [protocols] : [...protocols];
  checkSubprotocols(list);
  return list;
}

/** Limits with the defaults filled in, checked. */
export function resolveLimits(limits: Settings<Limits> | undefined): Limits {
  const filled = fill(DEFAULT_LIMITS, limits);
  checkNumbers(filled, 'limits.');
  return filled;
}

/** Defaults, overridden by what is given and not undefined. */
export function fill<T extends object>(defaults: T, given: Settings<T> | undefined): T {
  const filled: T = { ...defaults };
  for (const key of Object.keys(defaults) as (keyof T)[]) {
    const value = given?.[key];
    if (value !== undefined) filled[key] = value as T[keyof T];
  }
  return filled;
}

/**
 * Checks that all numbers among `values` are 0 or more.
 *
 * @throws UsageError `INVALID_OPTION`
 */
export function checkNumbers(values: object, prefix = ''): void {
  for (const [name, value] of Object.entries(values)) {
    const isWrongType = typeof value !== 'number' && name !== 'overflow';
    if (isWrongType || Number.isNaN(value) || (typeof value === 'number' && value < 0)) {
      throw invalid(`The option ${prefix}${name} must be a number, 0 or more.`);
    }
  }
}

function resolveTimes(reconnect: ClientOptions['reconnect']): BackoffOptions {
  const times = fill(DEFAULT_BACKOFF, typeof reconnect === 'object' ? reconnect : undefined);
  checkNumbers(times, 'reconnect.');
  return times;
}

function resolveReconnect(
  reconnect: ClientOptions['reconnect'],
  times: BackoffOptions,
): ConnectionOptions['reconnect'] {
  if (reconnect === false) return undefined;
  const given = typeof reconnect === 'object' ? reconnect : {};
  const {
    maxAttempts = Number.POSITIVE_INFINITY,
    backoff = createBackoff(times),
    policy = defaultRetryPolicy,
  } = given;
  if (!(maxAttempts >= 1))
    throw invalid('The option reconnect.maxAttempts must be 1 or more. reconnect: false is "never".');
  return { times, backoff, policy, maxAttempts };
}

function resolveHeartbeat(heartbeat: ClientOptions['heartbeat']): HeartbeatOptions | undefined {
  if (heartbeat === false) return undefined;
  const options = typeof heartbeat === 'object' ? heartbeat : {};
  checkHeartbeat(options);
  return options;
}

function invalid(message: string): UsageError {
  return new UsageError('INVALID_OPTION', message);
}
