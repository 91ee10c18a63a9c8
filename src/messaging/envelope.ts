import type { Plugin } from '../base/plugin.ts';
import type { ConnectionOptions } from '../connection/connection-options.ts';
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
  | ProgressMessage
  | FailureMessage
  | EventMessage
  | RequestMessage
  | ErrorMessage
  | PlainMessage;

/** What every kind of message may bring along. */
export interface Meaning {
  /** What is to be done besides. Most messages bring nothing: then leave it out. */
  readonly also?: Consequences | undefined;
}

/** What a message asks for besides what it says. */
export interface Consequences {
  /** A message that goes back at once on the same line: an acknowledgement, a pong. Before anybody hears of the message. */
  readonly answer?: unknown;
  /**
   * Requests that the server will never answer: those under way on this line whose keys `match` says yes to are rejected
   * with a `RequestError` of this `error`.
   */
  readonly abandons?:
    | { readonly match: (key: RequestKey) => boolean; readonly error: RemoteError }
    | undefined;
  /** The server says that it will end this line, or has ended it in all but name. */
  readonly goodbye?: Goodbye | undefined;
}

/** The end of a line, in the server's words. */
export interface Goodbye {
  /** Why, for `why()`: the server's word for it, without secrets. */
  readonly reason: string;
  /** `false`: no other attempt; the client stops with `CONNECTION_CLOSED`. Default: another line follows. */
  readonly reconnect?: boolean | undefined;
  /** Milliseconds that the server asks to wait before. Default: none, and less than a second at random. */
  readonly delay?: number | undefined;
  /**
   * `true`: the line goes on for a while, and the server takes a second one beside it. With the plugin `handover()` the client
   * hands over then; without it, and by default, this line is given up for the next.
   */
  readonly overlap?: boolean | undefined;
}

/** Anything that is none of the other kinds, or nothing to anybody. */
export interface PlainMessage extends Meaning {
  /** `message`: delivered as a message. `nothing`: an acknowledgement, a pong: nobody is told. */
  readonly kind: 'message' | 'nothing';
}

/** The answer to one of our requests. */
export interface ReplyMessage extends Meaning {
  /** What it is. */
  readonly kind: 'reply';
  /** Which request is answered. */
  readonly key: RequestKey;
  /** What `request()` resolves with. */
  readonly result: unknown;
}

/** A word about one of our requests that is not its end. */
export interface ProgressMessage extends Meaning {
  /** What it is. */
  readonly kind: 'progress';
  /** Which request it is about. */
  readonly key: RequestKey;
  /** What the request's `progress` gets. */
  readonly payload: unknown;
}

/** The refusal of one of our requests. */
export interface FailureMessage extends Meaning {
  /** What it is. */
  readonly kind: 'failure';
  /** Which request is refused. */
  readonly key: RequestKey;
  /** What `request()` rejects with, as a `RequestError`. */
  readonly error: RemoteError;
}

/** The server refuses something and does not say what. */
export interface ErrorMessage extends Meaning {
  /** What it is. */
  readonly kind: 'error';
  /** What it says. Told as an `error` event, and the cause of the timeouts that follow. */
  readonly error: RemoteError;
}

/** Something that happened, by name. */
export interface EventMessage extends Meaning {
  /** What it is. */
  readonly kind: 'event';
  /** The name that `onEvent` listens to. */
  readonly name: string;
  /** What the listener gets. */
  readonly payload: unknown;
  /** What the listener gets beside it: a session, a namespace, headers. */
  readonly meta?: unknown;
  /** It belongs to a subscription. Told as an ordinary event if there is none with this key. */
  readonly subscription?: SubscriptionEvent | undefined;
}

/** What the server tells a subscription. */
export interface SubscriptionEvent {
  /** The id that the server issued when it confirmed, or the key that we subscribed with. */
  readonly key: RequestKey;
  /** What the subscriber gets. Not looked at when `end` or `again` is set. */
  readonly payload: unknown;
  /** The server ends the subscription: `true` for a plain end, or its error. */
  readonly end?: true | RemoteError | undefined;
  /**
   * The server has dropped the subscription, for this reason, and may take it again: it is asked for once more after a wait, on
   * the same line, and a `gap` tells of it.
   */
  readonly again?: RemoteError | undefined;
}

/** The server asks us. */
export interface RequestMessage extends Meaning {
  /** What it is. */
  readonly kind: 'request';
  /** What our answer must carry. */
  readonly key: RequestKey;
  /** What `handle` was registered for. */
  readonly method: string;
  /** What the handler gets. */
  readonly params: unknown;
  /** What the handler gets beside it, as `info.meta`. */
  readonly meta?: unknown;
}

/** Reads what comes on one line. Made for each line, so that half a message of a lost line is lost with it. */
export interface EnvelopeReader {
  /**
   * The messages in what arrived: more than one in a batch, none while one is not complete. More than `limits.maxBatch` are
   * not read. May keep what is incomplete: bound it.
   */
  split(value: unknown): readonly unknown[];
  /** What a message means. Must not throw, whatever the server sends. */
  classify(message: unknown): Classified;
}

