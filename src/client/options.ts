import type { Authenticator } from '../auth/authenticator.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { UsageError } from '../base/errors.ts';
import { type RandomSource, systemRandom } from '../base/random.ts';
import { type Backoff, type BackoffOptions, createBackoff, DEFAULT_BACKOFF } from '../connection/backoff.ts';
import type { ConnectionOptions, ReconnectSettings, UrlSource } from '../connection/connection-options.ts';
import type { Environment } from '../connection/environment.ts';
import type { HeartbeatOptions } from '../connection/heartbeat.ts';
import type { Probe } from '../connection/probe.ts';
import { defaultRetryPolicy, type RetryPolicy } from '../connection/retry-policy.ts';
import { addressesOf } from '../connection/target.ts';
import type { Codec } from '../messaging/codec.ts';
import type { EnvelopeFactory } from '../messaging/envelope.ts';
import type { OutboxJournal } from '../messaging/journal.ts';
import { DEFAULT_OUTBOX, type OutboxLimits, OVERFLOW_POLICIES } from '../messaging/outbox.ts';
import type { Pacing } from '../messaging/pacing.ts';
import { raw } from '../messaging/raw.ts';
import { DEFAULT_LIMITS, type Limits } from '../protocol/limits.ts';
import { checkSubprotocols } from '../protocol/subprotocol.ts';
import type { FrameTracer } from '../protocol/trace.ts';
import { parseWebSocketUrl } from '../protocol/url.ts';
import { DEFAULT_CLOSE_TIMEOUT_MS } from '../transport/timeouts.ts';
import type { TransportFactory } from '../transport/transport.ts';
import { checkHeartbeat } from './check-heartbeat.ts';
import { fill, isGiven, need, needMethods, type Settings } from './check-options.ts';
import type { HandoverFactory, HandoverPart } from './handover-part.ts';
import type { RequestsFactory, RequestsPart } from './request-part.ts';
import type { SubscriptionsFactory, SubscriptionsPart } from './subscription-part.ts';

export type { Settings } from './check-options.ts';

/** When to connect again. */
export interface ReconnectOptions extends Settings<BackoffOptions> {
  /** Attempts in a row before giving up. Default: never. */
  readonly maxAttempts?: number | undefined;
  /** Replaces the delays. Default: full jitter over the times above. */
  readonly backoff?: Backoff | undefined;
  /** Replaces the rules by which an attempt is made at all. Default: `defaultRetryPolicy`. */
  readonly policy?: RetryPolicy | undefined;
  /**
   * For browsers, where a refused handshake looks the same whatever its cause: asks the server again in a way that shows,
   * with `fetch` for instance. What it finds out steers the retry. Default: nothing is asked.
   */
  readonly probe?: Probe | undefined;
}

/** How messages wait for a line, and how many requests may be under way. */
export interface OutboxOptions extends Settings<OutboxLimits> {
  /** Keeps what waits across restarts: `storageOutbox`, `persistentOutbox`. Default: nothing is kept. */
  readonly journal?: OutboxJournal | undefined;
}

