/** What envelopes, journals and the plugins of messages refuse before anything is begun. */
import { checkArgument, checkCall, checkOptions } from '../base/checks.ts';
import { UsageError } from '../base/errors.ts';
import type { Called, OptionTable, Rule, Settings } from '../base/need.ts';
import type { CallShape, ContractShape, StreamShape } from './schema.ts';
import type { SubscriptionLimits } from './subscription.ts';

/** What `storageOutbox` needs of `navigator.locks`. */
export interface Locks {
  /** Web Locks API, 2.4: holds the lock for as long as the promise of `callback` is pending. */
  request(
    name: string,
    options: { readonly ifAvailable: true },
    callback: (lock: unknown) => PromiseLike<void> | undefined,
  ): Promise<unknown>;
}

/** For whom messages are kept. */
export interface PersistentOutboxOptions {
  /**
   * Who sends them: the name or number of the user who is logged in, or a function that is asked for it when a connection
   * is first opened. Messages of one are never sent by another. Needed where the client has `auth`. Default: nobody.
   */
  readonly identity?: string | (() => string) | undefined;
}

/** How `storageOutbox` keeps messages. */
export interface StorageOutboxOptions extends PersistentOutboxOptions {
  /** What the names of its items begin with. Clients that share it share what they leave behind. */
  readonly key: string;
  /**
   * `navigator.locks`: tells which of the pages that share the key still live, so that none takes the messages of
   * another that is about to send them. Without it every client takes what it finds: then no two clients that live at the
   * same time may share key and storage.
   */
  readonly locks: Locks | undefined;
}

/** A method with its parameters. */
export interface JsonRpcCall {
  /** The method to call. */
  readonly method: string;
  /** Left out of the message if undefined. */
  readonly params?: unknown;
}

/**
 * How a server names what belongs to subscriptions: JSON-RPC itself knows none. The defaults follow the way of Ethereum
 * nodes, without their prefix; for those set `eth_subscribe`, `eth_unsubscribe` and `eth_subscription`.
 */
export interface JsonRpcSubscriptions {
  /**
   * The method that subscribes; it gets `[name, params]`, or `[name]` where there are no params. A function says method and
   * params itself. The reply is the id of the subscription, or an object with the id as `subscription`. Default
   * `subscribe`.
   */
  readonly subscribe?: string | ((name: string, params: unknown) => JsonRpcCall) | undefined;
  /** The method that unsubscribes; it gets `[id]`. A function says both itself. Default `unsubscribe`. */
  readonly unsubscribe?: string | ((id: string | number, name: string) => JsonRpcCall) | undefined;
  /**
   * The method of the notifications that bring events, or a function that knows them all. Their params are
   * `{ subscription: id, result: event }`; with `error` instead of `result`, or with `end: true`, the server ends the
   * subscription. Default `subscription`.
   */
  readonly event?: string | ((method: string) => boolean) | undefined;
}

/** What `jsonRpc` can be told. */
export interface JsonRpcOptions {
  /** The names of what belongs to `client.subscribe`. */
  readonly subscriptions?: JsonRpcSubscriptions | undefined;
  /**
   * The method of the notification that cancels a request that was aborted or took too long; it gets `{ id }`. A function
   * says method and params itself. The specification has none; the Language Server Protocol has `$/cancelRequest`.
   * Default: nothing is sent.
   */
  readonly cancel?: string | ((id: string | number) => JsonRpcCall) | undefined;
  /**
   * The method that the heartbeat calls where the transport has no pings, in a browser: any answer is a sign of life, that
   * there is no such method, too. Default `rpc.ping`.
   */
  readonly ping?: string | undefined;
  /** `false`: without the member `jsonrpc`, which some servers do not know (Chromium's DevTools). Default `true`. */
  readonly version?: boolean | undefined;
  /**
   * Members that every request and notification of ours has beside its own, such as a `sessionId`; a function is asked for
   * each. Members that the server adds are ignored, as unknown ones always are. Default: none.
   */
  readonly members?: JsonRpcMembers | ((method: string, params: unknown) => JsonRpcMembers) | undefined;
}

/** Members of a message beside those of JSON-RPC. */
export type JsonRpcMembers = Readonly<Record<string, unknown>>;

/** How a contract is held to. */
export interface ContractOptions {
  /**
   * What is checked. `incoming`: results, events, streams, params of the server's requests. `both`: also what we send, which
   * is sent as it was given: only the receiver transforms. `none`: nothing, types alone. Default `incoming`.
   */
  readonly validate?: 'incoming' | 'both' | 'none' | undefined;
  /**
   * How long a schema that answers later may take, in milliseconds. What it has not judged by then does not fit: one that never
   * answers must not hold up a stream, or a request, for ever. Default 10,000; `Infinity` waits.
   */
  readonly timeout?: number | undefined;
}

const CONTRACT: OptionTable<ContractOptions> = { validate: ['incoming', 'both', 'none'], timeout: 'number' };

