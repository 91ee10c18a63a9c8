import type { Clock } from '../base/clock.ts';
import type { HandshakePhase } from '../base/errors.ts';
import type { RandomSource } from '../base/random.ts';
import type { Closure } from '../protocol/closure.ts';
import type { Limits } from '../protocol/limits.ts';
import type { FrameTracer } from '../protocol/trace.ts';

/** What a message may be when it is sent. Views are copied before `send` returns; a Blob is immutable. */
export type SendData = string | ArrayBuffer | ArrayBufferView | Blob;

/** Everything that one connection attempt needs to know. */
export interface TransportRequest {
  /** Where to: `ws:` or `wss:`, absolute, without a fragment. */
  readonly url: string;
  /** Subprotocols to offer, in order of preference. */
  readonly protocols: readonly string[];
  /** Whether one of them is a credential, which stays with its origin. Of several, one may be one anyway. */
  readonly hasCredentials?: boolean | undefined;
  /** Header fields to add to the handshake; only a transport with `features.headers` takes any. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Milliseconds for the whole opening, from name look-up to the checked answer. 0 switches it off. */
  readonly handshakeTimeout: number;
  /** Milliseconds that closing may take once our Close frame is sent. 0 means: do not wait. */
  readonly closeTimeout: number;
  /** What the server may make us hold. */
  readonly limits: Limits;
  /** Above so many bytes waiting to be sent the transport counts as congested; back below it tells `drain`. Default 1 MiB. */
  readonly highWaterMark?: number | undefined;
  /** Measures the deadlines. */
  readonly clock: Clock;
  /** Masking keys and the handshake's nonce come from it. */
  readonly random: RandomSource;
  /** Sees every frame, if given. */
  readonly trace?: FrameTracer | undefined;
  /** Is told what of this attempt is secret, and not to be found in what the transport tells: its headers, say. */
  readonly secrets?: AttemptSecrets | undefined;
  /**
   * Told when a phase of the opening begins, by a transport that knows of phases; with `http` also the header fields of the
   * request, secrets and all.
   */
  readonly onPhase?:
    | ((phase: HandshakePhase, headers?: readonly (readonly [name: string, value: string])[]) => void)
    | undefined;
}

/** What knows the secrets of an attempt. */
export interface AttemptSecrets {
  /** Takes a text, or all texts in it, as secret; unless `isLasting` is `false` also for the attempts to come. */
  add(secret: unknown, isLasting?: boolean): void;
  /** The same without secrets. */
  clean?<T>(said: T): T;
}

/** How one message is sent. */
export interface MessageOptions {
  /**
   * `false`: this message is not compressed, even where compression was agreed on: for secrets beside text that an
   * attacker chooses (CRIME, BREACH). A transport that has no say in it (a browser's) ignores the option.
   */
  readonly compress?: boolean | undefined;
}

/** What the server agreed to. */
export interface OpenInfo {
  /** The subprotocol it chose, or an empty string. */
  readonly protocol: string;
  /** The extensions in use, as in the answer's header, or an empty string. */
  readonly extensions: string;
  /**
   * The header fields of its answer, names in lower case, repeated ones joined by `, `. Cookies are redacted.
   * Undefined where the platform keeps them to itself.
   */
  readonly headers?: ReadonlyMap<string, string> | undefined;
}

/**
 * Where a transport tells what happens. Contract: nothing is called before the factory has returned;
 * `open` at most once and first; `close` exactly once and last, whatever went wrong; nothing after it.
 * A method of the sink may call any method of the transport.
 */
