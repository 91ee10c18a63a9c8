import { Opcode } from './opcode.ts';
import type { TextCodec } from './ports.ts';
import { Utf8Validator } from './utf8.ts';

/**
 * How many bytes are allocated on the word of a frame's length field. Beyond, memory grows only as payload really
 * arrives (RUSTSEC-2022-0035), doubling.
 */
const TRUSTED_BYTES = 1024 * 1024;

const NO_BYTES: Uint8Array = new Uint8Array(0);

/** Puts a message together from fragments and from frames cut by the network (RFC 6455, 5.4). */
export class MessageAssembler {
  readonly #utf8 = new Utf8Validator();
  #memory: Uint8Array = NO_BYTES;
  /** `Opcode.text` or `Opcode.binary` inside a message, else 0. */
  opcode = 0;
  /** Bytes collected so far. */
  size = 0;
  /** Frames begun so far. */
  fragments = 0;

  /** Whether a message has begun and not ended. */
  get active(): boolean {
    return this.opcode !== 0;
  }

  /** Begins a message. */
  begin(opcode: number): void {
    this.opcode = opcode;
  }

  /** Announces a frame of the message, `length` bytes long. */
  beginFrame(length: number): void {
    this.fragments++;
    this.#grow(this.size + Math.min(length, TRUSTED_BYTES));
  }

  /** Adds payload. Returns false if the message is text and can no longer become valid UTF-8. */
  append(bytes: Uint8Array, start: number, end: number): boolean {
    this.#grow(this.size + end - start);
    this.#memory.set(bytes.subarray(start, end), this.size);
    this.size += end - start;
    return this.opcode !== Opcode.text || this.#utf8.push(bytes, start, end);
  }

  /** The last `length` bytes added: valid until the next call. */
  tail(length: number): Uint8Array {
    return this.#memory.subarray(this.size - length, this.size);
  }

  /** Ends a text message. Undefined if it is not valid UTF-8, which at this point means: cut inside a character. */
  takeText(codec: TextCodec): string | undefined {
    const text = this.#utf8.complete ? codec.decode(this.#memory, 0, this.size) : undefined;
    this.reset();
    return text;
  }

  /** Ends a binary message. The bytes are the caller's own. */
  takeBinary(): Uint8Array {
    // Exactly filled memory is handed over; anything larger is copied, so that a small message pins no large block.
    // So is the shared memory of an empty message: its receiver may transfer it away.
    const isOwn = this.size > 0 && this.#memory.length === this.size;
    const message = isOwn ? this.#memory : this.#memory.slice(0, this.size);
    this.reset();
    return message;
  }

  /** Forgets everything. */
  reset(): void {
    this.#memory = NO_BYTES;
    this.#utf8.reset();
    this.opcode = 0;
    this.size = 0;
    this.fragments = 0;
  }

  #grow(size: number): void {
    if (size <= this.#memory.length) return;
    // The first block is exact; later ones at least double, so that many fragments cost linear time.
    const capacity = Math.max(size, this.#memory.length * 2);
    const memory = new Uint8Array(capacity);
    memory.set(this.#memory.subarray(0, this.size));
    this.#memory = memory;
  }
}
