/**
 * Every error of holdline, in one tree:
 *
 * ```
 * HoldlineError                    a branded Error with a stable `code`
 * ├─ HandshakeError                the connection never opened: phase, status, headers, body, retryAfter
 * ├─ ProtocolError                 the server broke RFC 6455 or a limit: the Close code sent, limit and size
 * ├─ ConnectionError               the connection was open and is gone: both Close frames
 * ├─ DeliveryError                 a message or request did not make it: its outcome
 * ├─ RequestError                  the server answered a request with an error
 * ├─ ValidationError               something does not fit the contract: what, where, why
 * └─ AuthError                     the server refused the login
 * UsageError                       a bad argument of the caller's (a TypeError with the same brand and `code`)
 * ```
 *
 * Who throws names a code and gives the evidence; the text comes from error-texts.ts: what happened, then what to do. It
 * never holds a token, cookie, header value or query string.
 * Two copies of the package may meet in one program: `instanceof` holds for both. {@link isHoldlineError} and `code` do so
 * for other versions too.
 */
import type {
  ConnectionErrorCode,
  DeliveryErrorCode,
  ErrorCode,
  Evidence,
  HandshakeErrorCode,
  ProtocolErrorCode,
  UsageErrorCode,
} from './error-codes.ts';
import { errorText } from './error-texts.ts';

export type {
  ConnectionErrorCode,
  DeliveryErrorCode,
  Detail,
  ErrorCode,
  Evidence,
  HandshakeErrorCode,
  ProtocolErrorCode,
  UsageErrorCode,
} from './error-codes.ts';

const BRAND: unique symbol = Symbol.for('holdline.error');

/**
 * What happens before a connection opens, in order: asking for the URL and the credentials (`url`), name look-up, the way
 * through a proxy, TCP, TLS, HTTP upgrade. `unknown`: the platform's WebSocket does not say.
 */
export type HandshakePhase = 'url' | 'dns' | 'proxy' | 'tcp' | 'tls' | 'http' | 'unknown';

/** A Close frame as it stood on the wire. `code` 1005 means that the frame had no body (RFC 6455, 7.1.5). */
export interface CloseFrame {
  /** RFC 6455, 7.4; 1005 for none. */
  readonly code: number;
  /** For logs, not for end users (RFC 6455, 7.1.6). Empty if there was none. */
  readonly reason: string;
}

/** The base of every error that holdline throws, apart from {@link UsageError}. */
export class HoldlineError extends Error {
  /** The name of the class, also in a bundle that shortens names. */
  static readonly kind: string = 'HoldlineError';
  /** Stable, for programs: see {@link ErrorCode}. */
  readonly code: ErrorCode;
  /** Which of the cases of this code, where it has several. Stable, for programs. */
  declare readonly detail: string | undefined;

  constructor(code: ErrorCode, evidence: Evidence = {}) {
    super(errorText(code, evidence), causeOf(evidence));
    this.name = new.target.kind;
    this.code = code;
    finish(this, evidence, new.target);
  }

