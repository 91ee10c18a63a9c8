/** JSON-RPC 2.0 (https://www.jsonrpc.org/specification). */
import {
  checkJsonRpc,
  type JsonRpcCall,
  type JsonRpcMembers,
  type JsonRpcOptions,
  type JsonRpcSubscriptions,
} from './checks.ts';
import { json } from './codec.ts';
import type {
  Classified,
  EnvelopeFactory,
  EventMessage,
  RemoteError,
  RequestKey,
  SubscriptionEnvelope,
  SubscriptionEvent,
} from './envelope.ts';
import { MAX_KEY_LENGTH } from './message-limits.ts';

export type { JsonRpcCall, JsonRpcOptions, JsonRpcSubscriptions } from './checks.ts';

/** Specification, 5.1. */
const METHOD_NOT_FOUND = -32_601;
const INTERNAL_ERROR = -32_603;

/** A message that asks, or tells where there is no id. */
type Call = (call: JsonRpcCall, id?: RequestKey) => unknown;

/** Names that begin with `rpc.` are reserved (specification, 8): no server has a method of its own by this one. */
const QUESTION = 'rpc.ping';

/**
 * The envelope of JSON-RPC 2.0: `request` sends `{ jsonrpc, id, method, params }` and resolves with `result`;
 * `notify` sends the same without `id`; the server's notifications are events by their `method`, its requests go to
 * `handle`. Batches are understood. Ids are numbers that grow for as long as the client lives, so that a late reply
 * meets no other request. A server may leave `result` out (undefined), send an id back as a text, and refuse something
 * without saying what, with an id that is null or missing: an `error` event, `SERVER_ERROR`.
 *
 * @throws UsageError `INVALID_OPTION` naming the option that is wrong
 * @example
 * ```ts
 * const client = createClient({ url: 'wss://example.com', envelope: jsonRpc() });
 * const sum = await client.request('sum', [1, 2]);
 * ```
 */
export function jsonRpc(options: JsonRpcOptions = {}): EnvelopeFactory {
  checkJsonRpc(options, jsonRpc);
  const { cancel, ping = QUESTION, version = true, members = {}, subscriptions: names = {} } = options;
  const head: JsonRpcMembers = version ? { jsonrpc: '2.0' } : {};
  const call: Call = ({ method, params }, id) => ({
    ...head,
    ...(id === undefined ? {} : { id }),
    method,
    // "params [...] MAY be omitted" (4).
    ...(params === undefined ? {} : { params }),
    ...(typeof members === 'function' ? members(method, params) : members),
  });
  const isPlain = version && options.members === undefined;
  const { event = 'subscription' } = names;
  const isEvent = typeof event === 'string' ? (method: string) => method === event : event;
  return () => {
    let lastId = 0;
    return {
      codec: json(),
      reader: () => ({
        split: (value) => (Array.isArray(value) ? value : [value]),
        classify: (message) => classify(message, isEvent, version),
      }),
      rpc: {
        allocate: () => ++lastId,
        request: (id, method, params) => {
          if (!isPlain) return call({ method, params }, id);
          // Literals whole: nearly every request is one of these.
          return params === undefined
            ? { jsonrpc: '2.0', id, method }
            : { jsonrpc: '2.0', id, method, params };
        },
        question: (id) => call({ method: ping }, id),
        notification: (method, params) => call({ method, params }),
        answers: {
          reply: (id, result) => ({ ...head, id, result: result ?? null }),
          failure: (id, error) => ({ ...head, id, error }),
          unknownMethod: (method) => ({ code: METHOD_NOT_FOUND, message: `Method not found: ${method}` }),
          internalError: () => ({ code: INTERNAL_ERROR, message: 'Internal error' }),
        },
        subscriptions: subscriptionsOf(names, call),
        cancel: (id) =>
          cancel && call(typeof cancel === 'function' ? cancel(id) : { method: cancel, params: { id } }),
        numberAbove: (key) => {
          lastId = Math.max(lastId, key);
        },
      },
    };
  };
}

