/** What a server's replies to a login mean: one rule for those who say something and wait. */
import { AuthError } from '../base/errors.ts';
import type { SendData } from '../transport/transport.ts';
import type { LoginLine } from './authenticator.ts';
import { noLoginAnswer } from './login.ts';

/** How long a `true` may come behind a `false`, in milliseconds: servers greet, and `accepted` often knows one word alone. */
const SECOND_THOUGHT_MS = 1_000;

/** Most messages that are looked at behind a `false`. */
const MAX_SECOND_THOUGHTS = 100;

/** What is expected of the server. */
export interface Expected {
  /** Whether a reply means that we are in: true, false, or nothing of the kind. */
  readonly accepted: (reply: string | Uint8Array) => boolean | undefined;
  /** Milliseconds for all of it, from now, without the time that answers of ours take. */
  readonly replyTimeout: number;
  /** What a refusal is called. */
  readonly refused?: 'token' | undefined;
  /** What to say to a reply that asks for more. */
  readonly answer?: ((reply: string | Uint8Array) => PromiseLike<SendData | undefined>) | undefined;
  /** Whether an answer is all that is needed. */
  readonly answerSuffices?: boolean | undefined;
}

/**
 * Waits until the server accepts; what it says besides is delivered.
 *
 * @throws AuthError if it refuses, ConnectionError if it does not answer
 */
export async function verdict(line: LoginLine, expected: Expected): Promise<void> {
  const { accepted, replyTimeout, answer, answerSuffices, refused: detail } = expected;
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
        ? new AuthError(undefined, { detail, cause: line.now() < deadline ? cause : undefined })
        : cause;
    }
    const heardAt = line.now();
    const next = await answer?.(reply);
    if (next !== undefined) {
      line.send(next);
      if (answerSuffices === true) return;
      deadline += line.now() - heardAt;
      continue;
    }
    const isIn = accepted(reply);
    if (isIn === true) return;
    line.deliver(reply); // told when the login is over
    if (isIn !== false || thoughts < Number.POSITIVE_INFINITY) continue;
    thoughts = MAX_SECOND_THOUGHTS;
    deadline = Math.min(deadline, line.now() + SECOND_THOUGHT_MS);
  }
}
