import { UsageError } from '../base/errors.ts';
import { isToken } from './token.ts';

/**
 * Checks the subprotocols that a caller wants to offer: tokens, each once (RFC 6455, 4.1; WHATWG WebSockets).
 *
 * @throws UsageError `INVALID_SUBPROTOCOL`
 */
export function checkSubprotocols(protocols: readonly string[]): void {
  const seen = new Set<string>();
  for (const protocol of protocols) {
    if (typeof protocol !== 'string' || !isToken(protocol)) {
      throw new UsageError(
        'INVALID_SUBPROTOCOL',
        `The subprotocol ${JSON.stringify(protocol)} is not a token. Use letters, digits and !#$%&'*+-.^_\`|~ only.`,
      );
    }
    if (seen.has(protocol)) {
      throw new UsageError(
        'INVALID_SUBPROTOCOL',
        `The subprotocol "${protocol}" is offered twice. Name it once.`,
      );
    }
    seen.add(protocol);
  }
}
