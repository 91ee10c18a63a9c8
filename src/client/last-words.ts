import type { Clock, TimerHandle } from '../base/clock.ts';
import { queueTask } from '../base/task.ts';
import type { Inbox } from '../messaging/inbox.ts';

/** How long a reader may take over one message once the server has ended, in milliseconds. */
export const PATIENCE_MS = 1_000;

/**
 * Keeps the server's end back until its last words were read, and could be answered: until nothing is left to read, one
 * task has gone by, and every loop has come back for the next message.
 */
export class LastWords {
  readonly #inbox: Inbox;
  readonly #clock: Clock;
  #proceed: (() => void) | undefined;
  #timer: TimerHandle | undefined;
  /** Loops over the messages that were begun and not left. */
  #loops = 0;

  constructor(inbox: Inbox, clock: Clock) {
    this.#inbox = inbox;
    this.#clock = clock;
    inbox.listener = this;
  }

  /** The messages for one loop. */
  loop(): AsyncIterator<string | Uint8Array, undefined> {
    let isRunning = false;
    const count = (is: boolean): void => {
      if (is !== isRunning) this.#loops += is ? 1 : -1;
      isRunning = is;
      this.read();
    };
    return {
      next: () => {
        const result = this.#inbox.next();
        count(true);
        return result;
      },
      return: () => {
        count(false);
        return Promise.resolve({ value: undefined, done: true });
      },
    };
  }

  /** The end is here: `proceed` carries it out. */
  hold(proceed: () => void): void {
    this.#proceed = proceed;
    this.read();
  }

  /** A reader has taken a message, or come back for the next one. */
  read(): void {
    if (this.#proceed === undefined) return;
    this.#clock.clearTimer(this.#timer);
    this.#timer = this.#clock.setTimer(() => this.release(), PATIENCE_MS);
    queueTask(() => {
      const { waiting, readers } = this.#inbox;
      if (waiting.size === 0 && readers.length >= this.#loops) this.release();
    });
  }

  /** Waits no longer. */
  release(): void {
    this.#clock.clearTimer(this.#timer);
    this.#timer = undefined;
    const proceed = this.#proceed;
    this.#proceed = undefined;
    proceed?.();
  }
}
