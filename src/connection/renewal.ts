import { AbortSource } from '../base/abort.ts';
import { type Deferred, deferred } from '../base/deferred.ts';
import { HandshakeError, type HoldlineError } from '../base/errors.ts';
import type { AttemptInfo, ConnectionOptions } from './connection-options.ts';

/** Gets new credentials in place of those that were refused for `cause`. */
export type Renew = (cause: unknown, info: AttemptInfo) => void | PromiseLike<void>;

/**
 * The renewal of a client's credentials: one at a time. Once begun it is awaited by whoever needs credentials next,
 * whatever becomes of the attempt that began it. Two under way would use a rotating refresh token twice, and servers
 * revoke the session for that. It may take as long as the longest attempt (`reconnect.maxConnectTimeout`): one that never
 * settles would hold up every attempt to come.
 */
export class Renewal {
  /** Why the credentials were refused, as long as there are no new ones. */
  refusal: HoldlineError | undefined;
  /** New credentials were got, and have not proved good yet. */
  isUnproven = false;
  #underWay: Deferred<void> | undefined;
  #abort = new AbortSource();
  /** Stops the time that the one under way may take. Undefined while nobody waits for it. */
  #stop: (() => void) | undefined;
  /** When its time is over, by the clock. */
  #deadline = 0;

  /** Whether an attempt must {@link pass} before it shows credentials. */
  get isDue(): boolean {
    return this.refusal !== undefined || this.#underWay !== undefined;
  }

  /** Whether a refusal may be answered by a renewal: once, until the credentials prove good, or by the one under way. */
  get mayBegin(): boolean {
    return this.refusal === undefined ? !this.isUnproven : this.#underWay !== undefined;
  }

  /**
   * Waits for the renewal under way, or begins the one that is due.
   *
   * @throws what `renew` throws, if the credentials were refused, or HandshakeError `TIMEOUT`; one that was begun for an
   * earlier life of the client is only waited for
   */
  async pass(renew: Renew, attempt: number, options: ConnectionOptions): Promise<void> {
    const isNeeded = this.refusal !== undefined;
    try {
      const underWay = this.#underWay ?? this.#begin(renew, attempt, options);
      this.#limit(underWay, options);
      await underWay.promise;
    } catch (error) {
      if (isNeeded) throw error;
    }
  }

  /** The client is closed for good: nobody needs new credentials. */
  abort(): void {
    if (this.#underWay !== undefined) this.#abort.abort();
    this.#pause();
  }

  /** A new life begins with the credentials that there are. */
  forget(): void {
    this.refusal = undefined;
    this.isUnproven = false;
  }

  #begin(renew: Renew, attempt: number, { clock, times }: ConnectionOptions): Deferred<void> {
    const abort = new AbortSource();
    const info = {
      attempt,
      get signal() {
        return abort.signal;
      },
    };
    const underWay = deferred<void>();
    this.#abort = abort;
    this.#underWay = underWay;
    this.#deadline = clock.now() + times.maxConnectTimeout;
    const over = (): boolean => {
      const isThis = this.#underWay === underWay;
      if (isThis) {
        this.#underWay = undefined;
        this.#pause();
      }
      return isThis;
    };
    underWay.promise.catch(over);
    const renewed = (async () => renew(this.refusal, info))();
    renewed.then(() => {
      // What comes too late counts for nothing: another may be under way, or done.
      if (!over()) return;
      this.refusal = undefined;
      this.isUnproven = true;
      underWay.resolve();
    }, underWay.reject);
    return underWay;
  }

  /** Gives up the renewal when its time is over. */
  #limit({ reject }: Deferred<void>, { clock, times }: ConnectionOptions): void {
    const { maxConnectTimeout: timeout } = times;
    if (this.#stop !== undefined || timeout === 0) return;
    const abort = this.#abort;
    const timer = clock.setTimer(() => {
      const error = new HandshakeError('TIMEOUT', { phase: 'url', detail: 'renewing', timeout });
      reject(error);
      abort.abort(error);
    }, this.#deadline - clock.now());
    this.#stop = () => clock.clearTimer(timer);
  }

  #pause(): void {
    this.#stop?.();
    this.#stop = undefined;
  }
}
