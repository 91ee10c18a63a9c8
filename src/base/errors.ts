/**
 * Every error of holdline, in one tree:
 *
 * ```
 * HoldlineError                    a branded Error with a stable `code`
 * ├─ HandshakeError                the line never opened: phase, status, headers, body, retryAfter
 * ├─ ProtocolError                 the server broke RFC 6455 or a limit: the Close code sent, limit and size
 * ├─ ConnectionError               the line was open and is gone: both Close frames
 * ├─ DeliveryError                 a message or request did not make it: its outcome
 * ├─ RequestError                  the server answered a request with an error
 * └─ AuthError                     the server refused the login
 * UsageError                       a bad argument of the caller's (a TypeError with the same brand and `code`)
 * ```
 *
 * A message says what happened, then what to do. It never holds a token, cookie, header value or query string.
 * Two copies of the package may meet in one program: ask {@link isHoldlineError} and `code`, not `instanceof`.
 */

const BRAND: unique symbol = Symbol.for('holdline.error');

/** The stable codes, one heading each in docs/reference/errors.md. */
export type ErrorCode =
  | HandshakeErrorCode
  | ProtocolErrorCode
  | ConnectionErrorCode
  | DeliveryErrorCode
  | UsageErrorCode
  | 'REQUEST_REJECTED'
  | 'AUTH_REFUSED'
  | 'BAD_MESSAGE'
  | 'HANDLER_FAILED'
  | 'STORAGE_FAILED'
  | 'SUBSCRIPTION_OVERFLOW'
  | 'SUBSCRIPTION_ENDED';

/** Codes of a {@link HandshakeError}. */
export type HandshakeErrorCode =
  | 'URL_SOURCE'
  | 'CREDENTIALS'
  | 'DNS'
  | 'CONNECT'
  | 'PROXY'
  | 'TLS'
  | 'TIMEOUT'
  | 'HANDSHAKE_STATUS'
  | 'HANDSHAKE_REDIRECT'
  | 'HANDSHAKE_MALFORMED'
  | 'HANDSHAKE_HEADERS_TOO_LARGE'
  | 'HANDSHAKE_UPGRADE'
  | 'HANDSHAKE_CONNECTION'
  | 'HANDSHAKE_ACCEPT'
  | 'HANDSHAKE_PROTOCOL'
  | 'HANDSHAKE_EXTENSION'
  | 'HANDSHAKE_CLOSED'
  | 'HANDSHAKE_OPAQUE'
  | 'BLOCKED_PORT'
  | 'HANDSHAKE_ABORTED';

/** Codes of a {@link ProtocolError}. */
export type ProtocolErrorCode = 'PROTOCOL' | 'INVALID_PAYLOAD' | 'MESSAGE_TOO_BIG' | 'TOO_MANY_FRAGMENTS';

/** Codes of a {@link ConnectionError}. */
export type ConnectionErrorCode =
  | 'CONNECTION_LOST'
  | 'CONNECTION_CLOSED'
  | 'HEARTBEAT_TIMEOUT'
  | 'CLOSE_TIMEOUT'
  | 'SEND_BUFFER_FULL'
  | 'LOGIN_FAILED'
  | 'HANDOVER_FAILED'
  | 'INBOX_OVERFLOW';

/** Codes of a {@link DeliveryError}. */
export type DeliveryErrorCode =
  | 'NOT_CONNECTED'
  | 'LINE_LOST'
  | 'CLIENT_CLOSED'
  | 'OUTBOX_FULL'
  | 'OUTBOX_DROPPED'
  | 'OUTBOX_EXPIRED'
  | 'OUTBOX_REPLACED'
  | 'OUTBOX_KEPT'
  | 'SEND_FAILED'
  | 'BACKPRESSURE'
  | 'TOO_MANY_REQUESTS'
  | 'REQUEST_TIMEOUT'
  | 'ABORTED';

/** Codes of a {@link UsageError}. */
export type UsageErrorCode =
  | 'INVALID_URL'
  | 'INVALID_SUBPROTOCOL'
  | 'INVALID_HEADER'
  | 'INVALID_CLOSE'
  | 'INVALID_DATA'
  | 'INVALID_OPTION'
  | 'INVALID_STATE'
  | 'UNSUPPORTED';

/**
 * What happens before a line opens, in order: asking for the URL and the credentials (`url`), name look-up, the way through a proxy, TCP, TLS, HTTP
 * upgrade. `unknown`: the platform's WebSocket does not say.
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
  override name = 'HoldlineError';
  /** Stable, for programs: see {@link ErrorCode}. */
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
    brand(this);
  }
}

/** What a refused or failed handshake left behind. All fields but `phase` may be missing. */
export interface HandshakeEvidence {
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
  /** The system's own error: its `code` names the certificate's or the network's fault. */
  readonly cause?: unknown;
}

/** The line never opened. */
export class HandshakeError extends HoldlineError {
  override name = 'HandshakeError';
  declare readonly code: HandshakeErrorCode;
  /** How far the attempt came. */
  declare readonly phase: HandshakePhase;
  /** HTTP status of the answer, if one came. */
  declare readonly status: number | undefined;
  /** The reason phrase beside the status. */
  declare readonly statusText: string | undefined;
  /** Header fields of the answer, names in lower case; cookies are redacted. */
  declare readonly headers: ReadonlyMap<string, string> | undefined;
  /** Up to 4 KiB of the answer's body, as text. */
  declare readonly body: string | undefined;
  /** Milliseconds that the server asked us to wait (`Retry-After`). */
  declare readonly retryAfter: number | undefined;
  /** The offending value of the answer (Accept, subprotocol, extensions). */
  declare readonly received: string | undefined;
  /** What should have stood there. */
  declare readonly expected: string | undefined;
  /** The limit that the head of the answer passed, in bytes or header fields. */
  declare readonly limit: number | undefined;

