import type { OptionTable } from '../base/need.ts';
import type { Authenticator } from './authenticator.ts';
import { TOKEN_RULES, type TokenOptions, tokenSource } from './token-source.ts';

/** What {@link queryToken} takes. */
export interface QueryTokenOptions extends TokenOptions {
  /** The name of the parameter. Default `token`. */
  readonly name?: string | undefined;
}

const RULES: OptionTable<QueryTokenOptions> = /* @__PURE__ */ Object.freeze({
  ...TOKEN_RULES,
  name: 'string',
});

/**
 * Adds a token to the query of the URL of every handshake. Works everywhere; but servers and proxies like to write URLs
 * into their logs: use a ticket that is good for one connection, where you can get one.
 *
 * @throws UsageError `INVALID_OPTION` naming the option that is wrong
 * @example
 * ```ts
 * const client = createClient({
 *   url: 'wss://example.com/socket',
 *   auth: queryToken({ name: 'ticket', token: () => fetchTicket() }),
 * });
 * ```
 */
export function queryToken(options: QueryTokenOptions): Authenticator {
  const { get, renew } = tokenSource(options, 'queryToken', RULES);
  const { name = 'token' } = options;
  return {
    prepare: async (info) => ({ query: { [name]: await get(info) } }),
    renew,
  };
}
