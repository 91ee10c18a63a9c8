import { UsageError } from '../base/errors.ts';
import type { Authenticator } from './authenticator.ts';
import { checkBearer } from './checks.ts';
import { type TokenOptions, tokenSource } from './token-source.ts';

/** What a header field may hold of a token: visible ASCII (RFC 9110, 5.5), as one word (RFC 6750, 2.1). */
const VISIBLE_ASCII = /^[\x21-\x7e]+$/;

/**
 * Sends a token in the header `Authorization: Bearer …` of every handshake (RFC 6750, 2.1). For Node, Bun, Deno and React
 * Native: a browser cannot add headers, and the client stops there with a `UsageError` `UNSUPPORTED`; use `queryToken`,
 * `subprotocolToken`, `firstMessage` or a cookie.
 *
 * @throws UsageError `INVALID_OPTION` naming the option that is wrong
 * @example
 * ```ts
 * const client = createClient({
 *   url: 'wss://example.com/socket',
 *   auth: bearer({ token: () => session.accessToken, refresh: () => session.renew() }),
 * });
 * ```
 */
export function bearer(options: TokenOptions): Authenticator {
  checkBearer(options, bearer);
  const { get, ...rest } = tokenSource(options, 'bearer');
  return {
    async prepare(info) {
      const token = await get(info);
      if (!VISIBLE_ASCII.test(token)) {
        throw new UsageError('INVALID_OPTION', { detail: 'token-characters', owner: 'bearer' });
      }
      return { headers: { Authorization: `Bearer ${token}` } };
    },
    ...rest,
  };
}
