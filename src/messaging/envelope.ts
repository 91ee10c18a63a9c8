import type { Codec } from './codec.ts';

/** Identifies a request among those under way. */
export type RequestKey = string | number;

/** An error as the server's protocol carries it. */
export interface RemoteError {
  readonly code?: number | string | undefined;
  readonly message: string;
  readonly data?: unknown;
}

/** What one message of the server's means. */
export type Classified =
  /** The answer to one of our requests. */
  | { readonly kind: 'reply'; readonly key: RequestKey; readonly result: unknown }
  /** The same, refusing it. */
  | { readonly kind: 'failure'; readonly key: RequestKey; readonly error: RemoteError }
  /** Something that happened, by name. */
  | { readonly kind: 'event'; readonly name: string; readonly payload: unknown }
  /** The server asks us. */
  | { readonly kind: 'request'; readonly key: RequestKey; readonly method: string; readonly params: unknown }
  /** Anything else: delivered as a message. */
  | { readonly kind: 'message' };

/**
 * How requests, replies and events lie in messages. An envelope is made anew for every client and may keep state.
 */
export interface Envelope {
  /** The codec that it is used with unless another is given. */
  readonly codec: Codec;
  /** The messages in what arrived: more than one in a batch. */
  split(value: unknown): readonly unknown[];
  /** What a message means. Must not throw, whatever the server sends. */
  classify(message: unknown): Classified;
  /** The parts for requests; an envelope without them carries plain messages only. */
  readonly rpc?: RpcEnvelope | undefined;
}

/** The part of an envelope that can ask and answer. */
export interface RpcEnvelope {
  /** A key that no request under way has. */
  allocate(): RequestKey;
  request(key: RequestKey, method: string, params: unknown): unknown;
  notification(method: string, params: unknown): unknown;
  reply(key: RequestKey, result: unknown): unknown;
  failure(key: RequestKey, error: RemoteError): unknown;
  /** Refuses a method that we do not have. */
  unknownMethod(method: string): RemoteError;
  /** Says that our own handler failed, without its details. */
  internalError(): RemoteError;
}

/** Makes the envelope of one client. */
export type EnvelopeFactory = () => Envelope;
