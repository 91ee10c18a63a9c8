import type { Clock, TimerHandle } from '../base/clock.ts';
import type { RequestKey } from './envelope.ts';

/** A request under way. */
export interface PendingRequest<Self> {
  readonly key: RequestKey;
  readonly method: string;
  /** The same request may be sent again after a lost line. */
  readonly idempotent: boolean;
  /** Milliseconds that it may take. `Infinity`: for ever. */
  readonly timeout: number;
  /** When that is over, by the clock. Set by {@link Requests.add}. */
  deadline: number;
  /** Whether it was handed to the socket, on a line that is still there. */
  isSent: boolean;
  resolve(result: unknown): void;
  reject(error: unknown): void;
  /** It took too long, and is no longer under way. Called with itself: one function serves all. */
  readonly expired: (request: Self) => void;
}

/** Requests that wait for a reply, by key. A Map: keys come back from a server and may be anything. */
export class Requests<Request extends PendingRequest<Request>> {
  readonly #clock: Clock;
  readonly #pending = new Map<RequestKey, Request>();
  /** One timer for all of them, set for the one whose time is over first: a timer each would cost more than the rest. */
  #timer: TimerHandle | undefined;
  /** When it goes off. */
  #due = Number.POSITIVE_INFINITY;
  /** It may stay when none is under way any more, for those that come next. */
  #lingers = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many are under way. */
  get size(): number {
    return this.#pending.size;
  }

  /** Adds a request; its `expired` is called when it is still there after its `timeout`. */
  add(request: Request): void {
    const { key, timeout } = request;
    this.#pending.set(key, request);
    if (timeout === Number.POSITIVE_INFINITY) return;
    const now = this.#clock.now();
    request.deadline = now + timeout;
    this.#wake(request.deadline, now);
  }

  /** The request with this key, if it is under way. */
  get(key: RequestKey): Request | undefined {
    return this.#pending.get(key);
  }

  /** Removes the request with this key and returns it; undefined if there is none: late, repeated or forged. */
  take(key: RequestKey): Request | undefined {
    const found = this.#pending.get(key);
    if (found === undefined) return undefined;
    this.#pending.delete(key);
    if (!this.#lingers) this.rest();
    return found;
  }

  /** All of them, oldest first. */
  all(): Request[] {
    return [...this.#pending.values()];
  }

  /** A line is ready: one request may follow another, and the timer stays in between. */
  linger(): void {
    this.#lingers = true;
  }

  /** There is no line: no timer is left behind when none is under way. */
  rest(): void {
    this.#lingers = false;
    if (this.size > 0) return;
    this.#clock.clearTimer(this.#timer);
    this.#due = Number.POSITIVE_INFINITY;
  }

  /** Sees to it that the timer goes off at `deadline`, or before. */
  #wake(deadline: number, now: number): void {
    if (deadline >= this.#due) return;
    this.#clock.clearTimer(this.#timer);
    this.#due = deadline;
    this.#timer = this.#clock.setTimer(this.#expire, deadline - now);
  }

  readonly #expire = (): void => {
    const now = this.#clock.now();
    let next = Number.POSITIVE_INFINITY;
    this.#due = next;
    for (const request of this.all()) {
      const { key, deadline } = request;
      if (deadline > now) next = Math.min(next, deadline);
      // Whoever was told of another may have given this one up.
      else if (this.get(key) === request) {
        this.take(key);
        request.expired(request);
      }
    }
    this.#wake(next, now);
  };
}