  /** Holds for errors of another copy of the package too, such as the CommonJS one beside the ES module. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: the class that is asked about, which may be a user's own
    return isOf(this, value);
  }
}

/** What a refused or failed handshake left behind. All fields but `phase` may be missing. */
export interface HandshakeEvidence extends Evidence {
  /** How far the attempt came. */
  readonly phase: HandshakePhase;
  /** HTTP status of the answer. */
  readonly status?: number | undefined;
  /** The reason phrase beside the status. */
  readonly statusText?: string | undefined;
  /** Header fields of the answer, names in lower case, repeated ones joined by `, `; cookies are redacted. */
  readonly headers?: ReadonlyMap<string, string> | undefined;
  /** Up to 4 KiB of the body, as text. */
  readonly body?: string | undefined;
  /** Milliseconds that `Retry-After` asks us to wait. */
  readonly retryAfter?: number | undefined;
  /** What was received where something else was expected: the Accept value, the subprotocol, the extensions. */
  readonly received?: string | undefined;
  /** What was expected there. */
  readonly expected?: string | undefined;
  /** The limit that the answer's head passed, in bytes or header fields. */
  readonly limit?: number | undefined;
  /** Milliseconds after which the attempt was given up. */
  readonly timeout?: number | undefined;
  /** The system's own error: its `code` names the certificate's or the network's fault. */
  readonly cause?: unknown;
}

/** The connection never opened. */
export class HandshakeError extends HoldlineError {
  static override readonly kind: string = 'HandshakeError';
  declare readonly code: HandshakeErrorCode;
  /** How far the attempt came. */
  declare readonly phase: HandshakePhase;
  /** HTTP status of the answer, if one came. */
  declare readonly status: number | undefined;
  /** The reason phrase beside the status. */
  declare readonly statusText: string | undefined;
  /** Header fields of the answer, names in lower case; cookies are redacted. */
  declare readonly headers: ReadonlyMap<string, string> | undefined;
  /** Up to 4 KiB of the answer's body, as text. Not enumerable: a log of the error does not print it. */
  declare readonly body: string | undefined;
  /** Milliseconds that the server asked us to wait (`Retry-After`). */
  declare readonly retryAfter: number | undefined;
  /** The offending value of the answer (Accept, subprotocol, extensions). */
  declare readonly received: string | undefined;
  /** What should have stood there. */
  declare readonly expected: string | undefined;
  /** The limit that the head of the answer passed, in bytes or header fields. */
  declare readonly limit: number | undefined;
  /** `TIMEOUT`: milliseconds after which the attempt was given up. */
  declare readonly timeout: number | undefined;

  constructor(code: HandshakeErrorCode, evidence: HandshakeEvidence) {
    super(code, evidence);
  }
}

/** What is known of a broken rule or a passed limit. */
export interface ProtocolEvidence extends Evidence {
  /** The Close code that is sent to the server: 1002, 1007, 1008 or 1009. */
  readonly closeCode: number;
  /** The limit that was passed, in bytes or fragments. */
  readonly limit?: number | undefined;
  /** The size that passed it. */
  readonly size?: number | undefined;
}

/** The server broke the protocol or passed a limit; the connection was failed (RFC 6455, 7.1.7). */
export class ProtocolError extends HoldlineError {
  static override readonly kind: string = 'ProtocolError';
  declare readonly code: ProtocolErrorCode;
  /** The Close code that was sent to the server: 1002, 1007, 1008 or 1009. */
  declare readonly closeCode: number;
  /** The limit that was passed, in bytes or fragments. */
  declare readonly limit: number | undefined;
  /** The size that passed it. */
  declare readonly size: number | undefined;

  constructor(code: ProtocolErrorCode, evidence: ProtocolEvidence) {
    super(code, evidence);
  }
}

/** What is known of a connection that is gone. */
export interface ConnectionEvidence extends Evidence {
  /** The Close frame that the server sent, if any. */
  readonly received?: CloseFrame | undefined;
  /** The Close frame that we sent, if any. */
  readonly sent?: CloseFrame | undefined;
  /** Milliseconds after which it was given up. */
  readonly timeout?: number | undefined;
}

/** The connection was open and is gone. */
export class ConnectionError extends HoldlineError {
  static override readonly kind: string = 'ConnectionError';
  declare readonly code: ConnectionErrorCode;
  /** The Close frame that the server sent, if any. */
  declare readonly received: CloseFrame | undefined;
  /** The Close frame that we sent, if any. */
  declare readonly sent: CloseFrame | undefined;
  /** `HEARTBEAT_TIMEOUT`, `CLOSE_TIMEOUT`, `LOGIN_FAILED`: milliseconds after which it was given up. */
  declare readonly timeout: number | undefined;

  constructor(code: ConnectionErrorCode, evidence?: ConnectionEvidence) {
    super(code, evidence);
  }
}

/**
 * What is known of a message that failed: `not-sent` never reached the socket (safe to send again);
 * `unknown` was handed to the socket and no answer came (the server may or may not have acted on it).
 */
export type DeliveryOutcome = 'not-sent' | 'unknown';

/** What is known of a message or request that failed. */
export interface DeliveryEvidence extends Evidence {
  /** Whether the message may be sent again without doubt. */
  readonly outcome: DeliveryOutcome;
}

/** A message or request did not make it. */
export class DeliveryError extends HoldlineError {
  static override readonly kind: string = 'DeliveryError';
  declare readonly code: DeliveryErrorCode;
  /** Whether the message may be sent again without doubt. */
  declare readonly outcome: DeliveryOutcome;

