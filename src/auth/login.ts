import type { Clock, TimerHandle } from '../base/clock.ts';
import { type Deferred, deferred } from '../base/deferred.ts';
import { ConnectionError, RequestError } from '../base/errors.ts';
import type {
  LoginConversation,
  LoginResult,
  LoginWire,
  OpeningLine,
} from '../connection/connection-options.ts';
import { secrets } from '../transport/secrets.ts';
import type { Authenticator, Login, LoginLine, LoginOutcome } from './authenticator.ts';
import { checkLogin } from './checks.ts';
import { loginWire } from './login-wire.ts';

/**
 * How long a login waits for the server's next message unless it says otherwise, in milliseconds: a server that is
 * alive and says nothing must not hold up a client for ever.
 */
export const DEFAULT_LOGIN_REPLY_TIMEOUT_MS = 10_000;

/** Most messages that are kept while a login runs and does not read them, within `limits.maxMessageBytes`. */
export const MAX_UNREAD_MESSAGES = 1_000;

type Message = string | Uint8Array;

/**
 * A login of your own: a function that talks to the server on every new connection before any other message flows. It
 * resolves when the server has accepted, maybe with a {@link LoginResult}. Spread it beside `prepare` or `renew` if you need
 * these too.
 *
 * @param talk - rejects with an `AuthError` if the server refuses: the client stops, or renews its credentials once. Any
 * other error is an attempt that failed, and is retried with backoff
 * @throws UsageError `INVALID_OPTION` for what is no function
 * @example
 * ```ts
 * const client = createClient({
 *   url: 'wss://example.com/socket',
 *   auth: login(async (line) => {
 *     line.send(JSON.stringify({ user: 'ada', password: await askUser() }));
 *     if ((await line.receive()) !== 'welcome') throw new AuthError('The server refused the password.');
 *   }),
 * });
 * ```
 */
export function login(
  talk: (line: LoginLine) => LoginOutcome,
): Required<Pick<Authenticator, 'login' | 'secrets'>> & { readonly login: Login } {
  checkLogin(talk, login);
  return { login: { talk, wire: loginWire, begin: (line) => new Conversation(talk, line) }, secrets };
}

/** What the server says while a login runs: read by the login in order, or kept for the client. */
class Conversation implements LoginConversation {
  readonly done: Promise<LoginResult | undefined>;
  readonly #clock: Clock;
  readonly #maxBytes: number;
  /** Messages that were not read by the login. */
  readonly #unread: Message[] = [];
  #unreadBytes = 0;
  /** Those that it has read and gives to the client. */
  readonly #delivered: Message[] = [];
  /** What the login has asked, with the method. */
  readonly #asked = new Map<
    string | number,
    { readonly method: string; readonly reply: Deferred<unknown> }
  >();
  readonly #line: OpeningLine;
  /** Who waits for messages, first come, first served. */
  readonly #readers = new Set<Deferred<Message>>();
  /** What every `receive()` is answered with from now on, once nothing is left to read. */
  #over: ConnectionError | undefined;
  #isDismissed = false;

  constructor(talk: (line: LoginLine) => LoginOutcome, line: OpeningLine) {
    const { clock, maxBytes, attempt, send, hide, announce, protocol = '', headers } = line;
    this.#line = line;
    this.#clock = clock;
    this.#maxBytes = maxBytes;
    const talking: LoginLine = {
      attempt,
      send,
      hide,
      announce,
      protocol,
      headers,
      request: (method, params, options = {}) =>
        this.#request(method, params, options.timeout) as Promise<never>,
      deliver: (message) => this.#deliver(message),
      receive: (timeout) => this.#receive(timeout),
      now: () => clock.now(),
      get signal() {
        return line.signal;
      },
    };
    // In a function of its own, so that a login that throws at once fails like one that rejects.
    this.done = (async () => talk(talking))() as Promise<LoginResult | undefined>;
  }

  get next(): Message | undefined {
    return this.#delivered[0] ?? this.#unread[0];
  }

  shift(): void {
    if (this.#delivered.shift() === undefined) this.#unread.shift();
  }

  take(data: Message): boolean {
    if (this.#asked.size > 0 && this.#takeAnswers(data)) return true;
    const [reader] = this.#readers;
    if (reader !== undefined) {
      this.#readers.delete(reader);
      reader.resolve(data);
      return true;
    }
    this.#unread.push(data);
    return this.#count(data);
  }

  /** Whether a message was the answers to what the login has asked, and nothing else. */
  #takeAnswers(data: Message): boolean {
    const { wire, clean } = this.#line;
    const { answers, isAll } = (wire as LoginWire).read(data);
    let isOurs = isAll;
    for (const { key, result, error } of answers) {
      const asked = this.#asked.get(key);
      if (asked === undefined) isOurs = false;
      else if (error === undefined) asked.reply.resolve(result);
      else asked.reply.reject(new RequestError(asked.method, clean(error)));
      this.#asked.delete(key);
    }
    return isOurs;
  }

  end(error: ConnectionError): void {
    this.#over = error;
    for (const reader of this.#readers) reader.reject(error);
    this.#readers.clear();
    for (const { reply } of this.#asked.values()) reply.reject(error);
    this.#asked.clear();
  }

  dismiss(error: ConnectionError): void {
    this.#isDismissed = true;
    this.end(error);
  }

  /** False when more is kept than may be. */
  #count({ length }: Message): boolean {
    this.#unreadBytes += length;
    const count = this.#unread.length + this.#delivered.length;
    return count <= MAX_UNREAD_MESSAGES && this.#unreadBytes <= this.#maxBytes;
  }

  #deliver(message: Message): void {
    if (this.#over !== undefined && this.#isDismissed) throw this.#over;
    this.#delivered.push(message);
    if (!this.#count(message)) throw new ConnectionError('LOGIN_FAILED', { detail: 'flooded' });
  }

  async #request(
    method: string,
    params: unknown,
    timeout: number = DEFAULT_LOGIN_REPLY_TIMEOUT_MS,
  ): Promise<unknown> {
    if (this.#over !== undefined) throw this.#over;
    const { key, data } = (this.#line.wire as LoginWire).ask(method, params);
    const reply = deferred<unknown>();
    this.#asked.set(key, { method, reply });
    const timer = this.#clock.setTimer(() => {
      this.#asked.delete(key);
      reply.reject(noLoginAnswer(timeout));
    }, timeout);
    const clear = (): void => this.#clock.clearTimer(timer);
    reply.promise.then(clear, clear);
    this.#line.send(data);
    return reply.promise;
  }

  #receive(timeout: number = DEFAULT_LOGIN_REPLY_TIMEOUT_MS): Promise<Message> {
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
}

/** The error of a login that the server did not answer in time, in milliseconds. */
export function noLoginAnswer(timeout: number): ConnectionError {
  return new ConnectionError('LOGIN_FAILED', { detail: 'no-answer', timeout });
}
