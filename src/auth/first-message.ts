import { AuthError } from '../base/errors.ts';
import type { Authenticator } from './authenticator.ts';
import { checkFirstMessage, type FirstMessageOptions } from './checks.ts';
import { DEFAULT_LOGIN_REPLY_TIMEOUT_MS, login, noLoginAnswer } from './login.ts';
import { tokenSource } from './token-source.ts';

export type { FirstMessageOptions } from './checks.ts';

/** How long a `true` may come behind a `false`, in milliseconds: servers greet, and `accepted` often knows one word alone. */
const SECOND_THOUGHT_MS = 1_000;

/** Most messages that are looked at behind a `false`. */
const MAX_SECOND_THOUGHTS = 100;

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
      let thoughts = Number.POSITIVE_INFINITY;
      // One deadline for all of it: a server that says other things for ever does not answer either.
      let deadline = line.now() + replyTimeout;
      for (;;) {
        const left = deadline - line.now();
        let reply: string | Uint8Array;
        try {
          if (left < 0 || thoughts-- <= 0) throw noLoginAnswer(replyTimeout);
          reply = await line.receive(left);
        } catch (cause) {
          throw thoughts < Number.POSITIVE_INFINITY
            ? new AuthError(undefined, { detail: 'token', cause: line.now() < deadline ? cause : undefined })
            : cause;
        }
        const isIn = accepted(reply);
        if (isIn === true) return;
        line.deliver(reply); // told when the login is over
        if (isIn !== false || thoughts < Number.POSITIVE_INFINITY) continue;
        thoughts = MAX_SECOND_THOUGHTS;
        deadline = Math.min(deadline, line.now() + SECOND_THOUGHT_MS);
      }
    }),
    renew,
  };
}
