import { AbortSource } from '../base/abort.ts';
import type { HoldlineError } from '../base/errors.ts';
import type { AttemptInfo } from './connection-options.ts';

/** Gets new credentials in place of those that were refused for `cause`. */
export type Renew = (cause: unknown, info: AttemptInfo) => void | PromiseLike<void>;

/**
 * The renewal of a client's credentials: one at a time. Once begun it is awaited by whoever needs credentials next,
 * whatever becomes of the attempt that began it. Two under way would use a rotating refresh token twice, and servers
 * revoke the session for that.
 */
export class Renewal {
  /** Why the credentials were refused, as long as there are no new ones. */
  refusal: HoldlineError | undefined;
  /** New credentials were got, and have not proved good yet. */
  isUnproven = false;
  #underWay: Promise<void> | undefined;
  #abort = new AbortSource();

  /** Whether an attempt must {@link pass} before it shows credentials. */
  get isDue(): boolean {
    return this.refusal !== undefined || this.#underWay !== undefined;
  }

  /** Whether a refusal may be answered by a renewal: once, until the credentials prove good. */
  get mayBegin(): boolean {
    return this.refusal === undefined && !this.isUnproven;
  }

  /**
   * Waits for the renewal under way, or begins the one that is due.
   *
   * @throws what `renew` throws, if the credentials were refused; one that was begun for an earlier life of the client
   * is only waited for
   */
  async pass(renew: Renew, attempt: number): Promise<void> {
    const isNeeded = this.refusal !== undefined;
    try {
      await (this.#underWay ?? this.#begin(renew, attempt));
    } catch (error) {
      if (isNeeded) throw error;
    }
  }

  /** The client is closed for good: nobody needs new credentials. */
  abort(): void {
    if (this.#underWay !== undefined) this.#abort.abort();
  }

  /** A new life begins with the credentials that there are. */
  forget(): void {
    this.refusal = undefined;
    this.isUnproven = false;
  }

  #begin(renew: Renew, attempt: number): Promise<void> {
    const abort = new AbortSource();
    const info = {
      attempt,
      get signal() {
        return abort.signal;
      },
    };
    const renewed = (async () => renew(this.refusal, info))();
    this.#abort = abort;
    this.#underWay = renewed;
    const over = (): void => {
      this.#underWay = undefined;
    };
    renewed.then(() => {
      over();
      this.refusal = undefined;
      this.isUnproven = true;
    }, over);
    return renewed;
  }
}