/** The options of `createClient`. Only `url` must be given. */
export interface ClientOptions {
  /** Where to connect: `ws:` or `wss:`. A function is asked before every attempt; of a list the next is tried after a failure. */
  readonly url: UrlSource;
  /** Subprotocols to offer, in order of preference. Default: none. */
  readonly protocols?: string | readonly string[] | undefined;
  /** How requests and events lie in messages. Default `jsonRpc()`, of `createSlimClient` `raw()`: plain messages. */
  readonly envelope?: EnvelopeFactory | undefined;
  /** How values become messages. Default: the envelope's own, `json()` for `jsonRpc()`. */
  readonly codec?: Codec | undefined;
  /** Logs in on every new line before any message flows. Default: no login. */
  readonly auth?: Authenticator | undefined;
  /**
   * What tells of the network and the page. `false`: nothing. Default: `browserEnvironment()` in the build for browsers,
   * nothing in that for Node.
   */
  readonly environment?: Environment | false | undefined;
  /** When to connect again. `false`: never. */
  readonly reconnect?: boolean | ReconnectOptions | undefined;
  /** How a dead line is noticed. `false`: not at all. Default: a protocol ping every 25 s, 10 s to answer. */
  readonly heartbeat?: boolean | HeartbeatOptions | undefined;
  /** Bounds of the messages that wait for a line. */
  readonly outbox?: OutboxOptions | undefined;
  /**
   * For a server that reads one message at a time: `awaitReply()` lets the next one leave when the one before was answered,
   * `atInterval(ms)` after a while. Default: messages leave as they come.
   */
  readonly pacing?: Pacing | undefined;
  /** What the server may make us hold. */
  readonly limits?: Settings<Limits> | undefined;
  /** How `client.request` works. Default: as `subscriptions` has it; of `createSlimClient` none, and no bytes for it in a bundle. */
  readonly requests?: RequestsPart | undefined;
  /** How `client.subscribe` works. Default: `subscriptions()`; of `createSlimClient` none, and no bytes for it in a bundle. */
  readonly subscriptions?: SubscriptionsPart | undefined;
  /** How `client.handover` works. Default: `handover()`; of `createSlimClient` none, and no bytes for it in a bundle. */
  readonly handover?: HandoverPart | undefined;
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

/** The times in force unless others are given, in milliseconds. */
const DEFAULT_TIMES: { readonly closeTimeout: number; readonly requestTimeout: number } =
  /* @__PURE__ */ Object.freeze({
    closeTimeout: DEFAULT_CLOSE_TIMEOUT_MS,
    requestTimeout: 30_000,
  });

/** A client's options with every default filled in. */
export interface ResolvedOptions {
  readonly connection: ConnectionOptions;
  readonly envelope: EnvelopeFactory;
  readonly codec: Codec | undefined;
  readonly outbox: OutboxLimits;
  readonly journal: OutboxJournal | undefined;
  readonly pacing: Pacing | undefined;
  readonly requests: RequestsFactory | undefined;
  readonly subscriptions: SubscriptionsFactory | undefined;
  readonly handover: HandoverFactory | undefined;
  readonly requestTimeout: number;
}

/**
 * Checks options once, loudly, and fills in the defaults. `checkAddress` throws for a URL that the platform does not take.
 *
 * @throws UsageError naming the option
 */
export function resolveOptions(
  options: ClientOptions,
  defaultTransport: TransportFactory,
  defaultEnvironment?: Environment,
  checkAddress: (address: string | URL) => void = parseWebSocketUrl,
): ResolvedOptions {
  const { closeTimeout, requestTimeout } = fill(DEFAULT_TIMES, options ?? null);
  if (options.url === undefined) throw new UsageError('INVALID_URL', { detail: 'missing' });
  const { url, envelope = raw(), codec, auth, reconnect, heartbeat } = options;
  checkUrl(url, checkAddress);
  const { requests, subscriptions, handover } = options;
  needMethods('requests', requests, []);
  needMethods('subscriptions', subscriptions, []);
  const subscribing = subscriptions as SubscriptionsFactory | undefined;
  needMethods('handover', handover, []);
  needMethods('envelope', envelope, []);
  needMethods('codec', codec, ['encode', 'decode']);
  if (auth !== undefined) checkAuth(auth);
  const { environment = defaultEnvironment } = options;
  if (environment !== false) needMethods('environment', environment, ['watch']);
  const outbox = fill(DEFAULT_OUTBOX, options.outbox, 'outbox');
  need(OVERFLOW_POLICIES.includes(outbox.overflow), 'outbox.overflow', OVERFLOW_POLICIES.join(', '));
  const { pacing, outbox: { journal } = {} } = options;
  needMethods('outbox.journal', journal, ['open', 'keep', 'release', 'forget', 'close']);
  needMethods('pacing', pacing, []);
  const delays = isGiven('reconnect', reconnect) ? reconnect : {};
  const beats = isGiven('heartbeat', heartbeat) ? heartbeat : {};
  checkHeartbeat(beats);
  const times = fill(DEFAULT_BACKOFF, delays, 'reconnect');
  const settings = resolveReconnect(delays, times);
  return {
    envelope,
    codec,
    outbox,
    journal,
    pacing,
    requests: (requests as RequestsFactory | undefined) ?? subscribing?.requests,
    subscriptions: subscribing,
    handover: handover as HandoverFactory | undefined,
    requestTimeout,
    connection: {
      url: Array.isArray(url) ? [...url] : url,
      ...resolvePorts(options, defaultTransport),
      reconnect: reconnect === false ? undefined : settings,
      times,
      closeTimeout,
      heartbeat: heartbeat === false ? undefined : beats,
      login: auth?.login?.bind(auth),
      prepare: auth?.prepare?.bind(auth),
      renew: auth?.renew?.bind(auth),
      environment: environment === false ? undefined : environment,
    },
  };
}

function checkUrl(url: UrlSource, checkAddress: (address: string | URL) => void): void {
  if (typeof url === 'function') return;
  const addresses = addressesOf(url);
  need(addresses.length > 0, 'url', 'an address, or a list of one or more');
  for (const address of addresses) checkAddress(address);
}

/** What every connection is made of, long or short. */
export type Ports = Pick<
  ConnectionOptions,
  'protocols' | 'transport' | 'limits' | 'clock' | 'random' | 'trace'
>;

/** The options that a long connection shares with a short one, checked and filled in. */
export function resolvePorts(
  options: Settings<Pick<ClientOptions, 'protocols' | 'transport' | 'limits' | 'clock' | 'random' | 'trace'>>,
  defaultTransport: TransportFactory,
): Ports {
  const { transport = defaultTransport, clock = systemClock, random = systemRandom, trace } = options;
  const { protocols = [] } = options;
  needMethods('transport', transport, []);
  needMethods('clock', clock, ['now', 'wallTime', 'setTimer', 'clearTimer']);
  needMethods('random', random, ['fill', 'uniform']);
  needMethods('trace', trace, []);
  need(typeof protocols === 'string' || Array.isArray(protocols), 'protocols', 'a string or an array');
  const list: readonly string[] = typeof protocols === 'string' ? [protocols] : [...protocols];
  checkSubprotocols(list);
  const limits = fill(DEFAULT_LIMITS, options.limits, 'limits');
  const checked: TransportFactory = (request, sink) => {
    const made = transport(request, sink);
    needMethods('transport()', made ?? null, ['send']);
    return made;
  };
  return { protocols: list, transport: checked, limits, clock, random, trace };
}

function checkAuth(auth: Authenticator): void {
  const { login, prepare, renew } = auth ?? {};
  need(login !== undefined || prepare !== undefined, 'auth', 'an object with login or prepare');
  needMethods('auth.login', login, []);
  needMethods('auth.prepare', prepare, []);
  needMethods('auth.renew', renew, []);
}

function resolveReconnect(given: ReconnectOptions, times: BackoffOptions): ReconnectSettings {
  const { maxAttempts = Number.POSITIVE_INFINITY, backoff = createBackoff(times) } = given;
  const { policy = defaultRetryPolicy, probe } = given;
  needMethods('reconnect.backoff', backoff, []);
  needMethods('reconnect.policy', policy, []);
  needMethods('reconnect.probe', probe, []);
  need(typeof maxAttempts === 'number' && maxAttempts >= 1, 'reconnect.maxAttempts', 'a number, 1 or more');
  return { times, backoff, policy, maxAttempts, probe };
}