  constructor(code: DeliveryErrorCode, evidence: DeliveryEvidence) {
    super(code, evidence);
  }
}

/** The server answered a request with an error of its own. */
export class RequestError extends HoldlineError {
  static override readonly kind: string = 'RequestError';
  declare readonly code: 'REQUEST_REJECTED';
  /** The method that was called. */
  declare readonly method: string;
  /** The server's own code: a number in JSON-RPC (specification, 5.1). */
  readonly remoteCode: number | string | undefined;
  /** The server's own message. */
  declare readonly remoteMessage: string;
  /** Whatever the server added. Not validated. */
  declare readonly data: unknown;

  constructor(
    method: string,
    remote: { code?: number | string | undefined; message: string; data?: unknown },
  ) {
    const { code: remoteCode, message: remoteMessage, data } = remote;
    super('REQUEST_REJECTED', { method, remoteCode, remoteMessage, data });
    this.remoteCode = remoteCode;
  }
}

/** What is known of something that does not fit a contract. */
export interface ValidationEvidence extends Evidence {
  /** What it is: an event, the result of a request, the params of one of the server's, something of ours. */
  readonly detail: 'event' | 'stream' | 'result' | 'params' | 'sent';
  /** Its name in the contract. */
  readonly method: string;
  /** What is wrong with it. */
  readonly issues: readonly ValidationIssue[];
}

/** One thing that is wrong with a value. */
export interface ValidationIssue {
  /** In the words of the schema's library. */
  readonly message: string;
  /** Where it stands: names and indexes from the outside in. */
  readonly path: readonly string[];
}

/** Something does not fit the contract of the client; the connection goes on. */
export class ValidationError extends HoldlineError {
  static override readonly kind: string = 'ValidationError';
  declare readonly code: 'VALIDATION_FAILED';
  declare readonly detail: 'event' | 'stream' | 'result' | 'params' | 'sent';
  /** The name in the contract: of the event, the stream, the request. */
  declare readonly method: string;
  /** What is wrong, ten things at most. */
  declare readonly issues: readonly ValidationIssue[];

  constructor(evidence: ValidationEvidence) {
    super('VALIDATION_FAILED', evidence);
  }
}

/** The server refused the login. The client stops: a refused login is not retried in a loop. */
export class AuthError extends HoldlineError {
  static override readonly kind: string = 'AuthError';
  declare readonly code: 'AUTH_REFUSED';

  /** @param message What happened and what to do, in your own words. Left out: the text of the evidence's `detail`. */
  constructor(message?: string, evidence: Evidence = {}) {
    super('AUTH_REFUSED', message === undefined ? evidence : { ...evidence, message });
  }
}

/** What is known of a wrong argument. */
export interface UsageEvidence extends Evidence {
  /** The option or argument, such as `heartbeat.interval`. */
  readonly option?: string | undefined;
  /** What it must be: "a number, 0 or more". */
  readonly expected?: string | undefined;
  /** What was given instead, briefly. Never a secret. */
  readonly received?: string | undefined;
  /** Where in a message it stands: `params[0].photo`. */
  readonly path?: string | undefined;
}

/** A bad argument: thrown at once, before a byte is sent. A `TypeError`, with a `code` like every other. */
export class UsageError extends TypeError {
  /** The name of the class, also in a bundle that shortens names. */
  static readonly kind: string = 'UsageError';
  /** Stable, for programs. */
  readonly code: UsageErrorCode;
  /** Which of the cases of this code, where it has several. Stable, for programs. */
  declare readonly detail: string | undefined;
  /** `INVALID_OPTION`: the option or argument, such as `heartbeat.interval`. */
  declare readonly option: string | undefined;
  /** `INVALID_OPTION`: what it must be. */
  declare readonly expected: string | undefined;
  /** `INVALID_OPTION`: what was given instead, briefly. Left out where it may be a secret. */
  declare readonly received: string | undefined;
  /**
   * `INVALID_DATA`: where in the message that stands which cannot be sent, such as `params[0].photo`. Empty: it is the
   * message.
   */
  declare readonly path: string | undefined;

