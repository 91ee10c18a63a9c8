import { UsageError } from '../../base/errors.ts';
import type { ReceiveBuffer } from '../../protocol/ports.ts';
import { checkSubprotocols } from '../../protocol/subprotocol.ts';
import type { WebSocketTarget } from '../../protocol/url.ts';
import type { TransportFactory, TransportRequest } from '../transport.ts';
import { TcpConnection } from './connection.ts';
import type { ConnectionPlan } from './connection-plan.ts';
import { type CompressionOptions, compressionSettings } from './deflate/compression.ts';
import { checkDialOptions, proxyFor } from './dialling/check-dial-options.ts';
import type { DialOptions } from './dialling/options.ts';
import { DialPool } from './dialling/pool.ts';
import { type RefusedRedirect, resolveRedirect, tlsElsewhere } from './dialling/redirect.ts';
import { TransportMemory } from './memory/memory.ts';
import { type HeaderInput, requestHeaders } from './request-headers.ts';

/** What {@link tcpTransport} takes. */
export interface TcpOptions extends DialOptions {
  /**
   * Header fields for every handshake. Default none. Fields of a single connection replace those of the same name.
   * The handshake's own (Host, Upgrade, Connection, Sec-WebSocket-*) cannot be set.
   *
   * @example `headers: { Authorization: 'Bearer …' }`
   */
  readonly headers?: HeaderInput | undefined;
  /**
   * The Origin header (RFC 6455, 10.2), which some servers demand. Default: not sent.
   *
   * @example `origin: 'https://app.example.com'`
   */
  readonly origin?: string | undefined;
  /**
   * How many redirects to follow, one after the other. Default 0: a redirect is a `HANDSHAKE_REDIRECT`. Never followed:
   * from `wss:` to `ws:`. To another origin go neither `headers`, nor user and password, nor client certificates; the
   * subprotocols do, so do not allow redirects where one of them is a token.
   *
   * @example `redirects: 3`
   */
  readonly redirects?: number | undefined;
  /**
   * permessage-deflate (RFC 7692). Default `true`: offered as browsers do, and used if the server agrees. `false` does not
   * offer it.
   *
   * @example `compression: { threshold: 256 }`
   */
  readonly compression?: boolean | CompressionOptions | undefined;
  /**
   * Memory of yours that large binary messages are read into, straight from the socket: fetching fresh memory is most of
   * what such a message costs. Called with the length of each binary message that comes in one frame and not compressed,
   * within `limits.maxMessageBytes`, as soon as its header is here. Return a `Uint8Array` of at least that length, and the
   * message delivered is the beginning of it, exactly `length` bytes; or `undefined`, and the message gets memory of its
   * own. Default: every message gets memory of its own.
   *
   * From the call until the message is delivered, or the connection has ended, the memory is the connection's: do not read,
   * write, transfer or resize it, nor return it for another connection. If the connection ends in between, what it holds
   * is part of a message, or nothing. Anything else than the above ends the connection (`INVALID_OPTION`, as `cause`).
   *
   * @example `receiveBuffer: (length) => (length > 65_536 ? frame.subarray(0, length) : undefined)`
   */
  readonly receiveBuffer?: ReceiveBuffer | undefined;
}

/**
 * The transport over raw TCP and TLS, for Node, Bun and Deno: RFC 6455 spoken by holdline itself. It can send headers
 * and pings, go through proxies, stops the server when the reader is slow, and says why a handshake failed.
 *
 * Connections of one factory share memory and TLS sessions, and take turns in connecting to the same host; make one
 * factory and use it for all of them.
 *
 * @throws UsageError `INVALID_OPTION` or `INVALID_HEADER` naming the option that is wrong
 * @example
 * ```ts
 * const client = createClient({
 *   url: 'wss://example.com',
 *   transport: tcpTransport({ headers: { Authorization: `Bearer ${token}` }, tls: { ca } }),
 * });
 * ```
 */
export function tcpTransport(options: TcpOptions = {}): TransportFactory {
  checkTcpOptions(options);
  const memory = new TransportMemory();
  const pool = new DialPool();
  return (request, sink) => new TcpConnection(planConnection(request, options, pool), memory, sink);
}

/**
 * Checks what a connection is asked for and puts it together. Connections that know of each other share a `pool`.
 *
 * @throws UsageError `INVALID_URL`, `INVALID_SUBPROTOCOL`, `INVALID_HEADER` or `INVALID_OPTION`
 */
export function planConnection(
  request: TransportRequest,
  options: TcpOptions,
  pool: DialPool = new DialPool(),
): ConnectionPlan {
  checkTcpOptions(options);
  return planFrom({ request, options, pool, followed: 0 });
}

/** What a plan is made from: for the first server, and for each that a redirect leads to. */
interface Ask {
  readonly request: TransportRequest;
  readonly options: TcpOptions;
  readonly pool: DialPool;
  /** Redirects that were followed so far. */
  readonly followed: number;
}

function planFrom(ask: Ask): ConnectionPlan {
  const { request, options, pool } = ask;
  const target = pool.target(request.url);
  const { protocols } = request;
  checkSubprotocols(protocols);
  const { origin, headers: common, redirects = 0 } = options;
  const headers = requestHeaders({ target, origin, common, own: request.headers });
  return {
    request,
    handshake: { target, protocols, headers },
    dial: { target, options, proxy: proxyFor(target, options), pool },
    compression: compressionSettings(options.compression),
    receiveBuffer: options.receiveBuffer,
    follow: redirects === 0 ? undefined : (location) => planRedirect(ask, target, location),
  };
}

/** The plan for where `location` leads, or why it is not followed. */
function planRedirect(ask: Ask, from: WebSocketTarget, location: string): ConnectionPlan | RefusedRedirect {
  const { request, options, pool } = ask;
  const followed = ask.followed + 1;
  if (followed > (options.redirects ?? 0)) return { detail: 'too-many', redirects: ask.followed };
  const redirect = resolveRedirect(from, location);
  if ('detail' in redirect) return redirect;
  const { url, sameOrigin } = redirect;
  if (sameOrigin) return planFrom({ request: { ...request, url }, options, pool, followed });
  // Nothing of ours goes along to another origin.
  const bare = { ...options, headers: undefined, tls: tlsElsewhere(options.tls) };
  return planFrom({ request: { ...request, url, headers: [] }, options: bare, pool, followed });
}

function checkTcpOptions(options: TcpOptions): void {
  checkDialOptions(options);
  compressionSettings(options.compression);
  const { redirects, receiveBuffer } = options;
  if (receiveBuffer !== undefined && typeof receiveBuffer !== 'function') {
    throw new UsageError('INVALID_OPTION', { option: 'receiveBuffer', expected: 'a function' });
  }
  if (redirects === undefined || (Number.isInteger(redirects) && redirects >= 0)) return;
  throw new UsageError('INVALID_OPTION', { option: 'redirects', expected: 'a whole number, 0 or more' });
}
