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
      throw new UsageError(
        'INVALID_SUBPROTOCOL',
        `Subprotocol number ${index + 1} is not a token. Use letters, digits and !#$%&'*+-.^_\`|~ only.`,
      );
    }
    if (seen.has(protocol)) {
      throw new UsageError(
        'INVALID_SUBPROTOCOL',
        `Subprotocol number ${index + 1} was offered before it already. Name each once.`,
      );
    }
    seen.add(protocol);
  }
}
