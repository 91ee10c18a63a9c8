import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { builtin } from '../builtin.ts';
import type { TlsOptions } from './options.ts';
import type { SessionCache } from './session-cache.ts';

/** Whom TLS is spoken with. */
export interface TlsPeer {
  readonly hostname: string;
  readonly port: number;
  /** The user's options for it. */
  readonly options: TlsOptions | undefined;
}

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
  tls: typeof import('node:tls'),
  way: ConnectionOptions,
  { hostname, port, options }: TlsPeer,
  sessions: SessionCache,
): TLSSocket {
  const key = sessions.key(`${hostname}:${port}`, options);
  const socket = tls.connect({
    ...way,
    ...tlsConnectOptions(hostname, options),
    ...withSession(sessions.get(key)),
  });
  let isSecure = false;
  socket.once('secureConnect', () => {
    isSecure = true;
  });
  socket.on('session', (session) => sessions.set(key, session));
  socket.once('close', () => {
    if (!isSecure) sessions.delete(key);
  });
  return socket;
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
    ...own,
  };
}

function withSession(session: Buffer | undefined): ConnectionOptions {
  return session === undefined ? {} : { session };
}
