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
  | 'VALIDATION_FAILED'
  | 'BAD_MESSAGE'
  | 'HANDLER_FAILED'
  | 'SERVER_ERROR'
  | 'STORAGE_FAILED'
  | 'SUBSCRIPTION_OVERFLOW'
  | 'SUBSCRIPTION_ENDED';

/** Codes of a {@link HandshakeError}. */
export type HandshakeErrorCode =
  | 'URL_SOURCE'
  | 'CREDENTIALS'
  | 'DNS'
  | 'CONNECT'
  | 'PERMISSION'
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
  | 'INSECURE'
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

/** The cases of the codes that have several: what the `detail` of such an error can be. An empty one is none. */
export interface ErrorDetails {
  readonly CONNECT: 'transport' | 'host' | 'lookup' | 'unix-socket' | 'option';
  readonly TIMEOUT:
    | 'preparing'
    | 'renewing'
    | ''
    | 'queued'
    | 'dns'
    | 'tcp'
    | 'proxy'
    | 'tls'
    | 'http'
    | 'poll';
  readonly HANDSHAKE_STATUS: 'probe' | 'poll' | '';
  readonly HANDSHAKE_OPAQUE: '' | 'fetch';
  readonly CONNECTION_LOST:
    | ''
    | 'network'
    | 'failed'
    | 'abandoned'
    | 'conditions-changed'
    | 'during-login'
    | 'request-failed'
    | 'session-gone'
    | 'unreadable-blob'
    | 'listener-failed';
  readonly CONNECTION_CLOSED:
    | ''
    | 'network'
    | 'failed'
    | 'abandoned'
    | 'request-failed'
    | 'session-gone'
    | 'closing'
    | 'without-code'
    | 'with-code'
    | 'no-retry'
    | 'goodbye';
  readonly CLIENT_CLOSED: '' | 'waiting';
  readonly CLOSE_TIMEOUT: 'server' | 'transport';
  readonly LOGIN_FAILED: 'over' | 'flooded' | 'failed' | 'no-answer' | 'other-protocol';
  readonly HANDOVER_FAILED: 'failed' | 'called-off';
  readonly NOT_CONNECTED: '' | 'ended';
  readonly BACKPRESSURE: 'socket' | 'pacing';
  readonly OUTBOX_FULL: 'no-line' | 'line-full';
  readonly OUTBOX_EXPIRED: 'no-line' | 'line-full';
  readonly AUTH_REFUSED: '' | 'token' | 'given-up' | 'too-many-turns' | 'no-token';
  readonly HANDLER_FAILED: '' | 'refused';
  readonly VALIDATION_FAILED: 'event' | 'stream' | 'result' | 'params' | 'sent';
  readonly BAD_MESSAGE: 'unreadable' | 'too-much' | 'subscription-without-id';
  readonly SUBSCRIPTION_OVERFLOW: '' | 'bytes';
  readonly INBOX_OVERFLOW: '' | 'messages';
  readonly STORAGE_FAILED:
    | 'not-read'
    | 'not-written'
    | 'not-forgotten'
    | 'not-released'
    | 'no-answer'
    | 'no-array'
    | 'foreign';
  readonly INVALID_URL:
    | 'missing'
    | 'list'
    | 'control-character'
    | 'unreadable'
    | 'scheme'
    | 'fragment'
    | 'platform'
    | 'no-url'
    | 'target'
    | 'credentials'
    | 'unix-control-character'
    | 'unix-relative'
    | 'unix-resource'
    | 'unix-path-control-character'
    | 'unix-unreadable'
    | 'unix-encoding';
  readonly INVALID_SUBPROTOCOL: 'no-token' | 'repeated';
  readonly INVALID_CLOSE: 'code' | 'reason-type' | 'reason-alone' | 'reason-length';
  readonly INVALID_DATA:
    | 'type'
    | 'promise'
    | 'no-json'
    | 'codec-failed'
    | 'json-failed'
    | 'lost-in-json'
    | 'polling'
    | 'no-frame'
    | 'ping'
    | 'ping-type'
    | 'engine'
    | 'mixed-fragments'
    | 'shared-buffer'
    | 'resizable-buffer'
    | 'record'
    | 'record-cut';
  readonly INVALID_OPTION:
    | ''
    | 'limit'
    | 'unknown'
    | 'bare-url'
    | 'url-first'
    | 'codec-of-raw'
    | 'no-json-schema'
    | 'whose-journal'
    | 'beside-transport'
    | 'token-characters'
    | 'receive-buffer'
    | 'one-url'
    | 'one-file'
    | 'unread-file'
    | 'proxy-control-character'
    | 'proxy-url'
    | 'proxy-colon'
    | 'proxy-long-credentials'
    | 'proxy-credentials';
  readonly INVALID_STATE:
    | 'not-ready'
    | 'detached'
    | 'journal-taken'
    | 'no-provider'
    | 'has-reader'
    | 'unfinished'
    | 'opened-twice'
    | 'nobody-connected'
    | 'replay'
    | 'replay-unfinished';
  readonly UNSUPPORTED:
    | 'missing-plugin'
    | 'node-only'
    | 'tcp-option'
    | 'headers'
    | 'no-websocket'
    | 'no-fetch'
    | 'no-send'
    | 'polling-protocols'
    | 'no-crypto'
    | 'no-notification'
    | 'no-replies'
    | 'heartbeat'
    | 'unwatched'
    | 'scripted-blob'
    | 'scripted-headers';
  readonly PROXY:
    | 'unreachable'
    | 'hung-up'
    | 'spoke-early'
    | 'http-status'
    | 'http-head-too-large'
    | 'not-http'
    | 'not-socks'
    | 'socks-credentials-refused'
    | 'socks-credentials-missing'
    | 'socks-no-method'
    | 'socks-reply'
    | 'socks-long-name';
  readonly HANDSHAKE_REDIRECT:
    | ''
    | 'poll'
    | 'too-many'
    | 'unreadable'
    | 'scheme'
    | 'unencrypted'
    | 'port'
    | 'off-the-socket'
    | 'closed'
    | 'subprotocols'
    | 'create-connection';
  readonly INSECURE: 'unencrypted' | 'unix-socket';
  readonly HANDSHAKE_MALFORMED:
    | 'answer'
    | 'http-1.0'
    | 'body'
    | 'bare-lf'
    | 'stray-cr'
    | 'nul'
    | 'not-http'
    | 'status-line'
    | 'folded'
    | 'header-name';
  readonly HANDSHAKE_HEADERS_TOO_LARGE: 'bytes' | 'line' | 'fields';
  readonly HANDSHAKE_UPGRADE: 'missing' | 'repeated' | 'wrong';
  readonly HANDSHAKE_CONNECTION: 'missing' | 'repeated' | 'wrong';
  readonly HANDSHAKE_ACCEPT: 'missing' | 'repeated' | 'wrong';
  readonly HANDSHAKE_PROTOCOL: 'not-offered' | 'missing' | 'wrong';
  readonly HANDSHAKE_EXTENSION:
    | 'not-offered'
    | 'repeated-header'
    | 'unreadable'
    | 'foreign'
    | 'twice'
    | 'repeated-parameter'
    | 'unknown-parameter'
    | 'parameter-with-value'
    | 'parameter-without-bits'
    | 'larger-than-offered'
    | 'larger-than-asked'
    | 'not-granted';
  readonly PROTOCOL:
    | 'masked'
    | 'opcode'
    | 'fragmented-control'
    | 'long-control'
    | 'non-minimal-length'
    | 'length-above-2^63'
    | 'reserved-bits'
    | 'compressed-inside'
    | 'stray-continuation'
    | 'message-inside'
    | 'half-close-code'
    | 'close-code';
  readonly INVALID_PAYLOAD: 'text' | 'close-reason' | 'compressed';
  readonly MESSAGE_TOO_BIG: '' | 'compressed';
  readonly INVALID_HEADER: 'name' | 'reserved' | 'value' | 'no-text' | 'no-pairs' | 'no-colon' | 'no-file';
}

/** The details of one code. */
export type Detail<Code extends keyof ErrorDetails> = ErrorDetails[Code];

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