export interface TransportSink {
  /** The handshake succeeded: messages may be sent. */
  open(info: OpenInfo): void;
  /** A text message. */
  text(message: string): void;
  /** A binary message; the bytes are the receiver's to keep. */
  binary(message: Uint8Array): void;
  /** The server asked for a sign of life, and is being answered. Never called where the platform keeps it to itself. */
  ping(): void;
  /** An answer to {@link Transport.ping}, or an unasked one; the bytes are the receiver's to keep. */
  pong(payload: Uint8Array): void;
  /**
   * Asked before a transport that speaks the protocol itself answers a Ping, or carries out an end (`isEnd`): the server's
   * Close, a fault of its, the end of its bytes. All of it waits, and nothing more is read, until `proceed` is called, in a
   * later task, once what was told before has been heard; messages can be sent meanwhile. Must not call the transport.
   * Default: a Ping is answered at once, an end carried out one task later.
   */
  readonly hold?: ((proceed: () => void, isEnd: boolean) => void) | undefined;
  /** What was buffered has been taken over by the system: `bufferedAmount` is back below the high-water mark. */
  drain(): void;
  /** The connection is over, or never came to be (`closure.error` is then a `HandshakeError`). */
  close(closure: Closure): void;
}

/** What a kind of transport can do beyond text and binary messages. */
export interface TransportFeatures {
  /** Protocol pings can be sent. A browser's WebSocket cannot. */
  readonly ping: boolean;
  /** `pause()` really stops the server from sending. */
  readonly pause: boolean;
  /** Header fields can be added to the handshake. */
  readonly headers: boolean;
  /** It ends by itself when nothing comes: a silent server is noticed although nothing is asked. Default false. */
  readonly watched?: boolean | undefined;
}

/**
 * One connection attempt and, if it succeeds, one connection: single use.
 *
 * `transport/native` wraps the platform's WebSocket, `transport/tcp` speaks RFC 6455 itself, `transport/polling` asks over
 * HTTP. One conformance suite (test/transport/conformance) runs against all of them.
 */
export interface Transport {
  /** What this kind of transport can do. */
  readonly features: TransportFeatures;
  /** How the bytes travel and why that way, in a few words for `why()`. Default: over a WebSocket, as was asked for. */
  readonly wire?: string | undefined;
  /** Bytes of payload handed to `send` and not yet taken over by the system. */
  readonly bufferedAmount: number;
  /** Grows with every byte that arrives (native: with every message), so that a watchdog can see life. */
  readonly bytesReceived: number;
  /** When the last of them came, by the clock of the request. Without it a gap counts from the moment of the loss. */
  readonly heardAt?: number | undefined;
  /**
   * Grows with every byte that the system takes. While something waits to be sent that is a sign of life too: the system
   * takes no more than the other side has made room for. Without it a watchdog goes by `bufferedAmount` alone.
   */
  readonly bytesSent?: number | undefined;

  /**
   * Hands a message over. Returns false, taking nothing, when the connection is not open (any more).
   * Messages leave in the order in which they were given, Blobs included.
   *
   * @throws UsageError `INVALID_DATA` for anything else than a string, an ArrayBuffer, a view of one or a Blob
   */
  send(data: SendData, options?: MessageOptions): boolean;
  /** Sends a protocol Ping (payload up to 125 bytes). Does nothing without `features.ping` or when not open. */
  ping(payload?: Uint8Array): void;
  /**
   * Starts the closing handshake, after everything handed over before it. Without arguments the Close frame is
   * empty. While connecting it gives the attempt up. `sink.close` follows, within `closeTimeout` at the latest; no
   * message is delivered any more before it.
   *
   * @throws UsageError `INVALID_CLOSE` for a code other than 1000 or 3000-4999, or a reason over 123 bytes.
   */
  close(code?: number, reason?: string): void;
  /**
   * Drops the connection at once, without a closing handshake: for a line known to be dead. `sink.close` follows
   * in a later task, with code 1006.
   */
  abandon(): void;
  /** Stops reading, so that the server feels the pressure. A few messages that are here already may still come. */
  pause(): void;
  /** Reads again. */
  resume(): void;
  /** Node: the connection keeps the process alive again. Where a transport has no such thing it has no such method. */
  ref?(): void;
  /** Node: the connection does not keep the process alive. */
  unref?(): void;
}

/**
 * Starts a connection attempt.
 *
 * @throws UsageError `INVALID_URL`, `INVALID_SUBPROTOCOL`, `INVALID_HEADER` or `UNSUPPORTED`, before any byte is sent.
 */
export type TransportFactory = (request: TransportRequest, sink: TransportSink) => Transport;