/** What the plugins of an envelope get of the client. */
export interface EnvelopeCore {
  /** Its connection: the options of it may be set. */
  readonly connection: { readonly options: ConnectionOptions };
}

/** How requests, replies and events lie in messages. An envelope is made anew for every client and may keep state. */
export interface Envelope {
  /** The codec that it is used with unless another is given. */
  readonly codec: Codec;
  /**
   * Makes what reads one line.
   *
   * @param session - what the login of the line has given as {@link LoginResult.session}
   */
  reader(session: unknown): EnvelopeReader;
  /** The parts for requests; an envelope without them carries plain messages only. */
  readonly rpc?: RpcEnvelope | undefined;
  /**
   * What the protocol needs besides: a login of its own, a heartbeat, an address, a pace. Plugins, attached ahead of those in
   * `use` of the client.
   */
  readonly use?: readonly Plugin<EnvelopeCore>[] | undefined;
}

/** The part of an envelope that can ask. */
export interface RpcEnvelope {
  /** A key that no request under way has. */
  allocate(): RequestKey;
  /**
   * The message of a request.
   *
   * @param meta - as the caller gave it: a session, a namespace, headers
   */
  request(key: RequestKey, method: string, params: unknown, meta?: unknown): unknown;
  /**
   * A request that every server of this protocol answers, if only with an error, and that changes nothing: it asks for a
   * sign of life where the transport has no pings. Without it nothing is asked there.
   */
  question?(key: RequestKey): unknown;
  /** The message of a request that wants no answer. */
  notification(method: string, params: unknown, meta?: unknown): unknown;
  /** How requests of the server's are answered. Without it they are told as messages. */
  readonly answers?: AnswerEnvelope | undefined;
  /**
   * The message that tells the server to stop working on a request that was aborted, or took too long. Undefined, or
   * without this: nothing is sent.
   */
  cancel?(key: RequestKey): unknown;
  /**
   * The `request()` with this key is over: answered, refused, too late, given up, or on its way under another key. What an
   * envelope keeps for it can go. Not called for requests that subscribe or unsubscribe.
   */
  forget?(key: RequestKey): void;
  /**
   * Keys are to begin above `key` from now on. Called, before the first request, where an outbox journal may hold requests of
   * an earlier life, whose late replies must meet none of this one. Without it requests are not kept in a journal.
   */
  numberAbove?(key: number): void;
  /** The part for subscriptions, if there are any in this protocol. */
  readonly subscriptions?: SubscriptionEnvelope | undefined;
}

/** The part of an envelope that answers. Each may give undefined: then nothing is sent. */
export interface AnswerEnvelope {
  /** The message that answers a request of the server's. */
  reply(key: RequestKey, result: unknown): unknown;
  /** The message that refuses one. */
  failure(key: RequestKey, error: RemoteError): unknown;
  /** Refuses a method that we do not have. */
  unknownMethod(method: string): RemoteError;
  /** Says that our own handler failed, without its details. */
  internalError(): RemoteError;
}

/** What a request to subscribe may go by. */
export interface SubscribeInfo {
  /** As the caller gave it. */
  readonly meta: unknown;
  /** What the login of the line has given: the id of the connection, for a credential that is made from it. */
  readonly session: unknown;
  /** Aborted when the line is gone: the message is not wanted any more. */
  readonly signal: AbortSignal;
}

/** The part of an envelope that can subscribe. What the server tells comes as {@link EventMessage.subscription}. */
export interface SubscriptionEnvelope {
  /**
   * Whether the server answers a request to subscribe or unsubscribe with a reply under its key; one of them alone:
   * `subscribe`, `unsubscribe`. Without an answer to the first a subscription counts as confirmed when its request was sent.
   */
  readonly confirms: boolean | 'subscribe' | 'unsubscribe';
  /**
   * The message that subscribes, or a promise of it: for a credential that has to be asked for. Those that have no promise to
   * wait for do not wait for one that has. A promise that rejects refuses the subscription.
   */
  subscribe(key: RequestKey, name: string, params: unknown, info: SubscribeInfo): unknown;
  /**
   * `true`: the key under which events come is what is subscribed to (a topic, a channel), not an id that the server issues
   * for each subscription. Subscribers of the same name and params then share one subscription on the wire, which the last
   * of them leaves. Whatever this says, those to whom the server gives the same key share it. Default `false`.
   */
  readonly sharedByKey?: boolean | undefined;
  /**
   * Under which key the events will come: the server's own id out of its reply, or what was subscribed to. Undefined if
   * there is none. Where nothing is confirmed it is only asked with `sharedByKey`, and `result` is undefined.
   *
   * @param key - the one that was subscribed with
   */
  adopt(result: unknown, key: RequestKey, name: string, params: unknown): RequestKey | undefined;
  /**
   * The message that unsubscribes; undefined: nothing is sent. `id` is what `adopt` returned, or the key that was subscribed
   * with.
   */
  unsubscribe(key: RequestKey, id: RequestKey, name: string): unknown;
}

/** Makes the envelope of one client. */
export type EnvelopeFactory = () => Envelope;
