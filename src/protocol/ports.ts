/**
 * The ports of the engine: everything slow or bound to a platform comes in through one of these. Each has a
 * plain implementation in this folder, and may have a fast one in `transport/tcp/`.
 */
import type { CloseFrame, ConnectionError, HandshakeError, ProtocolError } from '../base/errors.ts';
import type { DeflateAgreement, DeflateOffer } from './permessage-deflate.ts';

/** What the server agreed to in the opening handshake. */
export interface AcceptedHandshake {
  /** The subprotocol it chose, or an empty string. */
  readonly protocol: string;
  /** The extensions in use, as its answer names them, or an empty string. */
  readonly extensions: string;
  /** How messages are compressed, if that was agreed on. */
  readonly deflate?: DeflateAgreement | undefined;
  /** Header fields of the answer, names in lower case, repeated ones joined by `, `; cookies are redacted. */
  readonly headers: ReadonlyMap<string, string>;
}

/**
 * Where the engine tells what happened. Calls come in the order of the bytes. A call may call back into the
 * engine, except for `receive`. Exactly one of `close` and `failure` ends the story, unless the owner stops feeding
 * the engine first. A call must not throw: the engine would give the connection up and pass the error on.
 */
export interface EngineSink {
  /** The handshake succeeded. */
  open(handshake: AcceptedHandshake): void;
  /** A whole text message, checked to be UTF-8. */
  text(message: string): void;
  /** A whole binary message. The bytes are the receiver's own. */
  binary(message: Uint8Array): void;
  /** A Ping came; it is being answered already. `payload` is valid only during the call. */
  ping(payload: Uint8Array): void;
  /** A Pong came, asked for or not. `payload` is valid only during the call. */
  pong(payload: Uint8Array): void;
  /**
   * Asked, while the connection is open, before the engine answers a Ping or carries out an end (`isEnd`): the server's
   * Close, a fault of its, the end of its bytes. True: messages that were told have not been heard yet, so it waits, and
   * nothing is read, until `proceed` of the engine is called, later. Messages can be sent meanwhile. So an answer
   * goes out wherever the network has cut the bytes. It does not call back into the engine. Default: nothing waits.
   */
  hold?(isEnd: boolean): boolean;
  /** The closing handshake is complete: both Close frames have been written and read. */
  close(received: CloseFrame): void;
  /**
   * The connection failed: refused handshake, broken protocol, or bytes that ended too early. If it was open, a
   * Close frame with the fitting code has been written.
   */
  failure(error: HandshakeError | ProtocolError | ConnectionError): void;
}

/**
 * Where the engine puts bytes to send. A frame is made in place: `reserve(n)` provides at least `n` bytes at
 * `memory[offset]`; the engine fills some of them and says how many with `commit(m, payload)`, m <= n, before any other
 * call. Header and payload of a frame lie in one block, unless it is longer than `STEP_BYTES` (256 KiB): then it comes in
 * steps of at most that, one after the other, within one call to the engine. When the bytes really leave is the writer's
 * affair; it does not call back into the engine, except for `drained` and `receiveEnd`.
 */
export interface FrameWriter {
  /** The memory to write to; may be another one after each `reserve`. */
  readonly memory: Uint8Array;
  /** The same memory, from its same first byte on: short texts are written through it, four bytes at a time. */
  readonly view?: DataView | undefined;
  /** Where in `memory` the reserved block begins. */
  readonly offset: number;
  /**
   * True while more is waiting than the peer is taking. The engine then holds back its Pongs, keeping only the
   * newest (RFC 6455, 5.5.3), until `drained()` is called.
   */
  readonly congested: boolean;
  /** Provides at least `size` bytes at `memory[offset]`. */
  reserve(size: number): void;
  /** `payload`: how many of these bytes are payload of messages, for `bufferedAmount`; 0 for all else. */
  commit(size: number, payload: number): void;
}