const SCHEMA = {
  expected: 'a schema of Standard Schema (zod, valibot, arktype, …) or type<…>()',
  isRight: (value: unknown) =>
    Object(value) === value && ('~standard' in Object(value) || '~type' in Object(value)),
} satisfies Rule;

const CALL: OptionTable<CallShape> = { params: SCHEMA, result: SCHEMA, error: SCHEMA };

// Functions: a bundle would keep a table with a spread in it, used or not.
const stream = (): OptionTable<StreamShape> => ({ params: SCHEMA, event: { ...SCHEMA, isNeeded: true } });

const contractShape = (): OptionTable<ContractShape> => ({
  requests: { each: { options: CALL } },
  notifications: { each: SCHEMA },
  events: { each: SCHEMA },
  streams: { each: { options: stream() } },
  handlers: { each: { options: CALL } },
});

/** @throws UsageError naming what is wrong, as `requests.sum.params` */
export function checkContract(shape: ContractShape, options: ContractOptions, called: Called): void {
  checkCall(called, () => {
    checkArgument('object', 'shape', shape, 'defineContract');
    checkOptions(contractShape(), shape, 'defineContract');
    checkOptions(CONTRACT, options, 'defineContract');
  });
}

/** What {@link toAsyncApi} takes. */
export interface AsyncApiOptions {
  /** The name of the application. */
  readonly title: string;
  /** The version of its interface, as `1.0.0`. */
  readonly version: string;
  /** More about it, in Markdown. Default: none. */
  readonly description?: string | undefined;
  /** Where the server is; user, password and query are left out. Default: no server is named. */
  readonly url?: string | undefined;
  /**
   * Makes a JSON Schema of a schema: of what it takes. Default: what the schema says of itself by Standard JSON Schema, as
   * those of zod 4 and arktype do.
   *
   * @example `toJsonSchema: (schema) => toJsonSchema(schema as never, { typeMode: 'input' })` for `@valibot/to-json-schema`
   * @example `toJsonSchema: (schema) => z.toJSONSchema(schema as z.ZodType, { io: 'input', unrepresentable: 'any' })`
   */
  readonly toJsonSchema?: ((schema: object) => object) | undefined;
  /** Which language that is, as a media type. Default JSON Schema draft 07: `application/schema+json;version=draft-07`. */
  readonly schemaFormat?: string | undefined;
}

const ASYNC_API: OptionTable<AsyncApiOptions> = {
  title: 'string!',
  version: 'string!',
  description: 'string',
  url: 'string',
  toJsonSchema: 'function',
  schemaFormat: 'string',
};

/** @throws UsageError naming the option that is wrong */
export function checkAsyncApi(contract: unknown, options: AsyncApiOptions, called: Called): void {
  checkCall(called, () => {
    checkArgument(DEFINED, 'contract', contract, 'toAsyncApi');
    checkOptions(ASYNC_API, options, 'toAsyncApi');
  });
}

/** @throws UsageError for what is no contract */
export function checkDefined(contract: unknown, called: Called): void {
  checkCall(called, () => checkArgument(DEFINED, 'contract', contract, called.name));
}

const DEFINED: Rule = {
  expected: 'what defineContract() gives',
  isRight: (value) => Object(value) === value && 'shape' in Object(value),
};

/** How `json` reads. */
export interface JsonOptions {
  /**
   * `true`: binary messages of the server's are JSON too, in UTF-8, for servers that send all as binary. Default `false`:
   * they are told as `message`, as bytes.
   */
  readonly readBinary?: boolean | undefined;
  /**
   * Most bytes that a message may take in memory once it is read, by its objects, lists and members: what is more is
   * `BAD_MESSAGE`, and not parsed. Default 128 MiB, eight times the largest message: a list of numbers takes four times its
   * text, records up to eight times, `[{},{},…]` twenty times.
   */
  readonly maxParsedBytes?: number | undefined;
  /**
   * How deep objects and lists of a message may lie in each other: what is deeper is `BAD_MESSAGE`, and not parsed. For code that
   * walks what comes by recursion; the client itself does not. Default: any depth, within `maxParsedBytes`.
   */
  readonly maxDepth?: number | undefined;
  /**
   * Called with each member of what is read, innermost first, as `JSON.parse` does; what it returns takes the member's place. It
   * sees the envelope's members too. What it throws is a `BAD_MESSAGE`. Default: none.
   *
   * @example `reviver: (key, value) => (key === 'at' ? new Date(value as string) : value)`
   */
  readonly reviver?: ((key: string, value: unknown) => unknown) | undefined;
}

/** What {@link messagePack} takes. */
export interface MessagePackOptions {
  /** The library's: a value to bytes. What it throws is a `UsageError` `INVALID_DATA` of whoever sends. */
  readonly encode: (value: unknown) => Uint8Array;
  /** The library's: bytes to a value. What it throws is a `BAD_MESSAGE`. */
  readonly decode: (bytes: Uint8Array) => unknown;
  /** Most bytes that a message may take in memory once it is read: what is more is not read. Default 128 MiB. */
  readonly maxParsedBytes?: number | undefined;
  /** How deep lists and maps may lie in each other: what is deeper is not read. Default 100. */
  readonly maxDepth?: number | undefined;
}

