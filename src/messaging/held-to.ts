import type { Handler } from './handler.ts';

/** What a client asks its contract. */
export interface ContractChecks {
  /** @throws ValidationError for params that do not fit */
  sending(part: 'requests' | 'notifications' | 'streams', name: string, params: unknown): void;
  /** The result, checked. */
  result(method: string, reply: Promise<unknown>): Promise<unknown>;
  /** Tells an event when it has been checked: at once, where the schema answers at once; in order. */
  event(name: string, payload: unknown, tell: (payload: unknown) => void): void;
  /** The same for the events of one subscription. Undefined: they need no check. */
  stream(name: string): StreamCheck | undefined;
  /** A handler that is given what fits, and answers so. */
  handler(method: string, handler: Handler): Handler;
}

/** Tells an event when it has been checked. `tell` does not throw. */
export type StreamCheck = (event: unknown, tell: (event: unknown) => void) => void;
