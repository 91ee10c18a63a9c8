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
  | ErrorMessage
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

/** The server refuses something and does not say what. */
export interface ErrorMessage {
  /** What it is. */
  readonly kind: 'error';
  /** What it says. Told as an `error` event, and the cause of the timeouts that follow. */
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
  /** It belongs to a subscription. Told as an ordinary event if there is none with this key. */
  readonly subscription?: SubscriptionEvent | undefined;
}

/** What the server tells a subscription. */
export interface SubscriptionEvent {
  /** The id that the server issued when it confirmed, or the key that we subscribed with. */
  readonly key: RequestKey;
  /** What the subscriber gets. Not looked at when `end` is set. */
  readonly payload: unknown;
  /** The server ends the subscription: `true` for a plain end, or its error. */
  readonly end?: true | RemoteError | undefined;
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
  /** The messages in what arrived: more than one in a batch. More than `limits.maxBatch` are not read. */
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
  /**
   * A request that every server of this protocol answers, if only with an error, and that changes nothing: it asks for a
   * sign of life where the transport has no pings. Without it nothing is asked there.
   */
  question?(key: RequestKey): unknown;
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
  /**
   * The message that tells the server to stop working on a request that was aborted, or took too long. Undefined, or
   * without this: nothing is sent.
   */
  cancel?(key: RequestKey): unknown;
  /**
   * Keys are to begin above `key` from now on. Called, before the first request, where an outbox journal may hold requests of
   * an earlier life, whose late replies must meet none of this one. Without it requests are not kept in a journal.
   */
  numberAbove?(key: number): void;
  /** The part for subscriptions, if there are any in this protocol. */
  readonly subscriptions?: SubscriptionEnvelope | undefined;
}

/** The part of an envelope that can subscribe. What the server tells comes as {@link EventMessage.subscription}. */
export interface SubscriptionEnvelope {
  /**
   * Whether the server answers a request to subscribe or unsubscribe with a reply under its key. If not, a subscription
   * counts as confirmed when its request was sent.
   */
  readonly confirms: boolean;
  /** The message that subscribes. */
  subscribe(key: RequestKey, name: string, params: unknown): unknown;
  /**
   * `true`: the key under which events come is what is subscribed to (a topic, a channel), not an id that the server issues
   * for each subscription. Subscribers of the same name and params then share one subscription on the wire, which the last
   * of them leaves. Whatever this says, those to whom the server gives the same key share it. Default `false`.
   */
  readonly sharedByKey?: boolean | undefined;
  /**
   * Under which key the events will come: the server's own id out of its reply, or what was subscribed to. Undefined if
   * there is none. Where nothing is confirmed it is only asked with `sharedByKey`, and `result` is undefined.
   */
  adopt(result: unknown, name: string, params: unknown): RequestKey | undefined;
  /** The message that unsubscribes. `id` is what `adopt` returned, or the key that was subscribed with. */
  unsubscribe(key: RequestKey, id: RequestKey, name: string): unknown;
}

/** Makes the envelope of one client. */
export type EnvelopeFactory = () => Envelope;
