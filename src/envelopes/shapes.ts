/** What every envelope asks of the shape of a message. */
import { AuthError, ConnectionError, RequestError } from '../base/errors.ts';
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

/** What a text means as JSON; `otherwise` if it is none. */
export function parsed(text: unknown, otherwise?: unknown): unknown {
  try {
    return typeof text === 'string' ? JSON.parse(text) : otherwise;
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
