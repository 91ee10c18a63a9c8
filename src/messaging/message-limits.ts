import { HoldlineError } from '../base/errors.ts';

/** What a server can make a client hold or do by messages, beside the {@link Limits} of every connection. */
export interface MessageLimits {
  /**
   * Most messages in one: the items of a batch. Default 1,000, as go-ethereum has it. Passed: `BAD_MESSAGE`, and nothing of it
   * is read.
   */
  readonly maxBatch: number;
  /**
   * Most bytes, as they take memory, that a client holds altogether of what nobody has taken yet: events of subscriptions,
   * messages that wait for a loop or behind `pause()` where the server cannot be stopped, params of requests that handlers
   * are busy with. One that is alone may be larger. Default 32 MiB, two of the largest messages of JSON. Passed:
   * `SUBSCRIPTION_OVERFLOW`, a `gap`, or a refusal of the server's request.
   */
  readonly maxHeldBytes: number;
  /**
   * Most requests of the server's that handlers are busy with at once. Default 1,000. Passed: the server is told of an
   * internal error.
   */
  readonly maxHandlers: number;
}

/** The limits in force unless others are given. */
export const DEFAULT_MESSAGE_LIMITS: MessageLimits = /* @__PURE__ */ Object.freeze({
  maxBatch: 1_000,
  maxHeldBytes: 33_554_432, // 32 MiB
  maxHandlers: 1_000,
});

/**
 * Largest message where a codec reads it, in bytes: what it becomes takes up to 28 times as much. python websockets allows
 * 1 MiB, ws 100.
 */
export const MAX_READ_BYTES = 16_777_216;

/** Most characters of a key or a cursor that comes from the server: they are kept, and sent back. UUIDs have 36. */
export const MAX_KEY_LENGTH = 1_024;

/** @throws HoldlineError `BAD_MESSAGE` for a message of the server's that passes a limit */
export function checkAmount(option: string, size: number, limit: number): void {
  if (size > limit) throw new HoldlineError('BAD_MESSAGE', { detail: 'too-much', option, size, limit });
}
