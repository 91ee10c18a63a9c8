import type { ConnectionOptions, TLSSocket } from 'node:tls';
import type { Clock } from '../../../base/clock.ts';
import { builtin } from '../builtin.ts';
import type { CheckServerIdentity, TlsOptions } from './options.ts';
import { type KeptSession, MAX_SESSION_AGE_MS, type SessionCache } from './session-cache.ts';

/** Whom TLS is spoken with. */
export interface TlsPeer {
  readonly hostname: string;
  readonly port: number;
  /** The user's options for it. */
  readonly options: TlsOptions | undefined;
}

/** What TLS is made with. */
export interface TlsTools {
  /** Node's module. */
  readonly tls: typeof import('node:tls');
  /** Of earlier connections. */
  readonly sessions: SessionCache;
  /** How old they are. */
  readonly clock: Clock;
}

/** The options that say how a certificate is checked: all that can be asked of TLS that somebody else has begun. */
const CHECKING: readonly string[] = /* @__PURE__ */ Object.freeze([
  'rejectUnauthorized',
  'checkServerIdentity',
  'servername',
]);

/** The name for the TLS extension `server_name`; empty for an IP address. */
export function serverName(hostname: string): string {
  // RFC 6066, 3: the name without a trailing dot; "Literal IPv4 and IPv6 addresses are not permitted".
  return builtin('node:net').isIP(hostname) === 0 ? hostname.replace(/\.$/, '') : '';
}

/**
 * Starts TLS: over the stream in `way.socket`, or over a connection made by the other options in `way`. A session of an
 * earlier connection is used again if there is one.
 */
export function startTls(
  way: ConnectionOptions,
  peer: TlsPeer,
  { tls, sessions, clock }: TlsTools,
): TLSSocket {
  const { hostname, port, options } = peer;
  const key = sessions.key(`${hostname}:${port}`, options);
  const kept = sessions.get(key, clock.wallTime());
  const socket = tls.connect({ ...way, ...tlsConnectOptions(hostname, options), ...withSession(kept) });
  if (key === undefined) return socket;
  let isSecure = false;
  socket.once('secureConnect', () => {
    isSecure = true;
  });
  socket.on('session', (session) => {
    // What goes on gets no new certificate to look at, so it is no younger than what it goes on from.
    const until = socket.isSessionReused?.() === true ? kept?.until : undefined;
    sessions.set(key, { session, until: until ?? endOfSession(socket, clock.wallTime()) });
  });
  socket.once('close', () => {
    if (!isSecure) sessions.delete(key);
  });
  return socket;
}

/** Until when the session of this handshake may be used: not for long, nor longer than its certificate is valid. */
function endOfSession(socket: TLSSocket, now: number): number {
  // Deno hands a session on after the end of its connection too, and then there is no certificate any more.
  const certificate = socket.getPeerCertificate() as { readonly valid_to: string } | null;
  const expiry = Date.parse(certificate?.valid_to ?? '');
  return Math.min(now + MAX_SESSION_AGE_MS, Number.isNaN(expiry) ? Number.POSITIVE_INFINITY : expiry);
}

/**
 * What is wrong with TLS that `createConnection` has begun, by the rules for ours: the certificate was checked, and is the
 * server's, unless `tls` says otherwise; and nothing else stands in `tls`, for it would have no effect.
 */
export function faultOfSupplied(
  tls: typeof import('node:tls'),
  stream: Partial<TLSSocket>,
  peer: TlsPeer,
): Error | undefined {
  const { options = {} } = peer;
  const others = Object.entries(options).filter(([, value]) => value !== undefined);
  if (others.some(([name]) => !CHECKING.includes(name))) return coded('TLS_OPTIONS_UNUSED');
  if (options.rejectUnauthorized === false) return undefined;
  const reason = stream.authorizationError as Error | string | null | undefined;
  if (stream.authorized !== true) return coded('TLS_NOT_CHECKED', reason ?? undefined);
  if (typeof stream.getPeerCertificate !== 'function') return coded('TLS_NOT_CHECKED');
  const { hostname } = peer;
  const check = options.checkServerIdentity ?? (tls.checkServerIdentity as CheckServerIdentity);
  const name = options.servername ?? (serverName(hostname) || hostname);
  return check(name, stream.getPeerCertificate(true));
}

function coded(code: string, cause?: unknown): Error {
  return Object.assign(new Error(code, cause === undefined ? undefined : { cause }), { code });
}

/** What `tls.connect` is given for a host: the defaults of {@link TlsOptions}, and what is `given` and not undefined. */
export function tlsConnectOptions(hostname: string, given: TlsOptions | undefined): ConnectionOptions {
  const own = Object.fromEntries(Object.entries(given ?? {}).filter(([, value]) => value !== undefined));
  const servername = serverName(hostname);
  return {
    // The name, or address, that the certificate must be for.
    host: hostname,
    ...(servername === '' ? undefined : { servername }),
    ALPNProtocols: ['http/1.1'],
    // Node refuses both together.
    ...('secureProtocol' in own ? undefined : { minVersion: 'TLSv1.2' }),
    rejectUnauthorized: true,
    // Node would look for them in Object.prototype, which somebody else may have written to.
    ca: undefined,
    secureContext: undefined,
    ...own,
  };
}

function withSession(kept: KeptSession | undefined): ConnectionOptions {
  return kept === undefined ? {} : { session: kept.session };
}
