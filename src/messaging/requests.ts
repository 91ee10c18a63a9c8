import type { Clock, TimerHandle } from '../base/clock.ts';
import type { RequestKey } from './envelope.ts';

/** A request under way. */
export interface PendingRequest {
  readonly key: RequestKey;
  readonly method: string;
  /** The same request may be sent again after a lost line. */
  readonly idempotent: boolean;
  /** Whether it was handed to the socket, on a line that is still there. */
  sent: boolean;
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

/** Requests that wait for a reply, by key. A Map: keys come back from a server and may be anything. */
export class Requests<Request extends PendingRequest> {
  readonly #clock: Clock;
  readonly #pending = new Map<RequestKey, { request: Request; timer: TimerHandle | undefined }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many are under way. */
  get size(): number {
    return this.#pending.size;
  }

  /** Adds a request; `expired` is called when it is still there after `timeout` milliseconds (`Infinity`: never). */
  add(request: Request, timeout: number, expired: () => void): void {
    const timer = Number.isFinite(timeout)
      ? this.#clock.setTimer(() => this.take(request.key) && expired(), timeout)
      : undefined;
    this.#pending.set(request.key, { request, timer });
  }

  /** The request with this key, if it is under way. */
  get(key: RequestKey): Request | undefined {
    return this.#pending.get(key)?.request;
  }

  /** Removes the request with this key and returns it; undefined if there is none: late, repeated or forged. */
  take(key: RequestKey): Request | undefined {
    const found = this.#pending.get(key);
    if (found === undefined) return undefined;
    this.#pending.delete(key);
    this.#clock.clearTimer(found.timer);
    return found.request;
  }

  /** All of them, oldest first. */
  all(): Request[] {
    return [...this.#pending.values()].map(({ request }) => request);
  }
}
