/** `createClient` and `connect` over raw TCP, for Node, Bun and Deno. */
import { NO_ENVIRONMENT } from '../connection/environment.ts';
import { parseDialTarget } from '../transport/tcp/dialling/unix-url.ts';
import { type TcpOptions, tcpTransport } from '../transport/tcp/tcp-transport.ts';
import type { Client } from './client.ts';
import { type ConnectOptions, openSocket } from './connect.ts';
import type { Contract } from './contract.ts';
import { HoldlineClient } from './holdline-client.ts';
import { checkClientKeys, checkConnectKeys } from './known-options.ts';
import { type ClientOptions, resolveOptions } from './options.ts';
import type { Socket } from './socket.ts';
import { withParts } from './with-parts.ts';

/** The options of `connect` in Node: those of every platform, and those of the TCP transport. */
export interface NodeConnectOptions extends ConnectOptions, TcpOptions {}

/**
 * Makes a client: a long connection that connects, logs in, stays alive and settles every message exactly once.
 * Nothing happens until `connect()`, `ready()` or the first message. Headers, TLS and the like are options of the
 * transport: `transport: tcpTransport({ headers })` of `holdline/node`.
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
export function createClient<C extends Contract = Contract>(options: ClientOptions): Client<C> {
  return createSlimClient(withParts(options));
}

/**
 * As {@link createClient}, without `requests()`, `subscriptions()` and `handover()` unless they are passed in, and with `raw()`
 * for its default envelope. Made for pages, where bytes count; here it is the same client with less.
 *
 * @throws UsageError naming the option that is wrong
 * @example
 * ```ts
 * const plain = createSlimClient({ url: 'wss://example.com/socket' });
 * const asking = createSlimClient({ url: 'wss://example.com/socket', envelope: jsonRpc(), requests: requests() });
 * ```
 */
export function createSlimClient<C extends Contract = Contract>(options: ClientOptions): Client<C> {
  checkClientKeys(options);
  return new HoldlineClient(
    resolveOptions(options, tcpTransport(), NO_ENVIRONMENT, parseDialTarget),
  ) as unknown as Client<C>;
}

/**
 * Opens a short connection: connect, ask, close. Nothing is reconnected.
 *
 * @returns the open socket
 * @throws HandshakeError if it could not be opened; UsageError for a wrong URL, subprotocol, header or option; the
 * signal's reason if aborted
 * @example
 * ```ts
 * const socket = await connect('wss://example.com/echo', { headers: { 'X-Team': 'blue' } });
 * socket.send('Hello');
 * console.log(await socket.receive());
 * await socket.close();
 * ```
 */
export async function connect(url: string | URL, options: NodeConnectOptions = {}): Promise<Socket> {
  checkConnectKeys(options);
  return openSocket(url, options, tcpTransport(options));
}
