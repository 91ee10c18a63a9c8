import { HandshakeError, type HandshakeEvidence } from '../../../base/errors.ts';
import type { ProxyRoute } from './proxy.ts';

/** The error of a proxy: `what` it did, and what to do. */
export function proxyError(
  proxy: ProxyRoute,
  what: string,
  evidence: Omit<HandshakeEvidence, 'phase'> = {},
): HandshakeError {
  return new HandshakeError('PROXY', `The proxy ${proxy.display} ${what}`, { ...evidence, phase: 'proxy' });
}

/** The error of a proxy that has sent bytes of the server before the server was asked anything. */
export function spokeEarly(proxy: ProxyRoute): HandshakeError {
  return proxyError(
    proxy,
    'sent bytes behind its answer, before the server was asked anything. Nothing it sends can be trusted: check what listens there.',
  );
}
