import { HandshakeError, type HandshakePhase } from '../../../base/errors.ts';
import type { WebSocketTarget } from '../../../protocol/url.ts';
import type { DialPlan } from './plan.ts';
import { proxyError } from './proxy-error.ts';

/** The steps of an opening that a dial goes through. */
export type DialPhase = Exclude<HandshakePhase, 'url' | 'unknown'>;

/** The error for a connection that failed, or ended without a cause, on its way to the HTTP handshake. */
export function dialError(
  { target, proxy }: Pick<DialPlan, 'target' | 'proxy'>,
  phase: DialPhase,
  cause: unknown,
): HandshakeError {
  if (cause instanceof HandshakeError) return cause;
  const reason = String((cause as { code?: unknown } | undefined)?.code ?? 'no reason given');
  const { hostname, port, socketPath: path } = target;
  if (phase === 'dns') return new HandshakeError('DNS', { phase, host: hostname, reason, cause });
  if (phase === 'proxy' && proxy !== undefined) {
    if (cause === undefined) return proxyError(proxy, 'hung-up');
    return proxyError(proxy, 'unreachable', { reason, encrypted: proxy.secure, cause });
  }
  const host = `${hostname}:${port}`;
  if (phase === 'tls') return new HandshakeError('TLS', { phase, host, reason, cause });
  if (path !== undefined)
    return new HandshakeError('CONNECT', { detail: 'unix-socket', phase, path, reason, cause });
  return new HandshakeError('CONNECT', { detail: 'host', phase, host, reason, cause });
}

/** The error for an opening that takes too long. `hasWaited`: it has not begun, since others come first. */
export function timeoutError(
  target: WebSocketTarget,
  phase: DialPhase,
  timeout: number,
  hasWaited = false,
): HandshakeError {
  const detail = hasWaited ? 'queued' : phase;
  return new HandshakeError('TIMEOUT', { detail, phase, timeout, server: target.display });
}
