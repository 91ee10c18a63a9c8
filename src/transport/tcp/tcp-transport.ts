import { checkSubprotocols } from '../../protocol/subprotocol.ts';
import { parseTarget } from '../../protocol/url.ts';
import type { TransportFactory, TransportRequest } from '../transport.ts';
import { type ConnectionPlan, TcpConnection } from './connection.ts';
import type { DialOptions } from './dial.ts';
import { TransportMemory } from './memory.ts';
import { type HeaderInput, requestHeaders } from './request-headers.ts';

/** What {@link tcpTransport} takes. */
export interface TcpOptions extends DialOptions {
  /**
   * Header fields for every handshake. Default none. Fields of a single connection replace those of the same name.
   * The handshake's own (Host, Upgrade, Connection, Sec-WebSocket-*) cannot be set.
   */
  readonly headers?: HeaderInput | undefined;
  /** The Origin header (RFC 6455, 10.2), which some servers demand. Default: not sent. */
  readonly origin?: string | undefined;
}

/**
 * The transport over raw TCP and TLS, for Node, Bun and Deno: RFC 6455 spoken by holdline itself. It can send headers
 * and pings, stops the server when the reader is slow, and says why a handshake failed.
 *
 * Connections of one factory share memory; make one factory and use it for all of them.
 *
 * @example
 * ```ts
 * const client = createClient({
 *   url: 'wss://example.com',
 *   transport: tcpTransport({ headers: { Authorization: `Bearer ${token}` }, tls: { ca } }),
 * });
 * ```
 */
export function tcpTransport(options: TcpOptions = {}): TransportFactory {
  const memory = new TransportMemory();
  return (request, sink) => new TcpConnection(planConnection(request, options), memory, sink);
}

/**
 * Checks what a connection is asked for and puts it together.
 *
 * @throws UsageError `INVALID_URL`, `INVALID_SUBPROTOCOL` or `INVALID_HEADER`
 */
export function planConnection(request: TransportRequest, options: TcpOptions): ConnectionPlan {
  const target = parseTarget(request.url);
  const { protocols } = request;
  checkSubprotocols(protocols);
  const { origin, headers: common } = options;
  const headers = requestHeaders({ target, origin, common, own: request.headers });
  return { request, handshake: { target, protocols, headers }, dial: options };
}
