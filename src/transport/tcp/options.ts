/** The options of the TCP transport. Types alone, and none of Node's: `createClient` and `connect` take them everywhere. */
import type { ReceiveBuffer } from '../../protocol/ports.ts';
import type { CookieJar } from './cookie-jar.ts';
import type { CompressionOptions } from './deflate/options.ts';
import type { DialOptions } from './dialling/options.ts';

/** Header fields: an object, or pairs where order or repetition matters: a list, a `Headers`, a `Map`. */
export type HeaderInput = Readonly<Record<string, string>> | Iterable<readonly [name: string, value: string]>;

/**
 * A value, or a function that is asked for it before every attempt, and gives it now or as a promise: for what expires or
 * is rotated.
 */
export type Asked<T> = T | (() => T | PromiseLike<T>);

/**
 * What `tcpTransport` takes. `headers`, `tls` and `proxy` may be functions, which are asked before every attempt, all at
 * once, and may return promises; the time that they take counts as that of the handshake. What they throw or reject with is
 * the cause of an attempt that failed (`CONNECT`), and is tried again; an `AuthError` ends a client as a refused login does,
 * and a wrong value as a wrong option does.
 */
export interface TcpOptions extends Omit<TcpSettings, 'headers' | 'tls' | 'proxy'> {
  /** Header fields for every handshake; see {@link TcpSettings.headers}. */
  readonly headers?: Asked<TcpSettings['headers']>;
  /**
   * Options for TLS; see {@link DialOptions.tls}.
   *
   * @example `tls: async () => ({ cert: await readFile('client.pem'), key: await readFile('client.key') })`
   */
  readonly tls?: Asked<TcpSettings['tls']>;
  /** The proxy to go through; see {@link DialOptions.proxy}. */
  readonly proxy?: Asked<TcpSettings['proxy']>;
}

/** The options of one attempt, when the functions among them have been asked. */
export interface TcpSettings extends DialOptions {
  /**
   * Header fields for every handshake. Default none. Fields of a single connection replace those of the same name.
   * The handshake's own (Host, Upgrade, Connection, Sec-WebSocket-*) cannot be set.
   *
   * @example `headers: { Authorization: 'Bearer …' }`
   */
  readonly headers?: HeaderInput | undefined;
  /**
   * Where cookies are kept: those that the answer to a handshake sets are sent with the next. `cookieJar()` of `holdline/node`, or
   * a `CookieJar` of `tough-cookie`. A header `Cookie` of yours takes the place of them. Default: none are kept. A browser keeps
   * cookies by itself, and needs no option.
   *
   * @example `cookies: cookieJar()`
   */
  readonly cookies?: CookieJar | undefined;
  /**
   * The Origin header (RFC 6455, 10.2), which some servers demand. Default: not sent.
   *
   * @example `origin: 'https://app.example.com'`
   */
  readonly origin?: string | undefined;
  /**
   * How many redirects to follow, one after the other. Default 0: a redirect is a `HANDSHAKE_REDIRECT`. Never followed:
   * from `wss:` to `ws:`; to another origin where several subprotocols are offered, or an authenticator offers one, since
   * one of these may be a token. To another origin go neither `headers`, nor user and password, nor client certificates.
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
  /**
   * Most payload bytes of one frame that leaves: a longer message is cut into fragments (RFC 6455, 5.4). For gateways that
   * end connections over frames of more than 32 or 128 KiB. Default: a message is one frame.
   *
   * @throws UsageError `INVALID_OPTION` for less than 1
   * @example `maxFrameBytes: 32 * 1024`
   */
  readonly maxFrameBytes?: number | undefined;
}