function subscriptionsOf(names: JsonRpcSubscriptions, call: Call): SubscriptionEnvelope {
  const { subscribe = 'subscribe', unsubscribe = 'unsubscribe' } = names;
  return {
    confirms: true,
    subscribe: (key, name, params) =>
      call(
        typeof subscribe === 'function'
          ? subscribe(name, params)
          : { method: subscribe, params: params === undefined ? [name] : [name, params] },
        key,
      ),
    adopt: (result) => {
      const id = isKey(result) ? result : (result as { subscription?: unknown } | null)?.subscription;
      return isKey(id) ? id : undefined;
    },
    unsubscribe: (key, id, name) =>
      call(
        typeof unsubscribe === 'function' ? unsubscribe(id, name) : { method: unsubscribe, params: [id] },
        key,
      ),
  };
}

/** What a notification brings to a subscription; undefined if it is none of that kind. */
function subscriptionEvent(params: unknown): SubscriptionEvent | undefined {
  if (typeof params !== 'object' || params === null) return undefined;
  const { subscription, result, error, end } = params as Record<string, unknown>;
  if (!isKey(subscription)) return undefined;
  const ended = isGiven(error) ? remoteError(error) : end === true || undefined;
  return { key: subscription, payload: result, end: ended };
}

/** @param version - the server says `jsonrpc`; if not, whatever has an id is its answer */
function classify(message: unknown, isEvent: (method: string) => boolean, version: boolean): Classified {
  if (typeof message !== 'object' || message === null) return { kind: 'message' };
  // A field that a message lacks takes longer to look for than one that it has.
  const { id, method } = message as Record<string, unknown>;
  if (typeof method === 'string') {
    const { params } = message as Record<string, unknown>;
    if (isKey(id)) return { kind: 'request', key: id, method, params };
    const event: EventMessage = { kind: 'event', name: method, payload: params };
    const subscription = isEvent(method) ? subscriptionEvent(params) : undefined;
    return subscription === undefined ? event : { ...event, subscription };
  }
  const { result, error } = message as Record<string, unknown>;
  if (!isKey(id)) {
    // 5: "If there was an error in detecting the id in the Request object [...], it MUST be Null."
    const isError = isGiven(error) && (id === null || id === undefined) && isNothingElse(message, error);
    return isError ? { kind: 'error', error: remoteError(error) } : { kind: 'message' };
  }
  const key = typeof id === 'string' && OWN_ID.test(id) ? Number(id) : id;
  if (isGiven(error)) return { kind: 'failure', key, error: remoteError(error) };
  if ('result' in message) return { kind: 'reply', key, result };
  // Servers that leave null out leave the result out.
  return !version || 'jsonrpc' in message || 'error' in message || Object.keys(message).length === 1
    ? { kind: 'reply', key, result: undefined }
    : { kind: 'message' };
}

/** An id of ours, which some servers send back as a text. */
const OWN_ID = /^[1-9]\d{0,15}$/;

/** Whether a message can be nothing else than an error of JSON-RPC: servers of other protocols have a member `error` too. */
function isNothingElse(message: object, error: unknown): boolean {
  return (
    'jsonrpc' in message ||
    (typeof error === 'object' && 'message' in (error as object) && !('type' in message))
  );
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function isKey(id: unknown): id is RequestKey {
  return typeof id === 'number' || (typeof id === 'string' && id.length <= MAX_KEY_LENGTH);
}

/** A server may put anything here. */
function remoteError(error: unknown): RemoteError {
  if (typeof error !== 'object' || error === null) return { message: String(error) };
  const { code, message, data } = error as Record<string, unknown>;
  return {
    code: typeof code === 'number' || typeof code === 'string' ? code : undefined,
    message: typeof message === 'string' ? message : 'no message',
    data,
  };
}
