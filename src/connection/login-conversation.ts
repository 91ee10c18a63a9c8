import type { Clock, TimerHandle } from '../base/clock.ts';
import { type Deferred, deferred } from '../base/deferred.ts';
import { ConnectionError } from '../base/errors.ts';
import type { Closure } from '../protocol/closure.ts';

/**
 * How long a login waits for the server's next message unless it says otherwise, in milliseconds: a server that is
 * alive and says nothing must not hold up a client for ever.
 */
export const DEFAULT_LOGIN_REPLY_TIMEOUT_MS = 10_000;

/** Most messages that are kept while a login runs and does not read them. */
const MAX_UNREAD_MESSAGES = 1_000;

type Message = string | Uint8Array;

/** What the server says while a login runs: read by the login in order, or kept for the client. */
export class LoginConversation {
  readonly #clock: Clock;
  readonly #maxBytes: number;
  /** Messages that were not read by the login. */
  readonly #unread: Message[] = [];
  #unreadBytes = 0;
  /** Who waits for messages, first come, first served. */
  readonly #readers = new Set<Deferred<Message>>();
  /** What every `receive()` is answered with from now on, once nothing is left to read. */
  #over: ConnectionError | undefined;
  #isDismissed = false;

  constructor(clock: Clock, maxBytes: number) {
    this.#clock = clock;
    this.#maxBytes = maxBytes;
  }

  /** The oldest message that nobody has read, left where it is. */
  get next(): Message | undefined {
    return this.#unread[0];
  }

  /** Takes {@link next} away. */
  shift(): void {
    this.#unread.shift();
  }

  /** A message came. False when more is unread than may be kept. */
  take(data: Message): boolean {
    const [reader] = this.#readers;
    if (reader !== undefined) {
      this.#readers.delete(reader);
      reader.resolve(data);
      return true;
    }
    this.#unread.push(data);
    this.#unreadBytes += data.length;
    return this.#unread.length <= MAX_UNREAD_MESSAGES && this.#unreadBytes <= this.#maxBytes;
  }

  /** The server's next message, for the login. */
  receive(timeout: number = DEFAULT_LOGIN_REPLY_TIMEOUT_MS): Promise<Message> {
    const next = this.#isDismissed ? undefined : this.#unread.shift();
    if (next !== undefined) {
      this.#unreadBytes -= next.length;
      return Promise.resolve(next);
    }
    if (this.#over !== undefined) return Promise.reject(this.#over);
    const reader = deferred<Message>();
    this.#readers.add(reader);
    const timer: TimerHandle = this.#clock.setTimer(() => {
      this.#readers.delete(reader);
      reader.reject(noLoginAnswer(timeout));
    }, timeout);
    const clear = (): void => this.#clock.clearTimer(timer);
    reader.promise.then(clear, clear); // also the handler of a login that has stopped waiting
    return reader.promise;
  }

  /** Nothing more will come; what is here may still be read. */
  end(error: ConnectionError): void {
    this.#over = error;
    for (const reader of this.#readers) reader.reject(error);
    this.#readers.clear();
  }

  /** The login has no business here any more: whoever reads on is told `error`. */
  dismiss(error: ConnectionError): void {
    this.#isDismissed = true;
    this.end(error);
  }

  /** Forgets what was kept. */
  clear(): void {
    this.#unread.length = 0;
  }
}

/** Who reads although the login has resolved. */
export function loginIsOver(): ConnectionError {
  return new ConnectionError('LOGIN_FAILED', { detail: 'over' });
}

/** The server fills our memory instead of answering. */
export function floodedDuringLogin(): ConnectionError {
  return new ConnectionError('LOGIN_FAILED', { detail: 'flooded' });
}

/** The login failed by itself. */
export function loginFailed(cause: unknown): ConnectionError {
  return new ConnectionError('LOGIN_FAILED', { detail: 'failed', cause });
}

/** The line is gone. */
export function endedDuringLogin(closure?: Closure): ConnectionError {
  const { received, sent } = closure ?? {};
  return new ConnectionError('CONNECTION_LOST', { detail: 'during-login', received, sent });
}

/** The server did not say what the login waits for. */
export function noLoginAnswer(timeout: number): ConnectionError {
  return new ConnectionError('LOGIN_FAILED', { detail: 'no-answer', timeout });
}
