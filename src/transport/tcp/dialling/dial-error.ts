import { HandshakeError, type HandshakePhase } from '../../../base/errors.ts';
import type { WebSocketTarget } from '../../../protocol/url.ts';
import type { DialPlan } from './plan.ts';
import { proxyError } from './proxy-error.ts';

/** The steps of an opening that a dial goes through. */
export type DialPhase = Exclude<HandshakePhase, 'url' | 'unknown'>;

/** What to do about the faults of TLS that people meet; the codes are OpenSSL's, as Node names them. */
const UNKNOWN_AUTHORITY = 'An unknown authority signed the certificate. If you trust it, pass it as tls.ca.';
const NO_COMMON_VERSION =
  'The server and this side have no TLS version or cipher in common. Mend the server; tls.minVersion would weaken this side.';
const REFUSED_HANDSHAKE =
  'The server wants a certificate of yours (tls.cert and tls.key), or no cipher is common to both sides.';
const WANTS_CERTIFICATE =
  'The server wants a certificate of yours, or refuses the one it got. Pass tls.cert and tls.key.';
const TLS_ADVICE: ReadonlyMap<string, string> = new Map([
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'The certificate is self-signed. If it is yours, pass it as tls.ca.'],
  ['SELF_SIGNED_CERT_IN_CHAIN', UNKNOWN_AUTHORITY],
  ['UNABLE_TO_GET_ISSUER_CERT', UNKNOWN_AUTHORITY],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', UNKNOWN_AUTHORITY],
  [
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'The server does not send its intermediate certificates, or an unknown authority signed. Mend the server’s chain, or pass the authority as tls.ca.',
  ],
  ['CERT_HAS_EXPIRED', 'The certificate has expired. Renew it, and check this machine’s clock.'],
  ['CERT_NOT_YET_VALID', 'The certificate is not valid yet. Check this machine’s clock.'],
  ['CERT_REVOKED', 'The certificate was revoked. The server needs a new one.'],
  [
    'INVALID_PURPOSE',
    'The certificate is not one for a server. The server needs another (extended key usage serverAuth).',
  ],
  [
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'The certificate is for another host. Connect by a name that stands in it.',
  ],
  [
    'EPROTO',
    'The server does not speak TLS here, or no common version. Check the port, and whether ws: is meant.',
  ],
  ['ECONNRESET', 'The server hung up. Check the port, and whether ws: is meant.'],
  ['ERR_SSL_UNSUPPORTED_PROTOCOL', NO_COMMON_VERSION],
  ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', NO_COMMON_VERSION],
  ['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', REFUSED_HANDSHAKE],
  // The same from the OpenSSL of Node 24.
  ['ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE', REFUSED_HANDSHAKE],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', WANTS_CERTIFICATE],
  // The same from Bun's BoringSSL.
  ['ERR_SSL_TLSV1_ALERT_CERTIFICATE_REQUIRED', WANTS_CERTIFICATE],
  ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', WANTS_CERTIFICATE],
]);

const TLS_ADVICE_ELSE = 'Check the server’s TLS set-up and the tls options.';

/** The error for a connection that failed, or ended without a cause, on its way to the HTTP handshake. */
export function dialError(
  { target, proxy }: Pick<DialPlan, 'target' | 'proxy'>,
  phase: DialPhase,
  cause: unknown,
): HandshakeError {
  if (cause instanceof HandshakeError) return cause;
  const code = String((cause as { code?: unknown } | undefined)?.code ?? 'no reason given');
  const { hostname, port } = target;
  if (phase === 'dns') {
    const text = `The host name "${hostname}" was not found (${code}). Check its spelling, and the network.`;
    return new HandshakeError('DNS', text, { phase, cause });
  }
  if (phase === 'proxy' && proxy !== undefined) {
    if (cause === undefined)
      return proxyError(
        proxy,
        'hung up before it opened the way to the server. Check that it is a proxy of this kind.',
      );
    const advice =
      (proxy.secure && tlsAdvice(code)?.replace('tls.', 'proxy.tls.')) || 'Check its URL, and that it runs.';
    return proxyError(proxy, `could not be reached (${code}). ${advice}`, { cause });
  }
  if (phase === 'tls') {
    const text = `No secure connection to ${hostname}:${port} (${code}). ${tlsAdvice(code) ?? TLS_ADVICE_ELSE}`;
    return new HandshakeError('TLS', text, { phase, cause });
  }
  if (target.socketPath !== undefined) {
    const text = `No connection to the socket ${target.socketPath} (${code}). Check that the server runs and may be reached by this user.`;
    return new HandshakeError('CONNECT', text, { phase, cause });
  }
  const text = `No connection to ${hostname}:${port} (${code}). Check that the server runs there and no firewall is between.`;
  return new HandshakeError('CONNECT', text, { phase, cause });
}

function tlsAdvice(code: string): string | undefined {
  return TLS_ADVICE.get(code) ?? (code.startsWith('ERR_SSL_') ? TLS_ADVICE.get('EPROTO') : undefined);
}

const LATE: Readonly<Record<DialPhase, string>> = /* @__PURE__ */ Object.freeze({
  dns: 'The name look-up has not ended',
  tcp: 'The server has not accepted the TCP connection',
  proxy: 'The proxy has not opened the way to the server',
  tls: 'The TLS handshake has not ended',
  http: 'The server accepted the connection but has not answered the WebSocket handshake',
});

const WAITED =
  'Another connection to the same host has not come to its end (one connects at a time: RFC 6455, 4.1; option connectsPerHost)';

/** The error for an opening that takes too long. `hasWaited`: it has not begun, since others come first. */
export function timeoutError(
  target: WebSocketTarget,
  phase: DialPhase,
  timeout: number,
  hasWaited = false,
): HandshakeError {
  return new HandshakeError(
    'TIMEOUT',
    `${hasWaited ? WAITED : LATE[phase]} within ${timeout} ms (${target.display}). Check that the server is well, or give it longer: handshakeTimeout of connect(), reconnect.connectTimeout of a client.`,
    { phase },
  );
}
