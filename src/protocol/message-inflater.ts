import { ProtocolError } from '../base/errors.ts';
import * as CloseCode from './close-codes.ts';
import type { MessageAssembler } from './message-assembler.ts';
import type { Inflater } from './ports.ts';

/**
 * How much a compressed message may take on the wire, so that one which never inflates to anything ends too: what the
 * clumsiest encoder needs (fixed Huffman codes, nine bits a byte), and room for small ones.
 */
function wireAllowance(maxMessageBytes: number): number {
  return maxMessageBytes * 1.125 + 1024;
}

/** What {@link MessageInflater} is made of. */
export interface InflationOptions {
  /** Makes the inflater; called when the first compressed message comes. */
  readonly create: () => Inflater;
  /** Whether a message may refer to those before it. */
  readonly takeover: boolean;
  /** Largest message, in bytes after inflating. */
  readonly maxMessageBytes: number;
}

/** Inflates the messages of one connection as their bytes arrive (RFC 7692, 7.2.2). */
export class MessageInflater {
  readonly #options: InflationOptions;
  readonly #message: MessageAssembler;
  #inflater: Inflater | undefined;
  /** Bytes of the current message on the wire, announced so far. */
  #wireBytes = 0;
  /** How much of a message the inflater's output begins with. */
  #found = 0;

  /** What is inflated is put together in `message`, unless it is short. */
  constructor(options: InflationOptions, message: MessageAssembler) {
    this.#options = options;
    this.#message = message;
  }

  /**
   * Announces a frame of `length` bytes.
   *
   * @throws ProtocolError `MESSAGE_TOO_BIG`
   */
  beginFrame(length: number): void {
    this.#wireBytes += length;
    const { maxMessageBytes } = this.#options;
    if (this.#wireBytes > wireAllowance(maxMessageBytes)) throw tooBig(this.#wireBytes, maxMessageBytes);
  }

  /**
   * Inflates a whole message out of `chunk[start, end)`. Returns it, valid until the next call, if it is short; else
   * undefined, and it must be fetched by {@link appendRest}.
   *
   * @throws ProtocolError `MESSAGE_TOO_BIG`, `INVALID_PAYLOAD`
   */
  inflateShort(chunk: Uint8Array, start: number, end: number): Uint8Array | undefined {
    if (this.#isNothing(start, end)) return chunk.subarray(start, end);
    const inflater = this.#use();
    inflater.write(chunk, start, end, true);
    const length = this.#read(inflater);
    if (length === inflater.output.length || length > this.#options.maxMessageBytes) {
      this.#found = length;
      return undefined;
    }
    this.#end(inflater);
    return inflater.output.subarray(0, length);
  }

  /** Adds what {@link inflateShort} has found, and all that follows, to the message. As {@link append}. */
  appendRest(): boolean {
    return this.#add(this.#use(), this.#found) && this.#drain(true);
  }

  /**
   * Inflates `chunk[start, end)` into the message, which ends there if it `isLast`. Returns false if that is text and can no
   * longer be valid UTF-8.
   *
   * @throws ProtocolError `MESSAGE_TOO_BIG`, `INVALID_PAYLOAD`
   */
  append(chunk: Uint8Array, start: number, end: number, isLast: boolean): boolean {
    if (this.#isNothing(start, end)) return true;
    this.#use().write(chunk, start, end, isLast);
    return this.#drain(isLast);
  }

  /** Gives back what is held. */
  release(): void {
    this.#inflater?.release();
    this.#inflater = undefined;
  }

  // 7.2.3.6: an empty message is the byte 0x00. zlib has nothing to flush twice, though, and some servers send what it
  // gave: no byte. It is no part of their stream then, nor must the tail of four bytes be of ours.
  #isNothing(start: number, end: number): boolean {
    return start === end && this.#wireBytes === 0;
  }

  #use(): Inflater {
    this.#inflater ??= this.#options.create();
    return this.#inflater;
  }

  #drain(isLast: boolean): boolean {
    const inflater = this.#use();
    let length: number;
    do {
      length = this.#read(inflater);
      if (!this.#add(inflater, length)) return false;
    } while (length === inflater.output.length);
    if (isLast) this.#end(inflater);
    return true;
  }

  #end(inflater: Inflater): void {
    this.#wireBytes = 0;
    if (!this.#options.takeover) inflater.reset();
  }

  // 8: "Implementations should limit the size of the decompressed data", while it grows, not afterwards. What the limit has
  // room for is looked at first: so how TCP cuts the bytes does not decide which of two faults is seen.
  #add(inflater: Inflater, length: number): boolean {
    const { maxMessageBytes } = this.#options;
    const message = this.#message;
    const size = message.size + length;
    if (!message.append(inflater.output, 0, length - Math.max(0, size - maxMessageBytes))) return false;
    if (size > maxMessageBytes) throw tooBig(size, maxMessageBytes);
    return true;
  }

  #read(inflater: Inflater): number {
    const length = inflater.read();
    if (length < 0) throw corrupt();
    return length;
  }
}

function tooBig(size: number, limit: number): ProtocolError {
  const closeCode = CloseCode.messageTooBig;
  return new ProtocolError('MESSAGE_TOO_BIG', { detail: 'compressed', closeCode, limit, size });
}

function corrupt(): ProtocolError {
  return new ProtocolError('INVALID_PAYLOAD', { detail: 'compressed', closeCode: CloseCode.invalidPayload });
}
