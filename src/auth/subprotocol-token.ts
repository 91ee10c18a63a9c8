import type { OptionTable } from '../base/need.ts';
import type { Authenticator } from './authenticator.ts';
import { TOKEN_RULES, type TokenOptions, tokenSource } from './token-source.ts';

/** What {@link subprotocolToken} takes. */
export interface SubprotocolTokenOptions extends TokenOptions {
  /**
   * The subprotocols to offer for a token, behind those of the client's `protocols`. Default: `bearer` and the token. Each
   * may hold letters, digits and `!#$%&'*+-.^_|~` only: encode anything else, as base64url for instance.
   */
  readonly protocols?: ((token: string) => readonly string[]) | undefined;
}

const RULES: OptionTable<SubprotocolTokenOptions> = /* @__PURE__ */ Object.freeze({
  ...TOKEN_RULES,
  protocols: 'function',
});

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
  const { get, renew } = tokenSource(options, 'subprotocolToken', RULES);
  const { protocols = (token) => ['bearer', token] } = options;
  return {
    prepare: async (info) => ({ protocols: protocols(await get(info)) }),
    renew,
  };
}
