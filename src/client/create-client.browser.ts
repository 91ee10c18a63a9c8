/** `createClient` and `connect` over the platform's WebSocket. */
import { browserEnvironment } from '../connection/environment.browser.ts';
import { nativeTransport } from '../transport/native/native-transport.ts';
import type { Client } from './client.ts';
import { type ConnectOptions, openSocket } from './connect.ts';
import type { Contract } from './contract.ts';
import { HoldlineClient } from './holdline-client.ts';
import { type ClientOptions, resolveOptions } from './options.ts';
import type { Socket } from './socket.ts';
import { withParts } from './with-parts.ts';

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
export function createClient<C extends Contract = Contract>(options: ClientOptions): Client<C> {
  return createSlimClient(withParts(options));
}

/**
 * As {@link createClient}, without the parts that not every page needs: plain messages (`raw()`) unless another envelope is
 * given, and a bundle carries `requests()`, `subscriptions()` and `handover()` only if they are passed in. Some 6 kB less,
 * minified and gzipped.
 *
 * @throws UsageError naming the option that is wrong
 * @example
 * ```ts
 * const plain = createSlimClient({ url: 'wss://example.com/socket' });
 * const asking = createSlimClient({ url: 'wss://example.com/socket', envelope: jsonRpc(), requests: requests() });
 * ```
 */
export function createSlimClient<C extends Contract = Contract>(options: ClientOptions): Client<C> {
  return new HoldlineClient(
    resolveOptions(options, nativeTransport(), browserEnvironment()),
  ) as unknown as Client<C>;
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
  return openSocket(url, options, nativeTransport());
}
