/** What envelopes, journals and the plugins of messages refuse before anything is begun. */
import { checkArgument, checkCall, checkOptions } from '../base/checks.ts';
import { UsageError } from '../base/errors.ts';
import type { Called, OptionTable, Rule, Settings } from '../base/need.ts';
import type { RequestKey } from './envelope.ts';
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

/** How `storageOutbox` keeps messages. */
export interface StorageOutboxOptions {
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
  readonly unsubscribe?: string | ((id: RequestKey, name: string) => JsonRpcCall) | undefined;
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
  readonly cancel?: string | ((id: RequestKey) => JsonRpcCall) | undefined;
  /**
   * The method that the heartbeat calls where the transport has no pings, in a browser: any answer is a sign of life, that
   * there is no such method, too. Default `rpc.ping`.
   */
  readonly ping?: string | undefined;
}

const NAME: Rule = {
  expected: 'a string or a function',
  isRight: (value) => typeof value === 'string' || typeof value === 'function',
};

const NAMES: OptionTable<JsonRpcSubscriptions> = { subscribe: NAME, unsubscribe: NAME, event: NAME };

const JSON_RPC: OptionTable<JsonRpcOptions> = {
  subscriptions: { options: NAMES },
  cancel: NAME,
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
  overflow: ['error', 'drop-oldest'],
};

/** @throws UsageError naming the option that is wrong */
export function checkSubscriptions(limits: Settings<SubscriptionLimits>, called: Called): void {
  checkCall(called, () => checkOptions(SUBSCRIPTIONS, limits, 'subscriptions'));
}

const STORAGE_OUTBOX: OptionTable<StorageOutboxOptions> = {
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
export function checkStorage(storage: unknown, called: Called): void {
  checkCall(called, () => checkArgument({ methods: ['load', 'save', 'remove'] }, 'storage', storage));
}
