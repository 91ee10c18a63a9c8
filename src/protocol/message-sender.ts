import { UsageError } from '../base/errors.ts';
import type { FrameEncoder } from './frame-writing.ts';
import { Opcode } from './opcode.ts';
import type { Deflater } from './ports.ts';

/** What a sync flush of DEFLATE ends in, an empty block without compression, apart from its first byte. */
const FLUSH_TAIL_BYTES = 4; // 00 00 FF FF

/** An empty block without compression that lacks those four bytes: an empty message (RFC 7692, 7.2.3.6). */
const EMPTY_BLOCK: readonly number[] = [0x00];

/** What stands for the rest of a compressed message, whose payload was counted with its first frame. */
const NO_BYTES: Uint8Array = /* @__PURE__ */ new Uint8Array(0);

/** A UTF-16 unit is at most so many bytes of UTF-8. */
const MAX_BYTES_PER_UNIT = 3;

/** How messages are compressed. */
export interface DeflationOptions {
  /** Makes the deflater; called when the first message is to be compressed. */
  readonly create: () => Deflater;
  /** Whether a message may refer to those before it. */
  readonly takeover: boolean;
  /** Messages shorter than this are sent as they are: bytes, or UTF-16 units of a text. */
  readonly threshold: number;
}

/** Turns messages into frames: whole or in fragments (RFC 6455, 5.4), plain or compressed (RFC 7692, 7.2.1). */
export class MessageSender {
  readonly #encoder: FrameEncoder;
  #deflation: DeflationOptions | undefined;
  #deflater: Deflater | undefined;
  /** Text or binary while a fragmented message is unfinished, else 0. */
  #fragmentedOpcode = 0;
  /** Whether that message is compressed. */
  #isCompressing = false;

  /** Most payload bytes of a frame that {@link send} writes. */
  #maxFrameBytes = Number.POSITIVE_INFINITY;

  constructor(encoder: FrameEncoder) {
    this.#encoder = encoder;
  }

  /** Cuts messages into frames of at most so many payload bytes from now on. */
  cutAt(maxFrameBytes: number): void {
    this.#maxFrameBytes = maxFrameBytes;
  }

  /** Compresses messages from now on. */
  compressWith(deflation: DeflationOptions): void {
    this.#deflation = deflation;
  }

  /**
   * Writes a message.
   *
   * @throws UsageError `INVALID_STATE` inside a fragmented message
   */
  send(data: string | Uint8Array, compress: boolean | undefined): void {
    if (this.#fragmentedOpcode !== 0) throw unfinished();
    if (this.#deflation !== undefined && this.#wants(data, compress) && this.#sendSmaller(data)) return;
    const units = typeof data === 'string' ? MAX_BYTES_PER_UNIT : 1;
    if (data.length * units > this.#maxFrameBytes) this.#sendCut(data);
    else if (typeof data === 'string') this.#encoder.writeMessage(data);
    else this.#encoder.writeBytes(Opcode.binary, true, data);
  }

  /**
   * Writes one fragment of a message. The first decides whether the message is compressed.
   *
   * @throws UsageError `INVALID_DATA` for a fragment of the other type
   */
  sendFragment(data: string | Uint8Array, final: boolean, compress: boolean | undefined): void {
    const kind = typeof data === 'string' ? Opcode.text : Opcode.binary;
    const begun = this.#fragmentedOpcode;
    // Bytes inside a text could make it one that is not UTF-8 (5.6).
    if (begun !== 0 && begun !== kind) throw mixed();
    const opcode = begun === 0 ? kind : Opcode.continuation;
    if (begun === 0) this.#isCompressing = this.#wants(data, compress);
    this.#fragmentedOpcode = final ? 0 : kind;
    if (this.#isCompressing) this.#sendDeflated(opcode, final, data);
    else if (typeof data === 'string') this.#encoder.writeText(opcode, final, data);
    else this.#encoder.writeBytes(opcode, final, data);
  }

  /** Gives back what is held. */
  release(): void {
    this.#deflater?.release();
    this.#deflater = undefined;
  }

  #wants(data: string | Uint8Array, compress: boolean | undefined): boolean {
    const deflation = this.#deflation;
    return deflation !== undefined && compress !== false && data.length >= deflation.threshold;
  }

  /** In frames of the size that is allowed. RFC 6455, 5.4: a text may be cut inside a character. */
  #sendCut(data: string | Uint8Array): void {
    const first = typeof data === 'string' ? Opcode.text : Opcode.binary;
    // A copy: what the encoder gives is gone with the next frame.
    const bytes = typeof data === 'string' ? new Uint8Array(this.#encoder.encode(data)) : data;
    this.#cut(bytes, (piece, isFirst, isLast) =>
      this.#encoder.writeBytes(isFirst ? first : Opcode.continuation, isLast, piece),
    );
  }

  #cut(bytes: Uint8Array, write: (piece: Uint8Array, isFirst: boolean, isLast: boolean) => void): void {
    const most = this.#maxFrameBytes;
    for (let at = 0; at < bytes.length; at += most) {
      write(bytes.subarray(at, at + most), at === 0, at + most >= bytes.length);
    }
  }

  /** Writes a compressed message; returns false, having written nothing, if that would not be shorter. */
  #sendSmaller(data: string | Uint8Array): boolean {
    const opcode = typeof data === 'string' ? Opcode.text : Opcode.binary;
    const plain = this.#bytesOf(data);
    const deflated = this.#deflate(plain, true);
    if (deflated.length < plain.length) {
      this.#writeDeflated(opcode, deflated, plain);
      this.#endMessage();
      return true;
    }
    // The server will not see these bytes inflated, so nothing that follows may refer to them.
    this.#deflater?.reset();
    return false;
  }

  #writeDeflated(opcode: number, deflated: Uint8Array, plain: Uint8Array): void {
    const encoder = this.#encoder;
    if (deflated.length <= this.#maxFrameBytes) {
      encoder.writeDeflated(opcode, true, deflated, plain);
      return;
    }
    this.#cut(deflated, (piece, isFirst, isLast) => {
      if (isFirst) encoder.writeDeflated(opcode, isLast, piece, plain);
      else encoder.writeDeflated(Opcode.continuation, isLast, piece, NO_BYTES);
    });
  }

  #sendDeflated(opcode: number, final: boolean, data: string | Uint8Array): void {
    const plain = this.#bytesOf(data);
    this.#encoder.writeDeflated(opcode, final, this.#deflate(plain, final), plain);
    if (final) this.#endMessage();
  }

  // 7.2.1: "Remove 4 octets (that are 0x00 0x00 0xff 0xff) from the tail end."
  #deflate(plain: Uint8Array, final: boolean): Uint8Array {
    this.#deflater ??= (this.#deflation as DeflationOptions).create();
    const deflated = this.#deflater.deflate(plain);
    if (!final) return deflated;
    // Nothing to compress and nothing held back: the flush before this one has said it all.
    if (deflated.length === 0) return Uint8Array.from(EMPTY_BLOCK);
    return deflated.subarray(0, deflated.length - FLUSH_TAIL_BYTES);
  }

  #endMessage(): void {
    if (this.#deflation?.takeover === false) this.#deflater?.reset();
  }

  #bytesOf(data: string | Uint8Array): Uint8Array {
    return typeof data === 'string' ? this.#encoder.encode(data) : data;
  }
}

function mixed(): UsageError {
  return new UsageError('INVALID_DATA', { detail: 'mixed-fragments' });
}

function unfinished(): UsageError {
  return new UsageError('INVALID_STATE', { detail: 'unfinished' });
}
