/** What every envelope asks of the shape of a message. */
import { AuthError, ConnectionError, RequestError } from '../base/errors.ts';
import { type Codec, json } from '../messaging/codec.ts';
import type { RemoteError, RequestKey } from '../messaging/envelope.ts';
import { MAX_KEY_LENGTH } from '../messaging/message-limits.ts';

/** An object with members of any kind. */
export type Shape = Readonly<Record<string, unknown>>;

/** Whether it is an object, and no list. */
export function isShape(value: unknown): value is Shape {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether it may be the key of a request or a subscription. */
export function isKey(value: unknown): value is RequestKey {
  return typeof value === 'number' || (typeof value === 'string' && value.length <= MAX_KEY_LENGTH);
}

/** Whether it is a text that may be kept as a key, or sent back. */
export function isShort(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_KEY_LENGTH;
}

/** Reads and writes JSON inside of what another codec carries. */
export const JSON_INSIDE: Codec = /* @__PURE__ */ json();

/** What a text of JSON says; `otherwise` of anything else, and of one that would take too much memory. Never throws. */
export function parsed(text: unknown, otherwise?: unknown): unknown {
  try {
    return typeof text === 'string' ? JSON_INSIDE.decode(text) : otherwise;
  } catch {
    return otherwise;
  }
}

/** The next message of a login as an object; an empty one if it is none. */
export async function heard(line: { receive(): Promise<string | Uint8Array> }): Promise<Shape> {
  const message = parsed(await line.receive());
  return isShape(message) ? message : {};
}

/** The error of a login that has heard something else than `expected`. */
export function otherProtocol(expected: string): ConnectionError {
  return new ConnectionError('LOGIN_FAILED', { detail: 'other-protocol', expected });
}

/** An error of the server's with these members, whatever they are. */
export function remote(code: unknown, message: unknown, data?: unknown): RemoteError {
  return {
    code: typeof code === 'number' || typeof code === 'string' ? code : undefined,
    message: typeof message === 'string' ? message : 'no message',
    ...(data === undefined ? {} : { data }),
  };
}

/** The error of a login that the server has refused for good: its word is the cause. */
export function refused(step: string, error: RemoteError): AuthError {
  return new AuthError(undefined, { cause: new RequestError(step, error) });
}

/** A longer message is no answer to a heartbeat. */
const MAX_GLANCE_LENGTH = 1_024;

/** What a short message of JSON with this word in it says; undefined of any other: not every message can be parsed twice. */
export function glance(data: string | Uint8Array, word: string): unknown {
  return data.length <= MAX_GLANCE_LENGTH && typeof data === 'string' && data.includes(word)
    ? parsed(data)
    : undefined;
}

/** A key of ours, a number, that a protocol carries as a text; undefined of any other text. */
export function numberIn(text: unknown): number | undefined {
  return typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** A value, or a function that is asked for it, which may take its time. */
export type Asked<T, Arguments extends readonly unknown[] = []> =
  | T
  | ((...given: Arguments) => T | PromiseLike<T>);

/** The value. */
export function ask<T, Arguments extends readonly unknown[]>(
  source: Asked<T, Arguments>,
  ...given: Arguments
): T | PromiseLike<T> {
  return typeof source === 'function'
    ? (source as (...all: Arguments) => T | PromiseLike<T>)(...given)
    : source;
}

/** How many keys a {@link Recent} remembers. */
export const MOST_RECENT = 1_000;

/** The last keys of some kind: a server must not be able to make us remember more. */
export class Recent {
  readonly #keys = new Set<unknown>();

  /** Remembers one, and forgets the oldest when there are too many. */
  add(key: unknown): void {
    this.#keys.add(key);
    if (this.#keys.size > MOST_RECENT) for (const oldest of this.#keys) return void this.#keys.delete(oldest);
  }

  /** Whether it is remembered. */
  has(key: unknown): boolean {
    return this.#keys.has(key);
  }

  /** Forgets it. Whether it was remembered. */
  delete(key: unknown): boolean {
    return this.#keys.delete(key);
  }
}
