import { HandshakeError, type HandshakePhase } from '../../base/errors.ts';
import type { WebSocketTarget } from '../../protocol/url.ts';

/** The steps of an opening that a dial goes through. */
export type DialPhase = Exclude<HandshakePhase, 'url' | 'unknown'>;

/** What to do about the certificate faults that people meet; the codes are OpenSSL's, as Node names them. */
const TLS_ADVICE: ReadonlyMap<string, string> = new Map([
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'The certificate is self-signed. If it is yours, pass it as tls.ca.'],
  [
    'SELF_SIGNED_CERT_IN_CHAIN',
    'An unknown authority signed the certificate. If you trust it, pass it as tls.ca.',
  ],
  [
    'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    'An unknown authority signed the certificate. If you trust it, pass it as tls.ca.',
  ],
  [
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'The server does not send its intermediate certificates, or an unknown authority signed. Mend the server’s chain, or pass the authority as tls.ca.',
  ],
  ['CERT_HAS_EXPIRED', 'The certificate has expired. Renew it, and check this machine’s clock.'],
  ['CERT_NOT_YET_VALID', 'The certificate is not valid yet. Check this machine’s clock.'],
  [
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'The certificate is for another host. Connect by a name that stands in it.',
  ],
  [
    'EPROTO',
    'The server does not speak TLS here, or no common version. Check the port, and whether ws: is meant.',
  ],
  ['ECONNRESET', 'The server hung up. Check the port, and whether ws: is meant.'],
]);

const TLS_ADVICE_ELSE = 'Check the server’s TLS set-up and the tls options.';

/** The error for a connection that failed on its way to the HTTP handshake. */
export function dialError(target: WebSocketTarget, phase: DialPhase, cause: unknown): HandshakeError {
  const code = String((cause as { code?: unknown } | undefined)?.code ?? 'no reason given');
  const { hostname, port } = target;
  if (phase === 'dns') {
    const text = `The host name "${hostname}" was not found (${code}). Check its spelling, and the network.`;
    return new HandshakeError('DNS', text, { phase, cause });
  }
  if (phase === 'tls') {
    const advice =
      TLS_ADVICE.get(code) ?? (code.startsWith('ERR_SSL_') ? TLS_ADVICE.get('EPROTO') : undefined);
    const text = `No secure connection to ${hostname}:${port} (${code}). ${advice ?? TLS_ADVICE_ELSE}`;
    return new HandshakeError('TLS', text, { phase, cause });
  }
  const text = `No connection to ${hostname}:${port} (${code}). Check that the server runs there and no firewall is between.`;
  return new HandshakeError('CONNECT', text, { phase, cause });
}

const LATE: Readonly<Record<DialPhase, string>> = /* @__PURE__ */ Object.freeze({
  dns: 'The name look-up has not ended',
  tcp: 'The server has not accepted the TCP connection',
  tls: 'The TLS handshake has not ended',
  http: 'The server accepted the connection but has not answered the WebSocket handshake',
});

/** The error for an opening that takes too long. */
export function timeoutError(target: WebSocketTarget, phase: DialPhase, timeout: number): HandshakeError {
  return new HandshakeError(
    'TIMEOUT',
    `${LATE[phase]} within ${timeout} ms (${target.display}). Check that the server is well, or give it longer: handshakeTimeout of connect(), reconnect.connectTimeout of a client.`,
    { phase },
  );
}
