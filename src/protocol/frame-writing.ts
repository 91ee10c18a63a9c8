/** Making masked frames in the writer's memory (RFC 6455, 5.2 and 5.3). */
import type { RandomBytes } from '../base/random.ts';
import {
  firstByte,
  MAX_SENT_HEADER_BYTES,
  RSV1_BIT,
  sentHeaderBytes,
  writeFrameHeader,
  writeMaskKey,
  writeShortTextHeader,
} from './frame-header.ts';
import { MaskKeys, rotateKey } from './mask.ts';
import { isControl, Opcode } from './opcode.ts';
import type { FrameWriter, Masker, TextCodec } from './ports.ts';
import type { FrameTracer } from './trace.ts';

/** A UTF-16 unit becomes at most three bytes of UTF-8. */
const MAX_BYTES_PER_UNIT = 3;

/** Up to here at most one loop over the text that encodes and masks beats a call of the codec and one of the masker. */
const SHORT_UNITS = 36;

/** The largest frame of such a text. */
const MAX_SHORT_BYTES = MAX_SENT_HEADER_BYTES + SHORT_UNITS;

/** Texts that may be longer than this as UTF-8 are measured first, so that they do not reserve three times their size. */
const MEASURE_FROM_BYTES = 48 * 1024;

/**
 * The most that is asked of the writer at a time. Larger frames are made in steps: a writer that sends one while the
 * next is made needs no memory of the frame's size, and its memory stays in the cache.
 */
export const STEP_BYTES: number = 256 * 1024;

/** Payload of the first step beside any header, and of every other: a multiple of four, so that the key fits. */
const STEP_PAYLOAD_BYTES: number = STEP_BYTES - 16;

/** A long text is encoded by so many units, one after the other. */
const STEP_UNITS: number = 16 * 1024;

/** The ports that frames are made with. */
export interface FramePorts {
  readonly writer: FrameWriter;
  readonly codec: TextCodec;
  readonly mask: Masker;
  readonly random: RandomBytes;
  readonly trace?: FrameTracer | undefined;
}

/**
 * Encodes frames. What the caller passed is copied and masked within the call: changing it afterwards changes nothing on
 * the wire (RFC 6455, 10.3).
 */
export class FrameEncoder {
  readonly #writer: FrameWriter;
  readonly #codec: TextCodec;
  readonly #mask: Masker;
  readonly #trace: FrameTracer | undefined;
  readonly #keys: MaskKeys;
  readonly #shortUnits: number;

  constructor(ports: FramePorts) {
    this.#writer = ports.writer;
    this.#codec = ports.codec;
    this.#mask = ports.mask;
    this.#trace = ports.trace;
    this.#keys = new MaskKeys(ports.random);
    this.#shortUnits =
      ports.trace === undefined ? Math.min(ports.codec.shortUnits ?? SHORT_UNITS, SHORT_UNITS) : -1;
  }

  /** Writes a text message of one frame. */
  writeMessage(text: string): void {
    if (text.length > this.#shortUnits || !this.#writeShort(text)) {
      this.writeText(Opcode.text, true, text);
    }
  }

