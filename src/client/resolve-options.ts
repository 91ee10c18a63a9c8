import { systemClock } from '../base/clock.ts';
import { fill, own, type Settings } from '../base/need.ts';
import { systemRandom } from '../base/random.ts';
import { backoffOf, DEFAULT_BACKOFF } from '../connection/backoff.ts';
import type { ConnectionOptions, LoginStarter } from '../connection/connection-options.ts';
import { Heartbeat } from '../connection/heartbeat.ts';
import { defaultRetryPolicy } from '../connection/retry-policy.ts';
import type { Codec } from '../messaging/codec.ts';
import type { Envelope, EnvelopeFactory } from '../messaging/envelope.ts';
import { DEFAULT_MESSAGE_LIMITS, MAX_READ_BYTES, type MessageLimits } from '../messaging/message-limits.ts';
import { DEFAULT_OUTBOX, type OutboxLimits } from '../messaging/outbox-options.ts';
import { DEFAULT_LIMITS, type Limits } from '../protocol/limits.ts';
import { MAX_BUFFERED_BYTES } from '../transport/high-water-mark.ts';
import { DEFAULT_CLOSE_TIMEOUT_MS } from '../transport/timeouts.ts';
import { checkClientOptions, checkEnvelope } from './checks.ts';
import type { AnyPlugin } from './core.ts';
import type { ClientOptions, CommonOptions, HeldPorts, Platform, SlimClientOptions } from './options.ts';
import type { ProcessHold } from './process-hold.ts';

/** The times in force unless others are given, in milliseconds, and the bytes. */
const DEFAULT_NUMBERS: Readonly<Record<'closeTimeout' | 'requestTimeout' | 'maxBufferedBytes', number>> =
  /* @__PURE__ */ Object.freeze({
    closeTimeout: DEFAULT_CLOSE_TIMEOUT_MS,
    requestTimeout: 30_000,
    maxBufferedBytes: MAX_BUFFERED_BYTES,
  });

/** Plugins that a client has anyway, by its options, which have been checked. */
export type OwnPlugins = (options: ClientOptions) => readonly AnyPlugin[];

/** A client's options with every default filled in. */
export interface ResolvedOptions {
  readonly connection: ConnectionOptions;
  readonly envelope: Envelope;
  readonly codec: Codec | undefined;
  readonly outbox: OutboxLimits;
  readonly limits: Limits & MessageLimits;
  readonly requestTimeout: number;
  readonly use: readonly AnyPlugin[];
  /** What keeps the process alive, where something does. */
  readonly hold: ProcessHold | undefined;
}

/**
 * Checks options once, loudly, and fills in the defaults.
 *
 * @param envelope - the one in force unless another is given
 * @param plugins - what the client has anyway
 * @throws UsageError naming the option
 */
export function resolveOptions(
  given: SlimClientOptions,
  platform: Platform,
  envelope: EnvelopeFactory,
  plugins?: OwnPlugins,
): ResolvedOptions {
  const options = own(given);
  checkClientOptions(options, platform);
  const { closeTimeout, requestTimeout, maxBufferedBytes } = fill(DEFAULT_NUMBERS, options);
  const { url, codec, contract, auth, reconnect, heartbeat, use = [] } = options;
  const delays = own(typeof reconnect === 'object' ? reconnect : {});
  const beats = own(typeof heartbeat === 'object' ? heartbeat : {});
  const times = fill(DEFAULT_BACKOFF, delays);
  const { maxAttempts = Number.POSITIVE_INFINITY, backoff = backoffOf(times) } = delays;
  const { policy = defaultRetryPolicy } = delays;
  const isWatched = heartbeat !== false;
  const made = (options.envelope ?? envelope)();
  checkEnvelope(made);
  const common = resolveCommon(options, platform, {
    ...DEFAULT_LIMITS,
    ...((codec ?? made.codec).reads === false ? {} : { maxMessageBytes: MAX_READ_BYTES }),
    ...DEFAULT_MESSAGE_LIMITS,
  });
  const { hold, transport, clock }: HeldPorts = platform.hold?.(common, options) ?? common;
  return {
    hold,
    envelope: made,
    codec,
    outbox: fill(DEFAULT_OUTBOX, options.outbox),
    limits: common.limits,
    requestTimeout,
    use: [own(made).use ?? [], contract ?? [], use, plugins?.(options) ?? []].flat(),
    connection: {
      url: Array.isArray(url) ? [...url] : url,
      resolveUrl: platform.resolveUrl,
      ...common,
      clock,
      transport,
      reconnect: reconnect === false ? undefined : { backoff, policy, maxAttempts },
      times,
      closeTimeout,
      maxBufferedBytes,
      heartbeat: isWatched ? beats : undefined,
      watchdog: isWatched ? (line, time) => new Heartbeat(beats, line, time) : undefined,
      // A plain function is made one by a plugin, or refused.
      login: (typeof auth?.login === 'function' ? auth.login.bind(auth) : auth?.login) as
        | LoginStarter
        | undefined,
      prepare: auth?.prepare?.bind(auth),
      renew: auth?.renew?.bind(auth),
      secrets: (platform.secrets ?? auth?.secrets)?.(),
    },
  };
}

/**
 * What a transport is asked for, long or short, filled in.
 *
 * @param limits - those in force unless the options say otherwise
 */
export function resolveCommon<Bounds extends Limits>(
  options: CommonOptions,
  platform: Platform,
  limits: Bounds,
): Pick<ConnectionOptions, 'protocols' | 'transport' | 'clock' | 'random'> & { readonly limits: Bounds } {
  const { transport = platform.makeTransport(options), clock = systemClock, random = systemRandom } = options;
  const { protocols = [] } = options;
  return {
    protocols: [protocols].flat(),
    transport,
    limits: fill(limits, options.limits as Settings<Bounds>),
    clock,
    random,
  };
}
