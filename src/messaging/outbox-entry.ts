import type { DeliveryError } from '../base/errors.ts';
import type { MessageOptions, SendData } from '../transport/transport.ts';
import type { RequestKey } from './envelope.ts';

/** Who waits for a message to leave. Exactly one of the two functions is called, once. */
export interface OutboxEntry {
  /** What goes over the wire. */
  readonly data: SendData;
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
  /** What its journal knows it by, if it comes from there. */
  readonly stored?: unknown;
  /** It was handed to the socket. */
  sent(): void;
  /** It did not leave, or nobody knows. Returns the error that its sender was told. */
  dropped(error: DeliveryError): DeliveryError;
}

/** A message in the outbox. */
export interface WaitingMessage {
  /** As it was given. */
  readonly entry: OutboxEntry;
  /** As it was when it was given. */
  readonly data: SendData;
}
