import { UsageError } from '../base/errors.ts';
import { isToken } from './token.ts';

/**
 * Checks the subprotocols that a caller wants to offer: tokens, each once (RFC 6455, 4.1; WHATWG WebSockets).
 *
 * @throws UsageError `INVALID_SUBPROTOCOL`. The message does not quote the subprotocol: browsers send tokens in one.
 */
export function checkSubprotocols(protocols: readonly string[]): void {
  const seen = new Set<string>();
  for (const [index, protocol] of protocols.entries()) {
    if (typeof protocol !== 'string' || !isToken(protocol)) {
      throw new UsageError('INVALID_SUBPROTOCOL', { detail: 'no-token', index: index + 1 });
    }
    if (seen.has(protocol)) {
      throw new UsageError('INVALID_SUBPROTOCOL', { detail: 'repeated', index: index + 1 });
    }
    seen.add(protocol);
  }
}
