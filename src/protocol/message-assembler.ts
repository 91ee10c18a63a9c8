import { plainMemory } from './message-memory.ts';
import { Opcode } from './opcode.ts';
import type { MessageMemory, TextCodec } from './ports.ts';
import { Utf8Validator } from './utf8.ts';

/**
 * How many bytes are allocated on the word of a frame's length field. Beyond, memory grows only as payload really
 * arrives (RUSTSEC-2022-0035), doubling.
 */
const TRUSTED_BYTES = 1024 * 1024;

const NO_BYTES: Uint8Array = new Uint8Array(0);

/** Puts a message together from fragments and from frames cut by the network (RFC 6455, 5.4). */
export class MessageAssembler {
  readonly #codec: TextCodec;
  readonly #source: MessageMemory;
  readonly #utf8: Utf8Validator;
  #memory: Uint8Array = NO_BYTES;
  /** Whether the memory came from outside, for this message alone. */
  #isProvided = false;
  /** How long the message will be when the current frame ends. */
  #frameEnd = 0;
  /** How long it was when the current frame began. */
  #frameStart = 0;
  /** What {@link room} gave last, until bytes are added. */
  #room: Uint8Array | undefined;
  /** `Opcode.text` or `Opcode.binary` inside a message, else 0. */
  opcode = 0;
  /** Bytes collected so far. */
  size = 0;
  /** Frames begun so far. */
  fragments = 0;

  constructor(codec: TextCodec, source: MessageMemory = plainMemory) {
    this.#codec = codec;
    this.#source = source;
    this.#utf8 = new Utf8Validator((bytes, start, end) => codec.judge(bytes, start, end));
  }

  /** Whether a message has begun and not ended. */
  get active(): boolean {
    return this.opcode !== 0;
  }

  /** Begins a message. It is put into `provided`, if that is given: as many bytes as it will have. */
  begin(opcode: number, provided?: Uint8Array): void {
    this.opcode = opcode;
    if (provided === undefined) return;
    this.#memory = provided;
    this.#isProvided = true;
  }

  /** Announces a frame of the message, `length` bytes long. */
  beginFrame(length: number): void {
    this.fragments++;
    this.#frameStart = this.size;
    this.#frameEnd = this.size + length;
    const needed = this.size + Math.min(length, TRUSTED_BYTES);
    // At least twice as much as before, so that many fragments cost linear time. The first block is exact.
    if (needed > this.#memory.length) this.#move(Math.max(needed, this.#memory.length * 2));
  }

  /**
   * Where the next bytes of the current frame belong, if there is to be no copy: put them at its beginning, then
   * {@link append} them as part of it. Valid until the next call.
   */
  room(): Uint8Array {
    if (this.size === this.#memory.length) this.#grow(this.size + 1);
    const end = Math.min(this.#frameEnd, this.#memory.length);
    this.#room = this.#memory.subarray(this.size, end);
    return this.#room;
  }

  /** Adds payload. Returns false if the message is text and can no longer become valid UTF-8. */
  append(bytes: Uint8Array, start: number, end: number): boolean {
    if (bytes !== this.#room || start !== 0) {
      this.#grow(this.size + end - start);
      this.#memory.set(bytes.subarray(start, end), this.size);
    }
    this.#room = undefined;
    this.size += end - start;
    return this.opcode !== Opcode.text || this.#utf8.push(bytes, start, end);
  }

  /** How many bytes the current frame has added. */
  get frameSize(): number {
    return this.size - this.#frameStart;
  }

  /** The last `length` bytes added: valid until the next call. */
  tail(length: number): Uint8Array {
    return this.#memory.subarray(this.size - length, this.size);
  }

  /** Ends a text message. Undefined if it is not valid UTF-8, which at this point means: cut inside a character. */
  takeText(): string | undefined {
    const { verdict } = this.#utf8;
    const isValid = verdict !== 'invalid';
    const text = isValid ? this.#codec.decodeJudged(this.#memory, 0, this.size, verdict) : undefined;
    this.reset();
    return text;
  }

  /** Ends a binary message. The bytes are the caller's own. */
  takeBinary(): Uint8Array {
    // Exactly filled memory is handed over; anything larger is copied, so that a small message pins no large block.
    // So is the shared memory of an empty message: its receiver may transfer it away.
    const isOwn = this.#isProvided || (this.size > 0 && this.#memory.length === this.size);
    const message = isOwn ? this.#memory : this.#memory.slice(0, this.size);
    this.reset();
    return message;
  }

  /** Forgets everything. */
  reset(): void {
    this.#giveBack(this.#memory);
    this.#memory = NO_BYTES;
    this.#isProvided = false;
    this.#room = undefined;
    this.#utf8.reset();
    this.opcode = 0;
    this.size = 0;
    this.fragments = 0;
  }

  /** Twice as much as before, but no more than the frame still needs. What is inflated has no end that is known. */
  #grow(size: number): void {
    const capacity = this.#memory.length;
    if (size <= capacity) return;
    const isAnnounced = size <= this.#frameEnd;
    this.#move(
      isAnnounced ? Math.min(this.#frameEnd, Math.max(size, capacity * 2)) : Math.max(size, capacity * 2),
    );
  }

  #move(capacity: number): void {
    const old = this.#memory;
    const isText = this.opcode === Opcode.text;
    this.#memory = isText ? this.#source.borrow(capacity) : this.#source.allocate(capacity);
    this.#memory.set(old.subarray(0, this.size));
    this.#giveBack(old);
  }

  /** A text is decoded out of its memory, which is free then; of a binary message it is the message. */
  #giveBack(memory: Uint8Array): void {
    if (this.opcode === Opcode.text && memory.length > 0) this.#source.giveBack(memory);
  }
}
