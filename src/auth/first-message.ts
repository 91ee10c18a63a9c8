import { AuthError } from '../base/errors.ts';
import type { Authenticator } from './authenticator.ts';
import { checkFirstMessage, type FirstMessageOptions } from './checks.ts';
import { DEFAULT_LOGIN_REPLY_TIMEOUT_MS, login, noLoginAnswer } from './login.ts';
import { tokenSource } from './token-source.ts';

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
  const { get, renew } = tokenSource(options, 'firstMessage');
  const { message = (token) => token, accepted } = options;
  const { replyTimeout = DEFAULT_LOGIN_REPLY_TIMEOUT_MS } = options;
  return {
    ...login(async (line) => {
      line.send(message(await get(line)));
      if (accepted === undefined) return;
      let isIn: boolean | undefined;
      // One deadline for all of it: a server that says other things for ever does not answer either.
      const deadline = line.now() + replyTimeout;
      while (isIn === undefined) {
        const left = deadline - line.now();
        if (left < 0) throw noLoginAnswer(replyTimeout);
        isIn = accepted(await line.receive(left));
      }
      if (!isIn) throw new AuthError(undefined, { detail: 'token' });
    }),
    renew,
  };
}
