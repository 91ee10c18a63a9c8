/**
 * The memory that the connections of one {@link tcpTransport} share: one buffer to read into, and blocks to make
 * frames in. An idle connection holds neither.
 */
import type { MessageMemory, TextCodec, TextDigest } from '../../../protocol/ports.ts';
import { createTextCodec } from '../../../protocol/text-codec.ts';
import { createDigest } from '../digest.ts';
import { BLOCK_BYTES, FramePool } from './frame-pool.ts';
import { RandomPool } from './random-pool.ts';
import { createTextReader } from './text-reader.ts';
import { createTextWriter } from './text-writer.ts';

/**
 * One read takes at most this much; the kernel seldom has more. A message of 64 KiB lies whole in it, with the beginning of
 * the next, whose rest is then read into its place. Without the room for a header the end of each such message would be
 * missing, and all the rest of it be copied to wait for that: a seventh of what a text costs. Twice as much does no better.
 */
const READ_BUFFER_BYTES = 65 * 1024;

/** The longest text whose memory is kept for the next one. */
const MAX_TEXT_BYTES = 1024 * 1024;

/** Under this size clearing memory costs less than asking for it uncleared. */
const UNCLEARED_MIN_BYTES = 16 * 1024;

export class TransportMemory implements MessageMemory {
  #readBuffer: Uint8Array | undefined;
  #codec: TextCodec | undefined;
  #digest: { readonly of: TextDigest | undefined } | undefined;
  /** What the last long text was put together in, unless memory is short. */
  #text: WeakRef<Uint8Array> | undefined;
  /** Bytes of large messages so far. */
  #mapped = 0;
  #inflated: Uint8Array | undefined;
  #deflated: Uint8Array | undefined;
  /** Blocks that frames are made in. */
  readonly frames: FramePool = new FramePool();

  /** Chance for the keys of all connections. */
  readonly random: RandomPool = new RandomPool();

  /** SHA-1 for the handshakes, by node:crypto where that has it. Loaded for the first connection. */
  get digest(): TextDigest | undefined {
    this.#digest ??= { of: createDigest() };
    return this.#digest.of;
  }

  /** The fastest way from text to UTF-8 and back here. */
  get codec(): TextCodec {
    this.#codec ??= createCodec(this.readBuffer);
    return this.#codec;
  }

  /**
   * Where every socket reads to. It is shared: a chunk is parsed to its end within the callback that brings it, and
   * no socket reads while another's callback runs. A plain Uint8Array, since `slice` must copy (Buffer's does not).
   */
  get readBuffer(): Uint8Array {
    this.#readBuffer ??= allocate(READ_BUFFER_BYTES);
    return this.#readBuffer;
  }

  allocate(size: number): Uint8Array {
    if (size >= MAPPED_MIN_BYTES) this.#foretell(size);
    return size < UNCLEARED_MIN_BYTES ? new Uint8Array(size) : allocate(size);
  }

  /** Teaches malloc, once, that large blocks come and go: by one that is never touched, so that it takes no memory. */
  #foretell(size: number): void {
    const before = this.#mapped;
    this.#mapped += size;
    if (before > LESSON_AFTER_BYTES || this.#mapped <= LESSON_AFTER_BYTES || process.platform !== 'linux')
      return;
    try {
      allocate(LESSON_BYTES);
    } catch {
      // A process that may not have as much does without.
    }
  }

  borrow(size: number): Uint8Array {
    const kept = this.#text?.deref();
    if (kept === undefined || kept.length < size) return this.allocate(size);
    this.#text = undefined;
    return kept;
  }

  giveBack(block: Uint8Array): void {
    if (block.length > MAX_TEXT_BYTES) return;
    const kept = this.#text?.deref();
    if (kept === undefined || kept.length < block.length) this.#text = new WeakRef(block);
  }

  /** Where every connection inflates to: what lies there is decoded or copied in the same call. */
  get inflated(): Uint8Array {
    this.#inflated ??= allocate(BLOCK_BYTES);
    return this.#inflated;
  }

  /** Where every connection deflates to: what lies there is put into a frame in the same call. */
  get deflated(): Uint8Array {
    this.#deflated ??= allocate(BLOCK_BYTES);
    return this.#deflated;
  }
}

/**
 * The fastest of each half that there is. A literal: an object made by spreads has a shape of its own in V8, and with each
 * factory the code that calls it would have to be compiled for one more.
 */
function createCodec(shared: Uint8Array): TextCodec {
  const plain = createTextCodec();
  const writer = createTextWriter() ?? plain;
  const reader = createTextReader(shared) ?? plain;
  return {
    encodeInto: writer.encodeInto,
    shortUnits: writer.shortUnits,
    byteLength: writer.byteLength,
    decode: reader.decode,
    judge: reader.judge,
    decodeJudged: reader.decodeJudged,
  };
}

/**
 * glibc asks the system for every block of this size on its own, and gives it back when it is freed: each page of each
 * message is then a page fault, three quarters of what a message of 1 MiB costs.
 */
const MAPPED_MIN_BYTES = 128 * 1024;

/** It learns: what has been freed once comes from the heap from then on, up to 32 MiB, and twice as much stays there. */
const LESSON_BYTES = 31 * 1024 * 1024;

/** After as much in large messages more are to be expected. */
const LESSON_AFTER_BYTES = 16 * 1024 * 1024;

/** Not cleared: nothing is read from it, or sent, that was not written first. */
function allocate(size: number): Uint8Array {
  return new Uint8Array(Buffer.allocUnsafeSlow(size).buffer);
}
