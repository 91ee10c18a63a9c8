/**
 * What a client and its server have agreed on, as types. Pass it to `createClient` as a type parameter; without one,
 * every name is allowed and every value is `unknown`.
 *
 * @example
 * ```ts
 * interface Chat {
 *   requests: { sum: { params: number[]; result: number } };
 *   events: { tick: { at: number } };
 *   handlers: { confirm: { params: { id: string }; result: boolean } };
 *   streams: { ticks: { params: { symbol: string }; event: { price: number } } };
 * }
 * const client = createClient<Chat>({ url: 'wss://example.com' });
 * const three = await client.request('sum', [1, 2]); // number
 * ```
 */
export interface Contract {
  /** What we may ask the server: `{ params, result }` by method. */
  requests?: object;
  /** What the server tells by itself: the payload by name. */
  events?: object;
  /** What the server may ask us: `{ params, result }` by method. */
  handlers?: object;
  /** What we may tell the server without an answer: the params by method. */
  notifications?: object;
  /** What we may subscribe to: `{ params, event }` by name. */
  streams?: object;
}

/** A question and its answer, of which nothing is known. */
interface Exchange {
  /** What is passed. */
  params: unknown;
  /** What comes back. */
  result: unknown;
}

/** A subscription, of which nothing is known. */
interface Stream {
  /** What is passed. */
  params: unknown;
  /** What comes, again and again. */
  event: unknown;
}

/** One part of a contract, or anything by any name where the contract says nothing. */
type Part<C, Name extends keyof Contract, Otherwise> = C extends { [Key in Name]: infer Found extends object }
  ? Found
  : Record<string, Otherwise>;

/** One field of an entry, or undefined where it has none. */
type Field<Entry, Name extends string> = Entry extends { [Key in Name]: infer Found } ? Found : undefined;

// With `Extract` a compiler that refuses a name lists those that there are; with `keyof … & string` it names the type.
/** The methods that can be requested. */
export type MethodOf<C> = Extract<keyof Part<C, 'requests', Exchange>, string>;
/** The parameters of a request. */
export type ParamsOf<C, M> = Field<Part<C, 'requests', Exchange>[M & MethodOf<C>], 'params'>;
/** The result of a request. */
export type ResultOf<C, M> = Field<Part<C, 'requests', Exchange>[M & MethodOf<C>], 'result'>;
/** The names of the server's events. */
export type EventOf<C> = Extract<keyof Part<C, 'events', unknown>, string>;
/** The payload of an event. */
export type PayloadOf<C, Name> = Part<C, 'events', unknown>[Name & EventOf<C>];
/** Any of them, with what came beside it. */
export type AnyEventOf<C> = {
  [Name in EventOf<C>]: {
    /** Its name. */
    readonly name: Name;
    /** What it brings. */
    readonly payload: PayloadOf<C, Name>;
    /** What came beside it. */
    readonly meta?: unknown;
  };
}[EventOf<C>];
/** The methods that the server may call. */
export type HandlerOf<C> = Extract<keyof Part<C, 'handlers', Exchange>, string>;
/** The parameters that such a call brings. */
export type HandlerParamsOf<C, M> = Field<Part<C, 'handlers', Exchange>[M & HandlerOf<C>], 'params'>;
/** What such a call is answered with. */
export type HandlerResultOf<C, M> = Field<Part<C, 'handlers', Exchange>[M & HandlerOf<C>], 'result'>;
/** The methods that can be notified. */
export type NotificationOf<C> = Extract<keyof Part<C, 'notifications', unknown>, string>;
/** The parameters of a notification. */
export type NotificationParamsOf<C, M> = Part<C, 'notifications', unknown>[M & NotificationOf<C>];
/** What can be subscribed to. */
export type StreamOf<C> = Extract<keyof Part<C, 'streams', Stream>, string>;
/** The parameters of a subscription. */
export type StreamParamsOf<C, Name> = Field<Part<C, 'streams', Stream>[Name & StreamOf<C>], 'params'>;
/** The events of a subscription. */
export type StreamEventOf<C, Name> = Field<Part<C, 'streams', Stream>[Name & StreamOf<C>], 'event'>;

/** `params` may be left out only where they may be undefined. */
export type ArgumentsOf<Params, Options> = undefined extends Params
  ? [params?: Params, options?: Options]
  : [params: Params, options?: Options];
