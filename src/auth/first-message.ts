import type { Authenticator } from './authenticator.ts';
import { checkFirstMessage, type FirstMessageOptions } from './checks.ts';
import { DEFAULT_LOGIN_REPLY_TIMEOUT_MS, login } from './login.ts';
import { tokenSource } from './token-source.ts';
import { verdict } from './verdict.ts';

export type { FirstMessageOptions } from './checks.ts';

/**
 * Sends a token as the first message on every line, and waits for the server to accept it. Works everywhere, and keeps the
 * token out of URLs and headers.
 *
 * @throws UsageError `INVALID_OPTION` naming the option that is wrong
 * @example
 * ```ts
 * const client = createClient({
 *   url: 'wss://example.com/socket',
 *   auth: firstMessage({
 *     token: () => session.accessToken,
 *     message: (token) => JSON.stringify({ type: 'auth', token }),
 *     accepted: (reply) => JSON.parse(String(reply)).type === 'auth_ok',
 *   }),
 * });
 * ```
 */
export function firstMessage(options: FirstMessageOptions): Authenticator {
  checkFirstMessage(options, firstMessage);
  const { early, get, renew, tokens } = tokenSource(options, 'firstMessage');
  const { message = (token) => token, accepted } = options;
  const { replyTimeout = DEFAULT_LOGIN_REPLY_TIMEOUT_MS } = options;
  return {
    // Asked for while the connection is being opened: it is needed only then.
    prepare: early,
    ...login(async (line) => {
      line.send(message(await get(line)));
      if (accepted === undefined) return;
      await verdict(line, { accepted, replyTimeout, refused: 'token' });
    }),
    renew,
    tokens,
  };
}
