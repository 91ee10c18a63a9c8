import type { Authenticator } from './authenticator.ts';
import { needFunction } from './need-function.ts';
import { type TokenOptions, tokenSource } from './token-source.ts';

/** What {@link subprotocolToken} takes. */
export interface SubprotocolTokenOptions extends TokenOptions {
  /**
   * The subprotocols to offer for a token, behind those of the client's `protocols`. Default: `bearer` and the token. Each
   * may hold letters, digits and `!#$%&'*+-.^_|~` only: encode anything else, as base64url for instance.
   */
  readonly protocols?: ((token: string) => readonly string[]) | undefined;
}

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
  const { get, renew } = tokenSource(options, 'subprotocolToken');
  const { protocols = (token) => ['bearer', token] } = options;
  needFunction('subprotocolToken', 'protocols', protocols);
  return {
    prepare: async (info) => ({ protocols: protocols(await get(info)) }),
    renew,
  };
}
