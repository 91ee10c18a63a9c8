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
  const { code, name } = (cause ?? {}) as { readonly code?: unknown; readonly name?: string };
  const reason = String(code ?? 'no reason given');
  const { hostname, port, socketPath: path } = target;
  if (isForbidden(phase, code, name)) {
    const end = phase === 'proxy' && proxy !== undefined ? proxy : target;
    const host = path ?? `${end.hostname}:${end.port}`;
    return new HandshakeError('PERMISSION', { phase, host, reason: String(code ?? name), cause });
  }
  if (phase === 'dns') {
    return /^(ENOTFOUND|EAI_)/.test(reason)
      ? new HandshakeError('DNS', { phase, host: hostname, reason, cause })
      : new HandshakeError('CONNECT', { detail: 'lookup', phase, host: hostname, reason, cause });
  }
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

/** Whether the runtime's own rules forbid it: Node with `--permission`, Deno without `--allow-net` (its look-up says EPERM). */
function isForbidden(phase: DialPhase, code: unknown, name: string | undefined): boolean {
  return (
    code === 'ERR_ACCESS_DENIED' ||
    name === 'NotCapable' ||
    name === 'PermissionDenied' ||
    (phase === 'dns' && code === 'EPERM')
  );
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