const MESSAGE_PACK: OptionTable<MessagePackOptions> = {
  encode: 'function!',
  decode: 'function!',
  maxParsedBytes: 'number',
  maxDepth: 'number',
};

/** @throws UsageError naming the option that is wrong */
export function checkMessagePack(options: MessagePackOptions, called: Called): void {
  checkCall(called, () => checkOptions(MESSAGE_PACK, options, 'messagePack'));
}

const JSON_CODEC: OptionTable<JsonOptions> = {
  readBinary: 'boolean',
  maxParsedBytes: 'number',
  maxDepth: 'number',
  reviver: 'function',
};

/** @throws UsageError naming the option that is wrong */
export function checkJson(options: JsonOptions, called: Called): void {
  checkCall(called, () => checkOptions(JSON_CODEC, options, 'json'));
}

const NAME: Rule = {
  expected: 'a string or a function',
  isRight: (value) => typeof value === 'string' || typeof value === 'function',
};

const NAMES: OptionTable<JsonRpcSubscriptions> = { subscribe: NAME, unsubscribe: NAME, event: NAME };

const JSON_RPC: OptionTable<JsonRpcOptions> = {
  subscriptions: { options: NAMES },
  cancel: NAME,
  version: 'boolean',
  members: { expected: 'an object or a function', isRight: (value) => Object(value) === value },
  ping: 'string',
};

/** @throws UsageError naming the option that is wrong */
export function checkJsonRpc(options: JsonRpcOptions, called: Called): void {
  checkCall(called, () => checkOptions(JSON_RPC, options, 'jsonRpc'));
}

/** @throws UsageError for a codec, which belongs beside the envelope, and for anything else: it takes nothing */
export function checkRaw(given: unknown, called: Called): void {
  checkCall(called, () => {
    if (typeof (given as { encode?: unknown } | undefined)?.encode === 'function')
      throw new UsageError('INVALID_OPTION', { detail: 'codec-of-raw', owner: 'raw' });
    checkOptions({}, given ?? {}, 'raw');
  });
}

/** @throws UsageError for any option: it takes none */
export function checkRequests(given: unknown, called: Called): void {
  checkCall(called, () => checkOptions({}, given ?? {}, 'requests'));
}

/** The rules of how events wait for their reader. */
const SUBSCRIPTIONS: OptionTable<Settings<SubscriptionLimits>> = {
  maxEvents: 'count',
  maxBytes: 'number',
  overflow: ['error', 'drop-oldest'],
};

/** @throws UsageError naming the option that is wrong */
export function checkSubscriptions(limits: Settings<SubscriptionLimits>, called: Called): void {
  checkCall(called, () => checkOptions(SUBSCRIPTIONS, limits, 'subscriptions'));
}

/** What equal subscriptions share, and for how long. */
export interface SharingOptions {
  /**
   * How long a subscription stays on the wire when its last reader has left, in milliseconds; 0: until the next task. Default
   * 1,000.
   */
  readonly linger?: number | undefined;
  /**
   * `true`: whoever joins one that others read gets the newest event first, if there was one: for a stream of states, such as
   * prices. Default `false`.
   */
  readonly replayLast?: boolean | undefined;
  /** Which are shared; the others are one on the wire each. Default: all. */
  readonly shares?: ((name: string, params: unknown) => boolean) | undefined;
}

const SHARING: OptionTable<SharingOptions> = { linger: 'number', replayLast: 'boolean', shares: 'function' };

/** @throws UsageError naming the option that is wrong */
export function checkSharing(options: SharingOptions, called: Called): void {
  checkCall(called, () => checkOptions(SHARING, options, 'sharing'));
}

const IDENTITY: Rule = {
  expected: 'a string or a function',
  isRight: (value) => typeof value === 'string' || typeof value === 'function',
};

const PERSISTENT_OUTBOX: OptionTable<PersistentOutboxOptions> = { identity: IDENTITY };

const STORAGE_OUTBOX: OptionTable<StorageOutboxOptions> = {
  identity: IDENTITY,
  key: 'string!',
  locks: { methods: ['request'] },
};

/** @throws UsageError naming what is wrong */
export function checkStorageOutbox(storage: unknown, options: StorageOutboxOptions, called: Called): void {
  const methods = ['key', 'getItem', 'setItem', 'removeItem'];
  checkCall(called, () => {
    checkArgument({ methods }, 'storage', storage);
    checkOptions(STORAGE_OUTBOX, options, 'storageOutbox');
  });
}

/** @throws UsageError for what is no storage */
export function checkStorage(storage: unknown, options: PersistentOutboxOptions, called: Called): void {
  checkCall(called, () => {
    checkArgument({ methods: ['load', 'save', 'remove'] }, 'storage', storage);
    checkOptions(PERSISTENT_OUTBOX, options, 'persistentOutbox');
  });
}