  constructor(code: HandshakeErrorCode, message: string, evidence: HandshakeEvidence) {
    super(code, message, evidence);
    showEvidence(this, evidence);
  }
}

/** The server broke the protocol or passed a limit; the connection was failed (RFC 6455, 7.1.7). */
export class ProtocolError extends HoldlineError {
  override name = 'ProtocolError';
  declare readonly code: ProtocolErrorCode;
  /** The Close code that was sent to the server: 1002, 1007, 1008 or 1009. */
  readonly closeCode: number;
  /** The limit that was passed, in bytes or fragments. */
  readonly limit: number | undefined;
  /** The size that passed it. */
  readonly size: number | undefined;

  constructor(
    code: ProtocolErrorCode,
    message: string,
    evidence: { closeCode: number; limit?: number; size?: number; cause?: unknown },
  ) {
    super(code, message, evidence);
    this.closeCode = evidence.closeCode;
    this.limit = evidence.limit;
    this.size = evidence.size;
  }
}

/** The line was open and is gone. */
export class ConnectionError extends HoldlineError {
  override name = 'ConnectionError';
  declare readonly code: ConnectionErrorCode;
  /** The Close frame that the server sent, if any. */
  readonly received: CloseFrame | undefined;
  /** The Close frame that we sent, if any. */
  readonly sent: CloseFrame | undefined;

  constructor(
    code: ConnectionErrorCode,
    message: string,
    evidence: { received?: CloseFrame | undefined; sent?: CloseFrame | undefined; cause?: unknown } = {},
  ) {
    super(code, message, evidence);
    this.received = evidence.received;
    this.sent = evidence.sent;
  }
}

/**
 * What is known of a message that failed: `not-sent` never reached the socket (safe to send again);
 * `unknown` was handed to the socket and no answer came (the server may or may not have acted on it).
 */
export type DeliveryOutcome = 'not-sent' | 'unknown';

/** A message or request did not make it. */
export class DeliveryError extends HoldlineError {
  override name = 'DeliveryError';
  declare readonly code: DeliveryErrorCode;
  /** Whether the message may be sent again without doubt. */
  readonly outcome: DeliveryOutcome;

  constructor(
    code: DeliveryErrorCode,
    message: string,
    evidence: { outcome: DeliveryOutcome; cause?: unknown },
  ) {
    super(code, message, evidence);
    this.outcome = evidence.outcome;
  }
}

/** The server answered a request with an error of its own. */
export class RequestError extends HoldlineError {
  override name = 'RequestError';
  declare readonly code: 'REQUEST_REJECTED';
  /** The method that was called. */
  readonly method: string;
  /** The server's own code: a number in JSON-RPC (specification, 5.1). */
  readonly remoteCode: number | string | undefined;
  /** The server's own message. */
  readonly remoteMessage: string;
  /** Whatever the server added. Not validated. */
  readonly data: unknown;

  constructor(
    method: string,
    remote: { code?: number | string | undefined; message: string; data?: unknown },
  ) {
    const code = remote.code === undefined ? '' : ` (${remote.code})`;
    super('REQUEST_REJECTED', `The server refused the request "${method}": ${remote.message}${code}.`);
    this.method = method;
    this.remoteCode = remote.code;
    this.remoteMessage = remote.message;
    this.data = remote.data;
  }
}

/** The server refused the login. The client stops: a refused login is not retried in a loop. */
export class AuthError extends HoldlineError {
  override name = 'AuthError';
  declare readonly code: 'AUTH_REFUSED';

  constructor(message: string, options?: { cause?: unknown }) {
    super('AUTH_REFUSED', message, options);
  }
}

/** A bad argument: thrown at once, before a byte is sent. A `TypeError`, with a `code` like every other. */
export class UsageError extends TypeError {
  override name = 'UsageError';
  /** Stable, for programs. */
  readonly code: UsageErrorCode;

  constructor(code: UsageErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
    brand(this);
  }
}

/** Every error of holdline, told apart by its `code`. */
export type AnyHoldlineError =
  | HandshakeError
  | ProtocolError
  | ConnectionError
  | DeliveryError
  | RequestError
  | AuthError
  | UsageError
  | MessageError;

/** A message could not be read, a handler failed, a subscription ended; the line goes on. A plain {@link HoldlineError}. */
export interface MessageError extends HoldlineError {
  /** Stable, for programs. */
  readonly code:
    | 'BAD_MESSAGE'
    | 'HANDLER_FAILED'
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

function brand(error: Error): void {
  Object.defineProperty(error, BRAND, { value: true });
}

/** Only what there is becomes a field: an error that is printed then lists no `undefined`. The cause has its own place. */
function showEvidence(error: HandshakeError, { cause: _, ...evidence }: HandshakeEvidence): void {
  for (const [name, value] of Object.entries(evidence)) {
    if (value !== undefined) Object.assign(error, { [name]: value });
  }
}
