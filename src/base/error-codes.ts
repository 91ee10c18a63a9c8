/** The codes of errors, and what who throws tells beside one. */

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
  | 'REPLY_LOST'
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
 * What who throws knows: the case of the code, and the facts. All of it but `message` and `cause` become fields of the
 * error. It holds no secrets: no token, cookie, header value or query string.
 */
export interface Evidence {
  /** Which of the cases of this code. Stable, for programs; docs/reference/errors.md lists them. */
  readonly detail?: string | undefined;
  /** A text of your own, in place of the one that the code has. */
  readonly message?: string | undefined;
  /** The error behind this one. */
  readonly cause?: unknown;
  /** Fields that every error has already. */
  readonly name?: never;
  readonly code?: never;
  readonly stack?: never;
  /** Facts: sizes, limits, times, names. */
  readonly [fact: string]: unknown;
}
