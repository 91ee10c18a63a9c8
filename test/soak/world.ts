import type { Dice } from './dice.ts';
import type { Ledger } from './ledger.ts';

/** What everybody in a soak shares. */
export interface World {
  readonly dice: Dice;
  readonly ledger: Ledger;
  /** Never aborted: whoever waits with it must leave no listener behind. */
  readonly signal: AbortSignal;
  /** Where the server can be reached in this round, by ways that break differently. */
  readonly addresses: readonly string[];
  /** The round is over: no new act begins. */
  readonly isOver: boolean;
  /** A new id for a message. */
  id(): string;
}

/** Signals that are aborted after a while, and no timer left behind. */
export class Aborts {
  readonly #timers = new Set<NodeJS.Timeout>();

  /** A signal that is aborted within so many milliseconds. */
  within(delay: number): AbortSignal {
    const controller = new AbortController();
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      controller.abort();
    }, delay);
    this.#timers.add(timer);
    return controller.signal;
  }

  clear(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}

export function pause(delay: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delay));
}