  constructor(code: UsageErrorCode, evidence: UsageEvidence = {}) {
    super(errorText(code, evidence), causeOf(evidence));
    this.name = new.target.kind;
    this.code = code;
    finish(this, evidence, new.target);
  }

  /** Holds for errors of another copy of the package too, such as the CommonJS one beside the ES module. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: the class that is asked about, which may be a user's own
    return isOf(this, value);
  }
}

/** Every error of holdline, told apart by its `code`. */
export type AnyHoldlineError =
  | HandshakeError
  | ProtocolError
  | ConnectionError
  | DeliveryError
  | RequestError
  | ValidationError
  | AuthError
  | UsageError
  | MessageError;

/** A message could not be read, a handler failed, a subscription ended; the connection goes on. A plain {@link HoldlineError}. */
export interface MessageError extends HoldlineError {
  /** Stable, for programs. */
  readonly code:
    | 'BAD_MESSAGE'
    | 'HANDLER_FAILED'
    | 'SERVER_ERROR'
    | 'STORAGE_FAILED'
    | 'SUBSCRIPTION_OVERFLOW'
    | 'SUBSCRIPTION_ENDED';
}

/**
 * Whether `value` is an error of holdline, of this copy of the package or of another.
 *
 * @example
 * ```ts
 * try {
 *   await connect('wss://example.com');
 * } catch (error) {
 *   if (isHoldlineError(error) && error.code === 'HANDSHAKE_STATUS') console.log(error.status, error.message);
 * }
 * ```
 */
export function isHoldlineError(value: unknown): value is AnyHoldlineError {
  return value instanceof Error && (value as { [BRAND]?: unknown })[BRAND] === true;
}

/** The kinds of errors by which a connection decides what to do next. */
interface Kinds {
  readonly AuthError: AuthError;
  readonly ConnectionError: ConnectionError;
  readonly DeliveryError: DeliveryError;
  readonly HandshakeError: HandshakeError;
  readonly ProtocolError: ProtocolError;
  readonly UsageError: UsageError;
}

/**
 * Whether `error` is of this kind. Not by `instanceof`: a transport or a login may come from another copy of the
 * package (in CommonJS every entry point is one), and a refusal must not look like a lost connection because of that.
 */
export function isKind<Kind extends keyof Kinds>(error: unknown, kind: Kind): error is Kinds[Kind] {
  return isHoldlineError(error) && error.name === kind;
}

/** `value instanceof Class`, by the classes' names where two copies of the package meet. A class of a user's own has but one. */
function isOf(Class: Kinded, value: unknown): boolean {
  if (Function.prototype[Symbol.hasInstance].call(Class, value)) return true;
  if (!Object.hasOwn(Class, 'kind') || !isHoldlineError(value)) return false;
  const { kind } = value.constructor as unknown as Kinded;
  return kind === Class.kind || (Class.kind === 'HoldlineError' && kind !== 'UsageError');
}

/** An error without a cause has no field `cause`, not one that is undefined. */
function causeOf({ cause }: Evidence): { cause?: unknown } {
  return cause === undefined ? {} : { cause };
}

/** One of the classes above. */
type Kinded = Constructor & { readonly kind: string };

type Constructor = abstract new (...args: never) => Error;

/** Where it exists, it leaves the constructors out of the stack, so that the first frame is that of the caller. */
interface StackTraces {
  readonly captureStackTrace?: (error: Error, above: Constructor) => void;
}

/** Only what there is becomes a field: an error that is printed then lists no `undefined`. */
function finish(error: Error, { cause: _, message: __, ...facts }: Evidence, above: Constructor): void {
  Object.defineProperty(error, BRAND, { value: true });
  for (const [name, value] of Object.entries(facts)) {
    if (value === undefined) continue;
    Object.assign(error, { [name]: value });
    // A page of the server's is for whoever asks for it, not for every log.
    if (name === 'body') Object.defineProperty(error, name, { enumerable: false });
  }
  (Error as StackTraces).captureStackTrace?.(error, above);
}
