import type { Codec } from './codec.ts';

/** Identifies a request among those under way. */
export type RequestKey = string | number;

/** An error as the server's protocol carries it. */
export interface RemoteError {
  /** Its own code, if it has one. */
  readonly code?: number | string | undefined;
  /** What went wrong, in the server's words. */
  readonly message: string;
  /** Whatever was added. */
  readonly data?: unknown;
}

/** What one message of the server's means. */
export type Classified =
  | ReplyMessage
  | FailureMessage
  | EventMessage
  | RequestMessage
  /** Anything else: delivered as a message. */
  | { /** What it is. */ readonly kind: 'message' };

/** The answer to one of our requests. */
export interface ReplyMessage {
  /** What it is. */
  readonly kind: 'reply';
  /** Which request is answered. */
  readonly key: RequestKey;
  /** What `request()` resolves with. */
  readonly result: unknown;
}

/** The refusal of one of our requests. */
export interface FailureMessage {
  /** What it is. */
  readonly kind: 'failure';
  /** Which request is refused. */
  readonly key: RequestKey;
  /** What `request()` rejects with, as a `RequestError`. */
  readonly error: RemoteError;
}

/** Something that happened, by name. */
export interface EventMessage {
  /** What it is. */
  readonly kind: 'event';
  /** The name that `onEvent` listens to. */
  readonly name: string;
  /** What the listener gets. */
  readonly payload: unknown;
}

/** The server asks us. */
export interface RequestMessage {
  /** What it is. */
  readonly kind: 'request';
  /** What our answer must carry. */
  readonly key: RequestKey;
  /** What `handle` was registered for. */
  readonly method: string;
  /** What the handler gets. */
  readonly params: unknown;
}

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
  /** The message of a request. */
  request(key: RequestKey, method: string, params: unknown): unknown;
  /** The message of a request that wants no answer. */
  notification(method: string, params: unknown): unknown;
  /** The message that answers a request of the server's. */
  reply(key: RequestKey, result: unknown): unknown;
  /** The message that refuses one. */
  failure(key: RequestKey, error: RemoteError): unknown;
  /** Refuses a method that we do not have. */
  unknownMethod(method: string): RemoteError;
  /** Says that our own handler failed, without its details. */
  internalError(): RemoteError;
}

/** Makes the envelope of one client. */
export type EnvelopeFactory = () => Envelope;
