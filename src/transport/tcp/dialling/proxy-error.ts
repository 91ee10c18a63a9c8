import { type Detail, HandshakeError, type HandshakeEvidence } from '../../../base/errors.ts';
import type { ProxyRoute } from './proxy.ts';

/** The error of a proxy: `what` it did, and what to do. */
export function proxyError(
  proxy: ProxyRoute,
  detail: Detail<'PROXY'>,
  evidence: Partial<HandshakeEvidence> = {},
): HandshakeError {
  return new HandshakeError('PROXY', { detail, proxy: proxy.display, ...evidence, phase: 'proxy' });
}

/** The error of a proxy that has sent bytes of the server before the server was asked anything. */
export function spokeEarly(proxy: ProxyRoute): HandshakeError {
  return proxyError(proxy, 'spoke-early');
}
