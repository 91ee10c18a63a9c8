import type { LoginLine } from '../connection/connection-options.ts';

/**
 * A way to log in. `login` runs on every new line before it is ready; only its messages flow meanwhile.
 */
export interface Authenticator {
  /**
   * Resolves when the server has accepted.
   *
   * @throws AuthError if the server refuses: the client stops. Any other error is an attempt that failed and is
   * retried with backoff.
   */
  login(line: LoginLine): Promise<void>;
}
