import type { Clock, TimerHandle } from '../../base/clock.ts';
import { type HoldlineError, isKind } from '../../base/errors.ts';
import type { Exchange } from './exchange.ts';
import type { PollAnswer } from './options.ts';

/** How often in a row a poll is repeated, where the server tells again what was lost. */
export const MAX_REPEATS = 3;

/** How long to wait before that, in milliseconds. */
export const REPEAT_AFTER_MS = 1_000;

/** The longest wait before it that a server may ask for, in milliseconds. */
export const MAX_REPEAT_WAIT_MS = 10_000;

/** Without an interval, answers that say nothing are at least so far apart, in milliseconds: a server may hold none. */
export const MIN_EMPTY_MS = 1_000;

/** Who asks. */
export interface PollerPorts {
  readonly clock: Clock;
  /** Milliseconds from one answer to the next question. */
  readonly interval: number;
  /** Whether a question whose answer was lost may be put again. */
  readonly repeats: boolean;
  /** Whether more may be asked for now. */
  readonly mayAsk: boolean;
  /** The next question; undefined if there is none. */
  ask(): Exchange | undefined;
  /** An answer came. Returns whether it said anything. */
  answered(answer: PollAnswer): boolean;
  /** There is no answer. */
  failed(error: HoldlineError): void;
}

/** The lane for receiving: one question under way at a time. */
export class Poller {
  readonly #ports: PollerPorts;
  #exchange: Exchange | undefined;
  #next: TimerHandle | undefined;
  #askedAt: number | undefined;
  #repeats = 0;
  /** Something was sent since the last question. */
  #isUrged = false;
  #isOver = false;

  constructor(ports: PollerPorts) {
    this.#ports = ports;
  }

  /** The server may have something new: the next question does not wait for its time. */
  urge(): void {
    this.#isUrged = true;
    if (this.#exchange === undefined && this.#repeats === 0) this.#ask();
  }

  /** Asks when it is time, if it may. */
  goOn(): void {
    if (this.#exchange !== undefined || this.#next !== undefined) return;
    // What opened the connection was an answer too.
    if (this.#askedAt === undefined) this.#after(this.#ports.interval);
    else this.#ask();
  }

  /** Ends the question under way, and asks no more. */
  stop(): void {
    this.#isOver = true;
    this.#clear();
    this.#exchange?.end();
  }

  #ask(): void {
    this.#clear();
    const { mayAsk, clock } = this.#ports;
    if (this.#isOver || !mayAsk) return;
    this.#askedAt = clock.now();
    this.#isUrged = false;
    const exchange = this.#ports.ask();
    this.#exchange = exchange;
    exchange?.start().then(
      (answer) => this.#answered(answer),
      (error) => this.#failed(error),
    );
  }

  #answered(answer: PollAnswer): void {
    this.#repeats = 0;
    const { clock, interval } = this.#ports;
    const isNews = this.#ports.answered(answer);
    // Not before it was read: until then a question is under way.
    this.#exchange = undefined;
    const early = isNews || interval > 0 ? 0 : (this.#askedAt as number) + MIN_EMPTY_MS - clock.now();
    if (this.#isUrged) this.#ask();
    else this.#after(Math.max(interval, early));
  }

  #failed(error: HoldlineError): void {
    this.#exchange = undefined;
    const { repeats } = this.#ports;
    const refusal = isKind(error, 'HandshakeError') ? error : undefined;
    const wait = refusal?.retryAfter ?? 0;
    // A longer wait is no part of a connection that counts as ready: the next one waits so long.
    const isSoon = wait <= MAX_REPEAT_WAIT_MS;
    const mayPass =
      refusal !== undefined && isSoon && (refusal.status === undefined || refusal.status >= 500);
    if (!repeats || !mayPass || this.#repeats === MAX_REPEATS) return this.#ports.failed(error);
    this.#repeats++;
    this.#after(Math.max(wait, REPEAT_AFTER_MS));
  }

  #after(delay: number): void {
    if (this.#isOver) return;
    if (delay <= 0) return this.#ask();
    this.#next = this.#ports.clock.setTimer(() => this.#ask(), delay);
  }

  #clear(): void {
    this.#ports.clock.clearTimer(this.#next);
    this.#next = undefined;
  }
}
