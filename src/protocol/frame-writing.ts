/** Making masked frames in the writer's memory (RFC 6455, 5.2 and 5.3). */
import type { RandomSource } from '../base/random.ts';
import { MAX_SENT_HEADER_BYTES, RSV1_BIT, sentHeaderBytes, writeFrameHeader } from './frame-header.ts';
import { MaskKeys } from './mask.ts';
import { isControl, Opcode } from './opcode.ts';
import type { FrameWriter, Masker, TextCodec } from './ports.ts';
import type { FrameTracer } from './trace.ts';
import { utf8Length } from './utf8.ts';

/** A UTF-16 unit becomes at most three bytes of UTF-8. */
const MAX_BYTES_PER_UNIT = 3;

/** Texts longer than this are measured first, so that they do not reserve three times their size. */
const MEASURE_FROM_UNITS = 16_384;

/** The ports that frames are made with. */
export interface FramePorts {
  readonly writer: FrameWriter;
  readonly codec: TextCodec;
  readonly mask: Masker;
  readonly random: RandomSource;
  readonly trace?: FrameTracer | undefined;
}

/**
 * Encodes frames. A frame is complete and masked before any of it can leave, and what the caller passed is copied:
 * changing it afterwards changes nothing on the wire (RFC 6455, 10.3).
 */
export class FrameEncoder {
  readonly #ports: FramePorts;
  readonly #keys: MaskKeys;

  constructor(ports: FramePorts) {
    this.#ports = ports;
    this.#keys = new MaskKeys(ports.random);
  }

  /** Writes a frame whose payload is `text` as UTF-8. */
  writeText(opcode: number, fin: boolean, text: string): void {
    const { writer, codec } = this.#ports;
    writer.reserve(MAX_SENT_HEADER_BYTES + mostBytes(text));
    const start = writer.offset;
    // The header's size depends on the payload's: encode behind the smallest possible header, move if it was larger.
    const guess = sentHeaderBytes(text.length);
    const length = codec.encodeInto(text, writer.memory, start + guess);
    const headerBytes = sentHeaderBytes(length);
    if (headerBytes !== guess) {
      writer.memory.copyWithin(start + headerBytes, start + guess, start + guess + length);
    }
    this.#finish(opcode, fin, headerBytes, length);
  }

  /** Writes a frame whose payload is `bytes`. */
  writeBytes(opcode: number, fin: boolean, bytes: Uint8Array): void {
    const { writer } = this.#ports;
    const { length } = bytes;
    const headerBytes = sentHeaderBytes(length);
    writer.reserve(headerBytes + length);
    writer.memory.set(bytes, writer.offset + headerBytes);
    this.#finish(opcode, fin, headerBytes, length);
  }

  /** `text` as UTF-8, in memory of the writer's: valid until the next frame is written. */
  encode(text: string): Uint8Array {
    const { writer, codec } = this.#ports;
    writer.reserve(mostBytes(text));
    const { memory, offset } = writer;
    return memory.subarray(offset, offset + codec.encodeInto(text, memory, offset));
  }

  /**
   * Writes a frame of a compressed message: `deflated` is what it carries, `plain` what that stands for. RFC 7692, 6.1:
   * RSV1 is set on the first frame of the message alone.
   */
  writeDeflated(opcode: number, fin: boolean, deflated: Uint8Array, plain: Uint8Array): void {
    const { writer, mask, trace } = this.#ports;
    const { length } = deflated;
    // Before the frame is made: `plain` may lie in the same memory.
    trace?.({ direction: 'out', opcode, fin, length, payload: plain, compressed: true });
    const headerBytes = sentHeaderBytes(length);
    writer.reserve(headerBytes + length);
    const { memory, offset } = writer;
    const start = offset + headerBytes;
    memory.set(deflated, start);
    const key = this.#keys.next();
    const first = opcode === Opcode.continuation ? opcode : opcode | RSV1_BIT;
    writeFrameHeader(memory, offset, first, fin, length, key);
    mask(memory, start, start + length, key);
    writer.commit(headerBytes + length, plain.length);
  }

  #finish(opcode: number, fin: boolean, headerBytes: number, length: number): void {
    const { writer, mask, trace } = this.#ports;
    const { memory, offset } = writer;
    const start = offset + headerBytes;
    const end = start + length;
    trace?.({ direction: 'out', opcode, fin, length, payload: memory.subarray(start, end) });
    const key = this.#keys.next();
    writeFrameHeader(memory, offset, opcode, fin, length, key);
    mask(memory, start, end, key);
    writer.commit(headerBytes + length, isControl(opcode) ? 0 : length);
  }
}

/** How many bytes `text` has at most as UTF-8. */
function mostBytes(text: string): number {
  return text.length > MEASURE_FROM_UNITS ? utf8Length(text) : text.length * MAX_BYTES_PER_UNIT;
}
