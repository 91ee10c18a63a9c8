import type { Authenticator } from './authenticator.ts';
import { checkQueryToken, type QueryTokenOptions } from './checks.ts';
import { tokenSource } from './token-source.ts';

export type { QueryTokenOptions } from './checks.ts';

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
  checkQueryToken(options, queryToken);
  const { get, ...rest } = tokenSource(options, 'queryToken');
  const { name = 'token' } = options;
  return {
    prepare: async (info) => ({ query: { [name]: await get(info) } }),
    ...rest,
  };
}
