import { AuthError } from '../base/errors.ts';
import type { OptionTable } from '../base/need.ts';
import type { SendData } from '../transport/transport.ts';
import type { Authenticator } from './authenticator.ts';
import { DEFAULT_LOGIN_REPLY_TIMEOUT_MS, login, noLoginAnswer } from './login.ts';
import { TOKEN_RULES, type TokenOptions, tokenSource } from './token-source.ts';

/** What {@link firstMessage} takes. */
export interface FirstMessageOptions extends TokenOptions {
  /** The message for a token. Default: the token itself, as a text. */
  readonly message?: ((token: string) => SendData) | undefined;
  /**
   * What the server's reply means: `true`, we are in; `false`, the token is refused; undefined, this is another message,
   * the reply is still to come (it is dropped). Without it no reply is awaited.
   */
  readonly accepted?: ((reply: string | Uint8Array) => boolean | undefined) | undefined;
  /** How long the server may take to reply, in milliseconds, other messages or not. Default 10,000. */
  readonly replyTimeout?: number | undefined;
}

const RULES: OptionTable<FirstMessageOptions> = /* @__PURE__ */ Object.freeze({
  ...TOKEN_RULES,
  message: 'function',
  accepted: 'function',
  replyTimeout: 'number',
});

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
  const { get, renew } = tokenSource(options, 'firstMessage', RULES);
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
