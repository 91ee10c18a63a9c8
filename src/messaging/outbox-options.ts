import type { DeliveryError } from '../base/errors.ts';
import type { Parcel } from '../transport/send-data.ts';
import type { MessageOptions } from '../transport/transport.ts';
import type { RequestKey } from './envelope.ts';

/**
 * What happens to a message that the outbox has no room for.
 *
 * - `reject`: it is refused with `OUTBOX_FULL`
 * - `drop-newest`: it is dropped with `OUTBOX_DROPPED`, as a loss that was planned for
 * - `drop-oldest`: the oldest make room for it
 * - `replace-by-key`: the oldest of those with a `key` make room for it; one without is never dropped for another
 *
 * Whatever the policy, a message with a `key` takes the place of the waiting one with the same key.
 */
export type OverflowPolicy = 'reject' | 'drop-newest' | 'drop-oldest' | 'replace-by-key';

/** The policies, for a check of the option. */
export const OVERFLOW_POLICIES: readonly OverflowPolicy[] = /* @__PURE__ */ Object.freeze([
  'reject',
  'drop-newest',
  'drop-oldest',
  'replace-by-key',
]);

/** Bounds of the outbox, and of the requests under way. */
export interface OutboxLimits {
  /** Most messages that wait. Default 1,000. */
  readonly maxMessages: number;
  /** Most bytes that wait, all messages together. Default 4 MiB. */
  readonly maxBytes: number;
  /** How long a message may wait, in milliseconds, unless it has a `ttl` of its own. Default 60,000. */
  readonly maxAge: number;
  /** Most requests under way, those that wait for a connection included. Default 10,000. */
  readonly maxPending: number;
  /** What happens when it is full. Default `reject`. */
  readonly overflow: OverflowPolicy;
}

/** The bounds in force unless others are given. */
export const DEFAULT_OUTBOX: OutboxLimits = /* @__PURE__ */ Object.freeze({
  maxMessages: 1_000,
  maxBytes: 4_194_304, // 4 MiB
  maxAge: 60_000,
  maxPending: 10_000,
  overflow: 'reject',
});

/** A message was handed to the socket. Whether the server has received it, only a reply can tell. */
export interface Sent {
  readonly outcome: 'handed-off';
  /** The connection that it went out on: see `ConnectionState.epoch`. */
  readonly epoch: number;
}

/** How one message is sent. */
export interface SendOptions {
  /**
   * What to do while the connection is not ready. `queue`: wait in the outbox (default). `reject`: fail at once with a
   * `DeliveryError` `NOT_CONNECTED`.
   */
  readonly whenOffline?: 'queue' | 'reject' | undefined;
  /** How long it may wait in the outbox, in milliseconds. Default: `outbox.maxAge`. */
  readonly ttl?: number | undefined;
  /**
   * What it is the newest state of: a message that waits with the same key is dropped (`OUTBOX_REPLACED`), and this one
   * waits at the end, in the order in which it was sent. Default: none.
   */
  readonly key?: string | undefined;
  /** `false`: sent without compression, for secrets beside text that others choose. Browsers have no say in it. */
  readonly compress?: boolean | undefined;
  /** `false`: kept out of a journal, for secrets. Default: kept, if there is a journal. */
  readonly persist?: boolean | undefined;
  /** Takes the message back while it still waits; the promise rejects with `ABORTED`. */
  readonly signal?: AbortSignal | undefined;
}

/** How one notification is sent. */
export interface NotifyOptions extends SendOptions {
  /** What the envelope puts beside the params: a session, a namespace, headers. */
  readonly meta?: unknown;
}

/** Who waits for a message to leave. Exactly one of the two functions is called, once. */
export interface OutboxEntry {
  /** What goes over the wire. */
  readonly data: Parcel;
  /** How the transport is to take it. */
  readonly options?: MessageOptions | undefined;
  /** Milliseconds that it may wait; `Infinity`: for ever. */
  readonly ttl?: number | undefined;
  /** It takes the place of the one with the same key. */
  readonly key?: string | undefined;
  /** Milliseconds for which a journal may keep it beyond the life of the program; 0: not at all. Default: the time to live. */
  readonly keepFor?: number | undefined;
  /** The id in it, if it is a request. */
  readonly requestKey?: RequestKey | undefined;
  /** What goes over the wire in place of `data`: asked when it is about to leave. */
  readonly fresh?: (() => Parcel) | undefined;
  /** What its journal knows it by, if it comes from there. */
  readonly stored?: unknown;
  /** It was handed to the socket, on the line in use. */
  sent?(): void;
  /** It did not leave, or nobody knows. Returns the error that its sender was told. */
  dropped?(error: DeliveryError): DeliveryError;
}

/** A message in the outbox. */
export interface WaitingMessage {
  /** As it was given. */
  readonly entry: OutboxEntry;
  /** As it was when it was given. */
  readonly data: Parcel;
}
