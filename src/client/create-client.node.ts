/** `createClient` and `connect` over raw TCP, for Node, Bun and Deno. */
import { plainLogin } from '../auth/plain-login.ts';
import { only } from '../base/need.ts';
import { pageEvents } from '../connection/environment.browser.ts';
import { jsonRpc } from '../messaging/json-rpc.ts';
import { raw } from '../messaging/raw.ts';
import { subscriptions } from '../messaging/subscriptions.ts';
import { secrets, withoutSecrets } from '../transport/secrets.ts';
import { parseDialTarget } from '../transport/tcp/dialling/unix-url.ts';
import { TCP_OPTIONS } from '../transport/tcp/option-names.ts';
import { tcpTransport } from '../transport/tcp/tcp-transport.ts';
import { attended } from './attendance.ts';
import { checkNodeOptions } from './checks.ts';
import type { Client, ClientWith } from './client.ts';
import type { Contract } from './contract.ts';
import type { AnyPlugin } from './core.ts';
import { keepSecure } from './keep-secure.ts';
import { lastAnswers } from './last-answers.ts';
import { makeClient } from './make-client.ts';
import type { ClientOptions, ConnectOptions, Platform, SlimClientOptions, WithContract } from './options.ts';
import { printedClient, printedSocket } from './printed.ts';
import { ProcessHold } from './process-hold.ts';
import { type OwnPlugins, resolveOptions } from './resolve-options.ts';
import { openSocket } from './short-connection.ts';
import type { Socket } from './socket.ts';

const PLATFORM: Platform = {
  makeTransport: (options) => tcpTransport(only(TCP_OPTIONS, options)),
  hold({ transport, clock }, options) {
    const hold = new ProcessHold();
    const secure = options.allowInsecure === true ? transport : keepSecure(transport, options);
    return { hold, transport: hold.transport(secure), clock: hold.clock(clock) };
  },
  attend(transport, inbox, { pacing, heartbeat = pacing === undefined }) {
    const beats = typeof heartbeat === 'boolean' ? (heartbeat ? {} : undefined) : heartbeat;
    return attended(withoutSecrets(transport), inbox, beats);
  },
  secrets,
  checkUrl: parseDialTarget,
  checkOptions: checkNodeOptions,
};

const ownPlugins: OwnPlugins = ({ environment }) => [
  subscriptions(),
  lastAnswers(),
  plainLogin(),
  ...(environment === undefined || environment === false ? [] : [pageEvents(environment)]),
];

/**
 * Makes a client: a long connection that connects, logs in, stays alive and settles every message exactly once.
 * Nothing happens until `connect()`, `ready()` or the first message. Headers, TLS, proxies and the like are options too.
 *
 * @typeParam C - what client and server have agreed on; see {@link Contract}
 * @throws UsageError naming the option that is wrong
 * @example
 * ```ts
 * const client = createClient({ url: 'wss://example.com/socket', headers: { 'X-Team': 'blue' } });
 * client.on('state', ({ current }) => console.log(current.status));
 * const sum = await client.request('sum', [1, 2]);
 * ```
 */
export function createClient<C extends Contract>(options: ClientOptions & WithContract<C>): Client<C>;
export function createClient<C extends Contract = Contract>(options: ClientOptions): Client<C>;
export function createClient(options: ClientOptions): unknown {
  const client = makeClient(createClient, () => resolveOptions(options, PLATFORM, jsonRpc(), ownPlugins));
  return printedClient(client as Client, options.url);
}

/**
 * As {@link createClient}, with plain messages (`raw()`) unless another envelope is given, and no plugins but those in
 * `use`: `requests()`, `subscriptions()`. Made for pages, where bytes count; here it is the same client with less.
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
  const client = makeClient(createSlimClient, () => resolveOptions(options, PLATFORM, raw()));
  return printedClient(client as Client, options.url);
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
export function connect(url: string | URL, options: ConnectOptions = {}): Promise<Socket> {
  return openSocket(connect, url, options, PLATFORM).then((socket) => printedSocket(socket, url));
}
