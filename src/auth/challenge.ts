import type { Authenticator } from './authenticator.ts';
import { type ChallengeOptions, checkChallenge } from './checks.ts';
import { DEFAULT_LOGIN_REPLY_TIMEOUT_MS, login } from './login.ts';
import { tokenSource } from './token-source.ts';
import { verdict } from './verdict.ts';

export type { ChallengeOptions } from './checks.ts';

/**
 * Logs in by challenge: the server puts a question that is new on every line, and the answer proves that we know the secret
 * without sending it. `sha256()` and `hmacSha256()` compute what most servers want, in every page.
 *
 * @typeParam Question - what the question holds
 * @throws UsageError `INVALID_OPTION` naming the option that is wrong
 * @example
 * ```ts
 * const client = createClient({
 *   url: 'wss://example.com/socket',
 *   auth: challenge({
 *     secret: () => session.key,
 *     question: (message) => JSON.parse(String(message)).nonce as string | undefined,
 *     answer: (nonce, key) => JSON.stringify({ type: 'proof', proof: hmacSha256(key, nonce, 'hex') }),
 *     accepted: (reply) => JSON.parse(String(reply)).type === 'welcome',
 *   }),
 * });
 * ```
 */
export function challenge<Question>(options: ChallengeOptions<Question>): Authenticator {
  checkChallenge(options, challenge);
  const { secret: token, refresh, ask, question, answer, accepted } = options;
  const { replyTimeout = DEFAULT_LOGIN_REPLY_TIMEOUT_MS } = options;
  const { get, renew } = tokenSource({ token, refresh }, 'challenge', 'secret');
  return {
    ...login(async (line) => {
      if (ask !== undefined) line.send(typeof ask === 'function' ? ask() : ask);
      await verdict(line, {
        replyTimeout,
        accepted: (reply) => accepted?.(reply),
        answer: async (reply) => {
          const asked = question(reply);
          return asked === undefined || asked === null ? undefined : answer(asked, await get(line));
        },
        answerSuffices: accepted === undefined,
      });
    }),
    renew,
  };
}
