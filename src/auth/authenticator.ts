import type {
  AttemptInfo,
  HandshakeCredentials,
  LoginResult,
  LoginStarter,
  LoginWire,
} from '../connection/connection-options.ts';
import type { Codec } from '../messaging/codec.ts';
import type { RequestsCore } from '../messaging/requests.ts';
import type { Secrets } from '../transport/secrets.ts';
import type { SendData } from '../transport/transport.ts';

/**
 * The connection as a login sees it: open, but not ready. What the server sends and the login does not read is
 * delivered as ordinary messages afterwards.
 */
export interface LoginLine {
  /**
   * Sends a message.
   *
   * @param mayBeSecret - `false`: nothing in it is secret, or it is marked by {@link hide}. Default `true`: all of it is kept out
   * of errors
   */
  send(data: SendData, mayBeSecret?: boolean): void;
  /**
   * The next message of the server's.
   *
   * @throws ConnectionError when the connection ends first, or nothing comes within `timeout` milliseconds. Default
   * 10,000; `Infinity` waits as long as the connection lives.
   */
  receive(timeout?: number): Promise<string | Uint8Array>;
  /**
   * Asks the server, with the envelope and the codec of the client, and waits for its reply.
   *
   * @typeParam Result - what it replies with
   * @throws RequestError if the server answers with an error; ConnectionError as `receive` does; UsageError `UNSUPPORTED`
   * with an envelope that knows no requests, `INVALID_DATA` for what the codec cannot carry
   */
  request<Result = unknown>(
    method: string,
    params?: unknown,
    options?: { readonly timeout?: number | undefined },
  ): Promise<Result>;
  /**
   * Gives the client a message that the login has read and does not want, or what stood behind the acceptance in one
   * message. It is delivered as an ordinary message when the login is over, in order, ahead of what was not read.
   *
   * @throws ConnectionError `LOGIN_FAILED` when the login is over, or more would be kept than may be
   */
  deliver(message: string | Uint8Array): void;
  /** The subprotocol that the server chose, or an empty string. */
  readonly protocol: string;
  /**
   * The header fields of the server's answer to the handshake, names in lower case. Cookies are redacted.
   * Undefined in a browser, which keeps them to itself.
   */
  readonly headers: ReadonlyMap<string, string> | undefined;
  /**
   * Takes over the heartbeat's interval from the server, in milliseconds, where its greeting names one: with a ping of
   * ours we ask that often; with `serverPings()` the server is expected to speak that often. What is no such number is
   * ignored, and what is less than 1,000 counts as that.
   *
   * @param beat - how often the server wants to hear from us, in milliseconds, where we say something that it does not
   * answer (`beat` of `serverPings()`); 0 for never
   */
  announce(interval: number, beat?: number): void;
  /**
   * Marks a text as secret, as {@link AttemptInfo.hide} does. What is sent as text needs no mark: of JSON each value is
   * one, of anything else each word.
   */
  hide(secret: string): void;
  /** The client's time, in milliseconds, for a deadline over several messages. Only differences mean something. */
  now(): number;
  /** Aborted when the connection ends or the client is closed. */
  readonly signal: AbortSignal;
  /** Which attempt in a row this is: 1 for the first. */
  readonly attempt: number;
}

/** What a login resolves with: nothing, or what it has to tell of the line. */
// biome-ignore lint/suspicious/noConfusingVoidType: most functions that log in return nothing
export type LoginOutcome = Promise<LoginResult | void>;

/** A login as {@link Authenticator} takes it: made by `login()`, which brings what it needs along. */
export interface Login extends LoginStarter {
  /** The function that it was made of. */
  readonly talk: (line: LoginLine) => LoginOutcome;
  /** Makes what asks the server in the envelope and the codec of a client: for {@link LoginLine.request}. */
  readonly wire?: ((core: RequestsCore, codec: Codec) => LoginWire) | undefined;
}

/**
 * A way to log in: with credentials in the handshake (`prepare`), with messages on the open line (`login`), or both. Each
 * runs anew for every line.
 *
 * A refusal (an `AuthError` of `login`, HTTP 401 or 403, the close codes 4401, 4403, 4003 and 1008) is answered by `renew`,
 * once, and one more attempt at once. If that is refused too, or there is no `renew`, the client stops with an `AuthError`.
 */
export interface Authenticator {
  /**
   * The credentials that travel in the handshake, asked for before every attempt.
   *
   * @throws AuthError if there are none to be had: the client stops. Any other error is an attempt that failed.
   */
  readonly prepare?:
    | ((info: AttemptInfo) => HandshakeCredentials | PromiseLike<HandshakeCredentials>)
    | undefined;
  /** Runs on every open connection before it is ready; only its messages flow meanwhile. Made by `login()`. */
  readonly login?: Login | undefined;
  /**
   * Gets new credentials after a refusal, for the `prepare` or `login` that follows. One at a time: it is not called again
   * while it runs, whatever becomes of the attempt that began it. Its signal is aborted when the client is closed, or it has
   * taken as long as an attempt ever may (`reconnect.maxConnectTimeout`, 60 s): then it is given up, and asked for again.
   *
   * @param cause - the refusal: an `AuthError`, whose `cause` has the answer of the server, if it was one
   * @throws AuthError if there are none to be had: the client stops. Any other error is an attempt that failed, and
   * `renew` is asked again in the next.
   */
  readonly renew?: ((cause: unknown, info: AttemptInfo) => void | PromiseLike<void>) | undefined;
  /**
   * Asked once a client for a function that makes, for each attempt, what takes its secrets out of errors, states and traces.
   * Node has it anyway; in a page it comes with holdline's own ways to log in, `login()` included: spread one of these.
   */
  readonly secrets?: (() => () => Secrets) | undefined;
  /** Where it goes by a token: for `tokenRenewal()`. */
  readonly tokens?: Tokens | undefined;
}

/** The tokens of an authenticator, for {@link tokenRenewal}. */
export interface Tokens {
  /** The one that was used last. */
  readonly last: string | undefined;
  /** Gets one that is to take its place: by `refresh` where there is one, else by asking for the token again. */
  renew(info: AttemptInfo): Promise<string>;
}

/** An {@link Authenticator} whose login is a plain function: `createClient` takes it, `createSlimClient` wants `login()`. */
export interface PlainAuthenticator extends Omit<Authenticator, 'login'> {
  /** As `login()` takes it. */
  readonly login: (line: LoginLine) => LoginOutcome;
}