/** Turns text into UTF-8 and back. */
export interface TextCodec {
  /**
   * Writes `text` as UTF-8 at `target[at]`, lone surrogates as U+FFFD; returns the number of bytes written.
   * The caller leaves room for all of it.
   */
  encodeInto(text: string, target: Uint8Array, at: number): number;
  /**
   * Up to so many UTF-16 units (36 at most, which is the default) one loop over the text costs less than `encodeInto`.
   */
  readonly shortUnits?: number | undefined;
  /** How many bytes `encodeInto` writes for `text`. */
  byteLength(text: string): number;
  /** Reads `bytes[start, end)`; undefined if that is not valid UTF-8. A leading U+FEFF is kept. */
  decode(bytes: Uint8Array, start: number, end: number): string | undefined;
  /** What `bytes[start, end)` is, a piece of a text that cuts no character. */
  judge(bytes: Uint8Array, start: number, end: number): Utf8Verdict;
  /** As `decode`, of what has been judged already, perhaps piece by piece. */
  decodeJudged(bytes: Uint8Array, start: number, end: number, verdict: Utf8Verdict): string | undefined;
}

/** What bytes are as UTF-8: not valid, nothing but ASCII, or both wider characters and valid. */
export type Utf8Verdict = 'invalid' | 'ascii' | 'wide';

/** Where messages are put together that do not lie whole in a chunk. What it gives may hold anything. */
export interface MessageMemory {
  /** `size` bytes that nobody else has: they become the receiver's own. */
  allocate(size: number): Uint8Array;
  /** At least `size` bytes for a text, until they are given back. */
  borrow(size: number): Uint8Array;
  /** Takes back what was borrowed. */
  giveBack(block: Uint8Array): void;
}

/**
 * Asked for memory that a binary message of `length` bytes is to be put into: at least as many, which nothing else uses
 * until the message has been delivered or the connection has ended. Undefined: the message gets memory of its own.
 */
export type ReceiveBuffer = (length: number) => Uint8Array | undefined;

/**
 * Masks `memory[start, end)` in place (RFC 6455, 5.3). `key` holds the four key bytes, the first in the lowest
 * eight bits. Masking twice with the same key gives the bytes back.
 */
export type Masker = (memory: Uint8Array, start: number, end: number, key: number) => void;

/** SHA-1 (FIPS 180-4) of `text`, which is ASCII, in base64: what proves that a server has read the handshake. */
export type TextDigest = (text: string) => string;

/** permessage-deflate (RFC 7692): what to offer, and who does the work if the server agrees. */
export interface Compression {
  /** What is offered. */
  readonly offer: DeflateOffer;
  /** Messages shorter than this are sent as they are: bytes, or UTF-16 units of a text. Infinity: all. */
  readonly threshold: number;
  /** Makes the inflater of a connection, when its first compressed message comes. */
  createInflater(windowBits: number): Inflater;
  /** Makes the deflater of a connection, when its first message is to be compressed. */
  createDeflater(windowBits: number): Deflater;
}

/**
 * Inflates one message after another: raw DEFLATE (RFC 1951), with memory of earlier messages. Everything is done when a
 * call returns. `write` takes the next part of a message, `read` is then called until it does not fill `output`.
 */
export interface Inflater {
  /** Where `read` has put what it inflated: valid until the next `write` or `read`; may be another block each time. */
  readonly output: Uint8Array;
  /**
   * Takes `bytes[start, end)`, the next part of a message; `isLast` if it ends there. The bytes stay unchanged until they
   * are used up.
   */
  write(bytes: Uint8Array, start: number, end: number, isLast: boolean): void;
  /**
   * Inflates until `output` is full or the part is used up, and returns how many bytes `output` now begins with: fewer
   * than it holds if the part is used up; -1 if the data is not valid, or does not end where the message ends. What it
   * returns may lag behind what was written, except for the last part.
   */
  read(): number;
  /** Forgets earlier messages. */
  reset(): void;
  /** Gives back what it holds; nothing is called afterwards. */
  release(): void;
}

/** Deflates one message after another: raw DEFLATE (RFC 1951), referring to earlier messages. */
export interface Deflater {
  /**
   * Compresses `bytes`, a message or the next part of one, and flushes, so that the result ends in 00 00 FF FF (or is
   * empty if there was nothing to say). Valid until the next call.
   */
  deflate(bytes: Uint8Array): Uint8Array;
  /** Forgets earlier messages. */
  reset(): void;
  /** Gives back what it holds; nothing is called afterwards. */
  release(): void;
}
