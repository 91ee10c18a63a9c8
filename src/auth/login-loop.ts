import { AuthError } from '../base/errors.ts';
import type { Authenticator } from './authenticator.ts';
import { checkLoginLoop, type LoginLoopOptions } from './checks.ts';
import { login } from './login.ts';

export type { LoginAnswer, LoginLoopOptions, LoginTurn } from './checks.ts';

/** How long a server may take to judge one answer, in milliseconds. */
const DEFAULT_REPLY_TIMEOUT_MS = 10_000;

/** How many answers a server is offered on one line: more looks like guessing. */
const DEFAULT_MAX_TURNS = 10;

/**
 * Logs in by sending answers until the server accepts one: the loop that many small servers have. What the caller
 * answered last and was accepted is not remembered; `answer` is asked again on every new line.
 *
 * @example
 * ```ts
 * const client = createClient({
 *   url: 'ws://127.0.0.1:8765/',
 *   auth: loginLoop({ answer: () => window.prompt('Your name?'), accepted: (reply) => reply === 'True' }),
 * });
 * ```
 * @throws UsageError naming the option that is wrong
 */
export function loginLoop(options: LoginLoopOptions): Authenticator {
  checkLoginLoop(options, loginLoop);
  const { answer, accepted = (reply) => reply === 'True' } = options;
  const { replyTimeout = DEFAULT_REPLY_TIMEOUT_MS, maxTurns = DEFAULT_MAX_TURNS } = options;
  return login(async (line) => {
    let reply: string | Uint8Array | undefined;
    for (let turn = 1; turn <= maxTurns; turn++) {
      const next = await answer({ turn, reply, signal: line.signal });
      if (next === undefined || next === null) throw new AuthError(undefined, { detail: 'given-up' });
      line.send(next);
      reply = await line.receive(replyTimeout);
      if (accepted(reply)) return;
    }
    throw new AuthError(undefined, { detail: 'too-many-turns', turns: maxTurns });
  });
}
