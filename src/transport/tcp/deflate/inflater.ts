import type { Inflater } from '../../../protocol/ports.ts';
import { UNUSED_BUFFER, ZlibStream } from './zlib-stream.ts';

type Zlib = typeof import('node:zlib');

/** What a sender has taken off the end of a message (RFC 7692, 7.2.1). */
const TAIL: readonly number[] = [0x00, 0x00, 0xff, 0xff];

/**
 * That tail, and an empty block behind it. Where the message ended as it should, both are blocks of no bytes. Where it
 * stopped short, zlib takes some of this for the length of a block and the rest for what is in it: something comes out.
 */
const PROBE: readonly number[] = [...TAIL, 0x00, ...TAIL];

/** "Hello" (RFC 7692, 7.2.3.1), with that tail. */
const HELLO: readonly number[] = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, ...TAIL];

const NO_BYTES: Uint8Array = new Uint8Array(0);

/** Inflates in the call that asks for it, as the bytes arrive. */
export class StreamInflater implements Inflater {
  readonly output: Uint8Array;
  readonly #zlib: ZlibStream;
  readonly #probe: Uint8Array = Uint8Array.from(PROBE);
  /** What the probe must not give rise to. */
  readonly #excess: Uint8Array = new Uint8Array(1);
  #isLast = false;

  /** `output` is used for the time of a call; many may share it. */
  constructor(zlib: ZlibStream, output: Uint8Array) {
    this.#zlib = zlib;
    this.output = output;
  }

  write(bytes: Uint8Array, start: number, end: number, isLast: boolean): void {
    this.#zlib.feed(bytes, start, end);
    this.#isLast = isLast;
  }

  read(): number {
    const zlib = this.#zlib;
    const { output } = this;
    let filled = 0;
    for (;;) {
      const before = zlib.inputLeft;
      if (!zlib.run(output, filled)) return -1;
      filled = output.length - zlib.roomLeft;
      if (zlib.roomLeft === 0) return filled;
      if (zlib.inputLeft === 0) break;
      // Room and input are left: a block marked as the last one has ended the stream. Another may follow (RFC 7692,
      // 7.2.3.4), and knows nothing of what was before.
      if (zlib.inputLeft === before) zlib.reset();
    }
    return this.#isLast && !this.#endsHere() ? -1 : filled;
  }

  reset(): void {
    this.#zlib.reset();
  }

  release(): void {
    this.#zlib.release();
  }

  // 7.2.2: "Append 4 octets of 0x00 0x00 0xff 0xff to the tail end of the payload of the message." After a sync flush that
  // completes an empty block, and another may follow.
  #endsHere(): boolean {
    const zlib = this.#zlib;
    zlib.feed(this.#probe, 0, PROBE.length);
    if (!zlib.run(this.#excess, 0) || zlib.roomLeft === 0) return false;
    // All of it is left if the stream had ended with a block marked as the last one: what follows will begin another.
    return zlib.inputLeft === 0 || zlib.inputLeft === PROBE.length;
  }
}

/** What a window of 2^`windowBits` bytes holds when `added` has followed what it held. */
export function keepWindow(window: Uint8Array, added: Uint8Array, windowBits: number): Uint8Array {
  const size = 2 ** windowBits;
  if (added.length >= size) return added.slice(added.length - size);
  const kept = window.subarray(Math.max(0, window.length + added.length - size));
  const next = new Uint8Array(kept.length + added.length);
  next.set(kept);
  next.set(added, kept.length);
  return next;
}

/**
 * Inflates whole messages with nothing but documented calls, for a runtime without the insides that
 * {@link StreamInflater} rests on. What earlier messages left in the window is handed over as a dictionary.
 */
export class MessageWiseInflater implements Inflater {
  output: Uint8Array = new Uint8Array(1);
  readonly #zlib: Zlib;
  readonly #windowBits: number;
  readonly #maxBytes: number;
  #window: Uint8Array = NO_BYTES;
  #parts: Uint8Array[] = [];
  #isComplete = false;

  /** A message that inflates to more than `maxBytes` is cut there, one byte above. */
  constructor(zlib: Zlib, windowBits: number, maxBytes: number) {
    this.#zlib = zlib;
    this.#windowBits = windowBits;
    this.#maxBytes = maxBytes;
  }

  write(bytes: Uint8Array, start: number, end: number, isLast: boolean): void {
    this.#parts.push(new Uint8Array(bytes.subarray(start, end)));
    this.#isComplete = isLast;
  }

  read(): number {
    if (!this.#isComplete) return 0;
    const input = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#isComplete = false;
    try {
      return this.#inflate(input);
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'ERR_BUFFER_TOO_LARGE') return -1;
      this.output = new Uint8Array(this.#maxBytes + 2);
      return this.#maxBytes + 1;
    }
  }

  reset(): void {
    this.#window = NO_BYTES;
  }

  release(): void {
    this.reset();
    this.#parts = [];
  }

  #inflate(input: Uint8Array): number {
    const bare = this.#stretch(input);
    const { message, used } = this.#stretch(Buffer.concat([input, Uint8Array.from(TAIL)]));
    // The tail must not give rise to anything.
    if (message.length !== bare.message.length || used < input.length) return -1;
    this.output = new Uint8Array(message.length + 1);
    this.output.set(message);
    this.#window = keepWindow(this.#window, message, this.#windowBits);
    return message.length;
  }

  /** Inflates `input`, which may be several streams, one behind the other. */
  #stretch(input: Uint8Array): { message: Uint8Array; used: number } {
    const zlib = this.#zlib;
    const messages: Uint8Array[] = [];
    let used = 0;
    let bytes = 0;
    for (;;) {
      const dictionary = used === 0 && this.#window.length > 0 ? { dictionary: this.#window } : {};
      const result = zlib.inflateRawSync(input.subarray(used), {
        windowBits: this.#windowBits,
        finishFlush: zlib.constants.Z_SYNC_FLUSH,
        maxOutputLength: Math.max(1, Math.min(this.#maxBytes - bytes, 2 ** 31)),
        info: true,
        ...dictionary,
      }) as unknown as { buffer: Uint8Array; engine: { bytesWritten: number } };
      messages.push(result.buffer);
      bytes += result.buffer.length;
      used += result.engine.bytesWritten;
      if (used >= input.length || result.engine.bytesWritten === 0) break;
    }
    return { message: Buffer.concat(messages), used };
  }
}

/** Makes an inflater whose server has a window of 2^`windowBits` bytes. */
export function createInflater(
  zlib: Zlib,
  windowBits: number,
  maxBytes: number,
  output: Uint8Array,
): Inflater {
  const stream = zlib.createInflateRaw({ ...UNUSED_BUFFER, windowBits });
  const taken = ZlibStream.take(zlib, stream, Uint8Array.from(HELLO), (result) => result.length === 5);
  if (taken !== undefined) return new StreamInflater(taken, output);
  return new MessageWiseInflater(zlib, windowBits, maxBytes);
}
