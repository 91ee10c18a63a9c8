import type { Clock } from '../base/clock.ts';
import { FIRST_TARGET, type Rotation } from './failover.ts';

/** How long a line must have been ready before its loss counts as the first failure again, in milliseconds. */
export const STABLE_AFTER_MS = 5_000;

/** How the attempts in a row have gone: what backoff and `maxAttempts` count by. */
export class TrackRecord {
  /** Attempts begun since the last line that proved stable. */
  attempts = 0;
  /** Lines lost and attempts failed in a row, the loss of a stable line being the first. */
  failures = 0;
  /** Lines in a row that became ready and were gone before they proved anything. */
  flaps = 0;
  /** Where the connection stands in its list of addresses. */
  rotation: Rotation = FIRST_TARGET;
  /** The line that ended last had been ready for {@link STABLE_AFTER_MS}: more than a reply that came in time. */
  hasLived = false;
  readonly #clock: Clock;
  #readyAt: number | undefined;
  #useful = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** An attempt begins. Returns its number in the row. */
  begin(): number {
    this.#useful = false;
    this.#readyAt = undefined;
    this.attempts++;
    return this.attempts;
  }

  /** The line is ready. */
  ready(): void {
    this.#readyAt = this.#clock.now();
  }

  /** The line has shown its use: a reply came. */
  useful(): void {
    this.#useful = true;
  }

  /** The attempt has failed, or its line is gone. Returns whether the line had proved stable. */
  ended(): boolean {
    const readyAt = this.#readyAt;
    this.hasLived = readyAt !== undefined && this.#clock.now() - readyAt >= STABLE_AFTER_MS;
    const isStable = this.hasLived || (readyAt !== undefined && this.#useful);
    if (isStable) this.forget();
    else if (readyAt !== undefined) this.flaps++;
    this.failures++;
    return isStable;
  }

  /** Another attempt follows, at this address: the failures that count are whole rounds over all of them. */
  goOn(rotation: Rotation): void {
    this.rotation = rotation;
    this.failures = rotation.rounds;
  }

  /** What comes next is a new beginning, at the address in use. */
  forget(): void {
    this.attempts = 0;
    this.failures = 0;
    this.flaps = 0;
    this.rotation = { ...FIRST_TARGET, index: this.rotation.index };
  }
}
