/** What the envelopes of `holdline/envelopes` refuse before anything is begun. */
import { checkCall, checkOptions, need } from '../base/checks.ts';
import type { Called, OptionTable, Rule } from '../base/need.ts';
import type { RemoteError } from '../messaging/envelope.ts';
import type { Asked } from './shapes.ts';

/** The events by which a server of Socket.IO is asked for others: the protocol itself knows no subscriptions. */
export interface SocketIoSubscriptions {
  /** The event that subscribes, with name and params as its arguments. The server acknowledges it. Default `subscribe`. */
  readonly subscribe?: string | undefined;
  /** The event that unsubscribes, with the name. Default `unsubscribe`. */
  readonly unsubscribe?: string | undefined;
}

/** What `socketIo` can be told. */
export interface SocketIoOptions {
  /**
   * The namespaces to join, each beginning with `/`. Messages go to the first, unless their `meta` names another; subscriptions
   * always do. Default `['/']`.
   */
  readonly namespaces?: readonly string[] | undefined;
  /** What the server gets as `socket.handshake.auth`, or a function that is asked for it on every connection. Default: nothing. */
  readonly auth?: Asked<object | undefined, [namespace: string]> | undefined;
  /** The path that is dialled where the address has none. Default `/socket.io/`. */
  readonly path?: string | undefined;
  /**
   * Whether a refusal (`connect_error`) is final: the client renews its credentials once, or stops with an `AuthError`. Otherwise
   * the attempt has failed, and another follows. Default: every refusal is.
   */
  readonly isFinal?: ((error: RemoteError, namespace: string) => boolean) | undefined;
  /** The events that belong to `client.subscribe`. */
  readonly subscriptions?: SocketIoSubscriptions | undefined;
  /** Most binary attachments of one packet that comes. More: `BAD_MESSAGE`. Default 100. */
  readonly maxAttachments?: number | undefined;
  /** Most bytes of all attachments of one packet that comes together. More: `BAD_MESSAGE`. Default 16 MiB. */
  readonly maxAttachedBytes?: number | undefined;
}

const NAMESPACES: Rule = {
  expected: 'a list of namespaces such as "/" or "/chat"',
  isRight: (value) =>
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((one) => typeof one === 'string' && /^\/[^,]*$/.test(one)),
};

const OBJECT_OR_FUNCTION: Rule = {
  expected: 'an object or a function',
  isRight: (value) => Object(value) === value,
};

const SUBSCRIPTIONS_OF_SOCKET_IO: OptionTable<SocketIoSubscriptions> = {
  subscribe: 'string',
  unsubscribe: 'string',
};

const SOCKET_IO: OptionTable<SocketIoOptions> = {
  namespaces: NAMESPACES,
  auth: OBJECT_OR_FUNCTION,
  path: 'string',
  isFinal: 'function',
  subscriptions: { options: SUBSCRIPTIONS_OF_SOCKET_IO },
  maxAttachments: 'whole',
  maxAttachedBytes: 'whole',
};

/** @throws UsageError naming the option that is wrong */
export function checkSocketIo(options: SocketIoOptions, called: Called): void {
  checkCall(called, () => checkOptions(SOCKET_IO, options, 'socketIo'));
}

/** @throws UsageError for a `meta` that names none of the namespaces that were joined */
export function checkNamespace(namespace: unknown, joined: readonly string[]): void {
  need((joined as readonly unknown[]).includes(namespace), 'meta', `one of ${joined.join(', ')}`, namespace);
}
