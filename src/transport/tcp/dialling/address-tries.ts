import type { Clock, TimerHandle } from '../../../base/clock.ts';
import { builtin } from '../builtin.ts';
import type { DialOptions, LookupAddress } from './options.ts';

/**
 * The addresses of one name, tried one after the other as `net.connect` does it: the families take turns, and one that
 * takes too long is given up for the next. By us, since each waits for its own turn in the connect queue: Node tries
 * them without asking, so all would have to be held from the beginning.
 */
export class AddressTries {
  readonly #left: LookupAddress[];
  readonly #errors: Error[] = [];
  readonly #delay: number;
  readonly #clock: Clock;
  #timer: TimerHandle | undefined;

  constructor(found: readonly LookupAddress[], options: DialOptions, clock: Clock) {
    this.#left = inTurn(found);
    this.#delay =
      options.autoSelectFamilyAttemptTimeout ??
      builtin('node:net').getDefaultAutoSelectFamilyAttemptTimeout();
    this.#clock = clock;
  }

  /** The next address, the one before having failed of `error` if there was one; undefined if none is left. */
  next(error?: Error): LookupAddress | undefined {
    this.settle();
    if (error !== undefined) this.#errors.push(error);
    return this.#left.shift();
  }

  /** The address at hand is being tried: `late` is called if it takes too long, and others are left. */
  watch(late: (error: Error) => void): void {
    if (this.#left.length === 0) return;
    const error = Object.assign(new Error('connect ETIMEDOUT'), { code: 'ETIMEDOUT' });
    this.#timer = this.#clock.setTimer(() => late(error), this.#delay);
  }

  /** Nothing is waited for any more. */
  settle(): void {
    this.#clock.clearTimer(this.#timer);
    this.#timer = undefined;
  }

  /** The error of all that failed: of one address its own, else one with the code of the first, as Node has it. */
  fault(): Error | undefined {
    const [first, ...others] = this.#errors;
    if (others.length === 0) return first;
    return Object.assign(new AggregateError(this.#errors), { code: (first as { code?: unknown }).code });
  }
}

/** RFC 8305, 4: the families alternate, beginning with that of the first address. */
function inTurn(found: readonly LookupAddress[]): LookupAddress[] {
  const [first] = found;
  const ours = found.filter(({ family }) => family === first?.family);
  const others = found.filter(({ family }) => family !== first?.family);
  const longest = Math.max(ours.length, others.length);
  return Array.from({ length: longest }, (_, at) => [ours[at], others[at]])
    .flat()
    .filter((one) => one !== undefined);
}
