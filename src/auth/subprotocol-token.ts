import type { Authenticator } from './authenticator.ts';
import { checkSubprotocolToken, type SubprotocolTokenOptions } from './checks.ts';
import { tokenSource } from './token-source.ts';

export type { SubprotocolTokenOptions } from './checks.ts';

/**
 * Sends a token as a subprotocol (`Sec-WebSocket-Protocol`) of every handshake: the one header that a browser can fill. The
 * server must answer with one of the subprotocols offered, best with one that is no secret.
 *
 * @throws UsageError `INVALID_OPTION` naming the option that is wrong
 * @example
 * ```ts
 * const client = createClient({
 *   url: 'wss://example.com/socket',
 *   auth: subprotocolToken({
 *     token: () => session.accessToken,
 *     protocols: (token) => ['v1.example', `token.${token}`],
 *   }),
 * });
 * ```
 */
export function subprotocolToken(options: SubprotocolTokenOptions): Authenticator {
  checkSubprotocolToken(options, subprotocolToken);
  const { get, ...rest } = tokenSource(options, 'subprotocolToken');
  const { protocols = (token) => ['bearer', token] } = options;
  return {
    prepare: async (info) => ({ protocols: protocols(await get(info)) }),
    ...rest,
  };
}
