/** `createClient` and `connect` over the platform's WebSocket. */
import { pageEvents } from '../connection/environment.browser.ts';
import { jsonRpc } from '../messaging/json-rpc.ts';
import { raw } from '../messaging/raw.ts';
import { subscriptions } from '../messaging/subscriptions.ts';
import { nativeTransport } from '../transport/native/native-transport.ts';
import { pageBase, resolveUrl } from '../transport/native/page-url.ts';
import { checkBrowserOptions, checkBrowserUrl } from './checks.ts';
import type { Client, ClientWith } from './client.ts';
import type { Contract } from './contract.ts';
import type { AnyPlugin } from './core.ts';
import { makeClient } from './make-client.ts';
import type { ClientOptions, ConnectOptions, Platform, SlimClientOptions, WithContract } from './options.ts';
import { type OwnPlugins, resolveOptions } from './resolve-options.ts';
import { openSocket } from './short-connection.ts';
import type { Socket } from './socket.ts';

const PLATFORM: Platform = {
  makeTransport: () => nativeTransport(),
  checkUrl: (url) => checkBrowserUrl(url, pageBase()),
  resolveUrl,
  checkOptions: checkBrowserOptions,
};

const ownPlugins: OwnPlugins = ({ environment }) => [
  subscriptions(),
  ...(environment === false ? [] : [pageEvents(environment)]),
];

/**
 * Makes a client: a long connection that connects, logs in, stays alive and settles every message exactly once.
 * Nothing happens until `connect()`, `ready()` or the first message.
 *
 * @typeParam C - what client and server have agreed on; see {@link Contract}
 * @throws UsageError naming the option that is wrong
 * @example
 * ```ts
 * const client = createClient({ url: 'wss://example.com/socket' });
 * client.on('state', ({ current }) => console.log(current.status));
 * const sum = await client.request('sum', [1, 2]);
 * ```
 */
export function createClient<C extends Contract>(options: ClientOptions & WithContract<C>): Client<C>;
export function createClient<C extends Contract = Contract>(options: ClientOptions): Client<C>;
export function createClient(options: ClientOptions): unknown {
  return makeClient(createClient, () => resolveOptions(options, PLATFORM, jsonRpc(), ownPlugins));
}

/**
 * As {@link createClient}, without what not every page needs: plain messages (`raw()`) unless another envelope is given, and
 * no plugins but those in `use`: `requests()`, `subscriptions()`, `pageEvents()`.
 *
 * @throws UsageError naming the option that is wrong
 * @example
 * ```ts
 * const plain = createSlimClient({ url: 'wss://example.com/socket' });
 * const asking = createSlimClient({ url: 'wss://example.com/socket', envelope: jsonRpc(), use: [requests()] });
 * ```
 */
export function createSlimClient<C extends Contract, const Use extends readonly AnyPlugin[] = readonly []>(
  options: SlimClientOptions<Use> & WithContract<C>,
): ClientWith<Use, C>;
export function createSlimClient<const Use extends readonly AnyPlugin[] = readonly []>(
  options: SlimClientOptions<Use>,
): ClientWith<Use>;
export function createSlimClient<C extends Contract>(options: SlimClientOptions): Client<C>;
export function createSlimClient(options: SlimClientOptions): unknown {
  return makeClient(createSlimClient, () => resolveOptions(options, PLATFORM, raw()));
}

/**
 * Opens a short connection: connect, ask, close. Nothing is reconnected.
 *
 * @returns the open socket
 * @throws HandshakeError if it could not be opened; UsageError for a wrong URL, subprotocol or option; the signal's
 * reason if aborted
 * @example
 * ```ts
 * const socket = await connect('wss://example.com/echo');
 * socket.send('Hello');
 * console.log(await socket.receive());
 * await socket.close();
 * ```
 */
export function connect(url: string | URL, options: ConnectOptions = {}): Promise<Socket> {
  return openSocket(connect, url, options, PLATFORM);
}
