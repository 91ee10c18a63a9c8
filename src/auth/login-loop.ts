import { checkOptions } from '../base/checks.ts';
import { AuthError } from '../base/errors.ts';
import type { OptionTable } from '../base/need.ts';
import type { Authenticator } from './authenticator.ts';
import { login } from './login.ts';

/** One turn of a login loop. */
export interface LoginTurn {
  /** 1 for the first answer on this line. */
  readonly turn: number;
  /** What the server said to the answer before; undefined in the first turn. */
  readonly reply: string | Uint8Array | undefined;
  /** Aborted when the line ends. Pass it on to whatever asks the user. */
  readonly signal: AbortSignal;
}

/** What to send, or nothing more to try: `window.prompt` returns null for that. */
export type LoginAnswer = string | Uint8Array | null | undefined;

/** How a login loop goes. */
export interface LoginLoopOptions {
  /** What to send next: a name, a password, a token. `undefined` or `null` gives up. Asked again after every refusal. */
  readonly answer: (turn: LoginTurn) => LoginAnswer | Promise<LoginAnswer>;
  /** Whether the server's reply means that we are in. Default: the reply is the text `True`. */
  readonly accepted?: ((reply: string | Uint8Array) => boolean) | undefined;
  /** How long the server may take to reply, in milliseconds. Default 10,000. */
  readonly replyTimeout?: number | undefined;
  /** Most answers on one line before giving up. Default 10. */
  readonly maxTurns?: number | undefined;
}

const RULES: OptionTable<LoginLoopOptions> = /* @__PURE__ */ Object.freeze({
  answer: 'function!',
  accepted: 'function',
  replyTimeout: 'number',
  maxTurns: 'count',
});

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
  checkOptions(RULES, options, 'loginLoop');
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
