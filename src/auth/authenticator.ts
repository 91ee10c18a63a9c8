import type { LoginLine } from '../connection/connection-options.ts';
import type { AttemptInfo, HandshakeCredentials } from '../connection/credentials.ts';

/**
 * A way to log in: with credentials in the handshake (`prepare`), with messages on the open line (`login`), or both. Each
 * runs anew for every line.
 *
 * A refusal (an `AuthError` of `login`, HTTP 401, the close code 4401) is answered by `renew`, once, and one more attempt at
 * once. If that is refused too, or there is no `renew`, the client stops with an `AuthError`.
 */
export interface Authenticator {
  /**
   * The credentials that travel in the handshake, asked for before every attempt.
   *
   * @throws AuthError if there are none to be had: the client stops. Any other error is an attempt that failed.
   */
  readonly prepare?:
    | ((info: AttemptInfo) => HandshakeCredentials | PromiseLike<HandshakeCredentials>)
    | undefined;
  /**
   * Runs on every open line before it is ready; only its messages flow meanwhile. Resolves when the server has accepted.
   *
   * @throws AuthError if the server refuses. Any other error is an attempt that failed and is retried with backoff.
   */
  readonly login?: ((line: LoginLine) => Promise<void>) | undefined;
  /**
   * Gets new credentials after a refusal, for the `prepare` or `login` that follows.
   *
   * @param cause - the refusal: an `AuthError`, whose `cause` has the answer of the server, if it was one
   * @throws AuthError if there are none to be had: the client stops. Any other error is an attempt that failed, and
   * `renew` is asked again in the next.
   */
  readonly renew?: ((cause: unknown, info: AttemptInfo) => void | PromiseLike<void>) | undefined;
}
