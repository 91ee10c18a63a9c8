import type { LookupFunction } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ConnectionOptions } from 'node:tls';

/**
 * The `tls` options: those of Node's `tls.connect` that concern certificates, keys, names and versions, with Node's
 * meaning and defaults, except: TLS 1.2 at least, the certificate is always checked unless `rejectUnauthorized: false`
 * stands here, and `http/1.1` is the one application protocol (ALPN) offered.
 *
 * @example
 * ```ts
 * await connect('wss://internal.example.com/', { tls: { ca: readFileSync('authority.pem') } });
 * ```
 */
export type TlsOptions = Omit<
  ConnectionOptions,
  | 'host'
  | 'port'
  | 'path'
  | 'socket'
  | 'lookup'
  | 'timeout'
  | 'session'
  | 'allowHalfOpen'
  | 'requestCert'
  | 'isServer'
  | 'onread'
>;

/** What a {@link CreateConnection} is asked for. The fields are those that Node's agents know. */
export interface ConnectionRequest {
  /** The host name or IP address of the URL, IPv6 without brackets. */
  readonly host: string;
  /** The port of the URL: 80 or 443 unless given. */
  readonly port: number;
  /** Whether the URL says `wss:`. TLS is added to the stream, unless it is a `TLSSocket` already. */
  readonly secureEndpoint: boolean;
  /** The name for TLS; an empty string for an IP address. */
  readonly servername: string;
}

/**
 * Makes the stream that a connection runs over: returned, promised or handed to `callback`, as the `createConnection`
 * of Node's `http.Agent` does. A socket that is still connecting is waited for.
 */
export type CreateConnection = (
  request: ConnectionRequest,
  callback: (error: Error | null, stream?: Duplex) => void,
) => Duplex | Promise<Duplex> | null | undefined;

/** A proxy with everything that its URL cannot say. */
export interface ProxyOptions {
  /** `http:`, `https:`, `socks5:` (names are looked up here) or `socks5h:` (by the proxy), with user and password. */
  readonly url: string | URL;
  /** Header fields for the CONNECT request. Not for SOCKS. Default none. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** For the connection to an `https:` proxy; the `tls` beside `proxy` is for the server. */
  readonly tls?: TlsOptions | undefined;
}

/** How to reach the server. */
export interface DialOptions {
  /**
   * Certificates, keys and versions for `wss:`. Default: the certificate must be valid for the host and signed by an
   * authority that Node knows, whatever NODE_TLS_REJECT_UNAUTHORIZED says.
   *
   * @example `tls: { ca, cert, key, servername: 'internal.example.com' }`
   */
  readonly tls?: TlsOptions | undefined;
  /**
   * The way through a proxy. Default: none, also where the environment names one; `'environment'` takes it from
   * HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY.
   *
   * @example `proxy: 'http://user:password@proxy.example.com:3128'`
   */
  readonly proxy?: string | URL | ProxyOptions | undefined;
  /**
   * Makes the stream in place of `net.connect`: a tunnel of your own, or the one of an agent. Not together with
   * `proxy`. Default: none.
   *
   * @example `createConnection: ({ host, port }) => net.connect({ host, port, localPort: 4000 })`
   */
  readonly createConnection?: CreateConnection | undefined;
  /**
   * Looks a host name up in place of `dns.lookup`.
   *
   * @example `lookup: (name, options, callback) => dns.lookup(name, { ...options, hints: dns.ADDRCONFIG }, callback)`
   */
  readonly lookup?: LookupFunction | undefined;
  /**
   * Only addresses of this IP version. Default: both.
   *
   * @example `family: 4`
   */
  readonly family?: 4 | 6 | undefined;
  /**
   * Whether to try IPv6 and IPv4 addresses in turn (RFC 8305). Default: as Node does, true.
   *
   * @example `autoSelectFamily: false`
   */
  readonly autoSelectFamily?: boolean | undefined;
  /**
   * Milliseconds before the next address is tried. Default: as Node does, 250.
   *
   * @example `autoSelectFamilyAttemptTimeout: 500`
   */
  readonly autoSelectFamilyAttemptTimeout?: number | undefined;
  /**
   * The address of this machine to connect from. Default: the system chooses.
   *
   * @example `localAddress: '192.0.2.7'`
   */
  readonly localAddress?: string | undefined;
  /**
   * How many connections of one factory may be connecting to the same address and port at the same time; further ones
   * wait for their turn. Default 1, as RFC 6455, 4.1 demands; `Infinity` switches it off.
   *
   * @example `connectsPerHost: 16`
   */
  readonly connectsPerHost?: number | undefined;
}
