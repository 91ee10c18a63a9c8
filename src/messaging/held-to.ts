import type { Handler } from './handler.ts';

/** What a client asks its contract. */
export interface ContractChecks {
  /** @throws ValidationError for params that do not fit */
  sending(part: 'requests' | 'notifications' | 'streams', name: string, params: unknown): void;
  /** The result, checked. Rejects with the reason of `signal` when that is aborted meanwhile. */
  result(method: string, reply: Promise<unknown>, signal?: AbortSignal): Promise<unknown>;
  /** Tells an event when it has been checked: at once, where the schema answers at once; in order. */
  event(name: string, payload: unknown, tell: (payload: unknown) => void): void;
  /** The same for the events of one subscription. Undefined: they need no check. */
  stream(name: string): StreamCheck | undefined;
  /** A handler that is given what fits, and answers so. */
  handler(method: string, handler: Handler): Handler;
  /** Calls `then` when everything that came before, by any name, has been told: at once where no schema is busy. */
  after(then: () => void): void;
}

/** What the events of one subscription have to pass, in order. */
export interface StreamCheck {
  /** Tells an event when it has been checked. `tell` does not throw. */
  pass(event: unknown, tell: (event: unknown) => void): void;
  /** Calls `then` when every event that came before has been told: at once where no schema is busy. */
  after(then: () => void): void;
  /** Nobody wants what is still being checked. What waits in {@link after} is called. */
  drop(): void;
}