  /** Writes a frame whose payload is `text` as UTF-8. */
  writeText(opcode: number, fin: boolean, text: string): void {
    let most = text.length * MAX_BYTES_PER_UNIT;
    if (most > MEASURE_FROM_BYTES) {
      most = this.#codec.byteLength(text);
      if (most > STEP_PAYLOAD_BYTES && this.#trace === undefined) {
        this.#writeLongText(opcode, fin, text, most);
        return;
      }
    }
    const writer = this.#writer;
    writer.reserve(MAX_SENT_HEADER_BYTES + most);
    const { memory, offset } = writer;
    // The header's size depends on the payload's: encode behind the smallest possible header, move if it was larger.
    const guess = sentHeaderBytes(text.length);
    const length = this.#codec.encodeInto(text, memory, offset + guess);
    const headerBytes = sentHeaderBytes(length);
    if (headerBytes !== guess) {
      memory.copyWithin(offset + headerBytes, offset + guess, offset + guess + length);
    }
    this.#trace?.(
      plainFrame(opcode, fin, memory.subarray(offset + headerBytes, offset + headerBytes + length)),
    );
    this.#finish(opcode, fin, headerBytes, length);
  }

  /** Writes a frame whose payload is `bytes`. */
  writeBytes(opcode: number, fin: boolean, bytes: Uint8Array): void {
    const writer = this.#writer;
    const { length } = bytes;
    this.#trace?.(plainFrame(opcode, fin, bytes));
    const headerBytes = sentHeaderBytes(length);
    if (length > STEP_PAYLOAD_BYTES) {
      this.#writeLongBytes(opcode, fin, bytes);
      return;
    }
    writer.reserve(headerBytes + length);
    writer.memory.set(bytes, writer.offset + headerBytes);
    this.#finish(opcode, fin, headerBytes, length);
  }

  /** `text` as UTF-8, in memory of the writer's: valid until the next frame is written. */
  encode(text: string): Uint8Array {
    const writer = this.#writer;
    const most = text.length * MAX_BYTES_PER_UNIT;
    writer.reserve(most > MEASURE_FROM_BYTES ? this.#codec.byteLength(text) : most);
    const { memory, offset } = writer;
    return memory.subarray(offset, offset + this.#codec.encodeInto(text, memory, offset));
  }

  /**
   * Writes a frame of a compressed message: `deflated` is what it carries, `plain` what that stands for. RFC 7692, 6.1:
   * RSV1 is set on the first frame of the message alone.
   */
  writeDeflated(opcode: number, fin: boolean, deflated: Uint8Array, plain: Uint8Array): void {
    const { length } = deflated;
    // Before the frame is made: `plain` may lie in the same memory.
    this.#trace?.({ direction: 'out', opcode, fin, length, payload: plain, compressed: true });
    const payloadBytes = plain.length;
    const headerBytes = sentHeaderBytes(length);
    const writer = this.#writer;
    writer.reserve(headerBytes + length);
    const { memory, offset } = writer;
    const start = offset + headerBytes;
    memory.set(deflated, start);
    const key = this.#keys.next();
    const first = opcode === Opcode.continuation ? opcode : opcode | RSV1_BIT;
    writeMaskKey(memory, writeFrameHeader(memory, offset, firstByte(first, fin), length), key);
    this.#mask(memory, start, start + length, key);
    writer.commit(headerBytes + length, payloadBytes);
  }

  /**
   * Encodes and masks a short text in one pass, four units at a time. False, having written nothing, if it is not all
   * ASCII, or the writer has no view.
   */
  #writeShort(text: string): boolean {
    const writer = this.#writer;
    writer.reserve(MAX_SHORT_BYTES);
    const { view } = writer;
    if (view === undefined) return false;
    const { length } = text;
    const key = this.#keys.next();
    let to = writeShortTextHeader(view, writer.offset, length, key);
    let seen = 0;
    let at = 0;
    for (; at + 4 <= length; at += 4) {
      const a = text.charCodeAt(at);
      const b = text.charCodeAt(at + 1);
      const c = text.charCodeAt(at + 2);
      const d = text.charCodeAt(at + 3);
      seen |= a | b | c | d;
      view.setInt32(to, (a | (b << 8) | (c << 16) | (d << 24)) ^ key, true);
      to += 4;
    }
    for (let rest = key; at < length; at++) {
      const unit = text.charCodeAt(at);
      seen |= unit;
      view.setUint8(to++, unit ^ rest);
      rest >>>= 8;
    }
    if (seen > 0x7f) return false;
    writer.commit(to - writer.offset, length);
    return true;
  }

  #writeLongBytes(opcode: number, fin: boolean, bytes: Uint8Array): void {
    const writer = this.#writer;
    const { length } = bytes;
    const first = firstByte(opcode, fin);
    const key = this.#keys.next();
    let header = MAX_SENT_HEADER_BYTES;
    for (let from = 0; from < length; from += STEP_PAYLOAD_BYTES) {
      const size = Math.min(length - from, STEP_PAYLOAD_BYTES);
      writer.reserve(header + size);
      const { memory, offset } = writer;
      if (header > 0) writeMaskKey(memory, writeFrameHeader(memory, offset, first, length), key);
      const start = offset + header;
      memory.set(bytes.subarray(from, from + size), start);
      this.#mask(memory, start, start + size, key);
      writer.commit(header + size, size);
      header = 0;
    }
  }

  #writeLongText(opcode: number, fin: boolean, text: string, length: number): void {
    const writer = this.#writer;
    const first = firstByte(opcode, fin);
    const key = this.#keys.next();
    let header = MAX_SENT_HEADER_BYTES;
    let done = 0;
    for (let from = 0; from < text.length; ) {
      const to = endOfStep(text, from + STEP_UNITS);
      writer.reserve(header + (to - from) * MAX_BYTES_PER_UNIT);
      const { memory, offset } = writer;
      if (header > 0) writeMaskKey(memory, writeFrameHeader(memory, offset, first, length), key);
      const start = offset + header;
      const size = this.#codec.encodeInto(text.slice(from, to), memory, start);
      this.#mask(memory, start, start + size, rotateKey(key, done));
      writer.commit(header + size, size);
      done += size;
      header = 0;
      from = to;
    }
  }

  #finish(opcode: number, fin: boolean, headerBytes: number, length: number): void {
    const writer = this.#writer;
    const { memory, offset } = writer;
    const start = offset + headerBytes;
    const key = this.#keys.next();
    writeMaskKey(memory, writeFrameHeader(memory, offset, firstByte(opcode, fin), length), key);
    this.#mask(memory, start, start + length, key);
    writer.commit(headerBytes + length, isControl(opcode) ? 0 : length);
  }
}

function plainFrame(opcode: number, fin: boolean, payload: Uint8Array): Parameters<FrameTracer>[0] {
  return { direction: 'out', opcode, fin, length: payload.length, payload };
}

/** Where a step that may go on to `end` ends: not inside a surrogate pair. */
function endOfStep(text: string, end: number): number {
  if (end >= text.length) return text.length;
  const last = text.charCodeAt(end - 1);
  return last >= 0xd800 && last <= 0xdbff ? end - 1 : end;
}
