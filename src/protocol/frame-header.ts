/**
 * The frame header, read and written side by side (RFC 6455, 5.2).
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +-+-+-+-+-------+-+-------------+-------------------------------+
 * |F|R|R|R| opcode|M| Payload len |    Extended payload length    |
 * |I|S|S|S|  (4)  |A|     (7)     |           (16 or 64)          |
 * |N|V|V|V|       |S|             |                               |
 * +-+-+-+-+-------+-+-------------+-------------------------------+
 * ```
 */
import { Opcode } from './opcode.ts';

const FIN_BIT = 0x80;
const RESERVED_BITS = 0x70;

/** RSV1, which says of the first frame of a message that it is compressed (RFC 7692, 6). */
import type { Detail } from '../base/errors.ts';
export const RSV1_BIT = 0x40;
const OPCODE_BITS = 0x0f;
const MASK_BIT = 0x80;
const LENGTH_BITS = 0x7f;
/** In the 7-bit field: a 16-bit length follows. */
export const LENGTH_16 = 126;
/** In the 7-bit field: a 64-bit length follows. */
const LENGTH_64 = 127;
const MAX_LENGTH_16 = 0xffff;
const TWO_POW_32 = 2 ** 32;

/** The four key bytes that end a client's header. */
export const MASK_KEY_BYTES = 4;

/** The largest header that a client sends: 2 + 8 bytes of length + the masking key. */
export const MAX_SENT_HEADER_BYTES: number = 2 + 8 + MASK_KEY_BYTES;

/** The largest header that a client has to read to judge a frame: 2 + 8 bytes of length. */
export const MAX_RECEIVED_HEADER_BYTES: number = 2 + 8;

/** What is wrong with a received header, if anything. */
export type HeaderFault = Extract<Detail<'PROTOCOL'>, 'masked' | 'non-minimal-length' | 'length-above-2^63'>;

/** The header of a received frame. One object is reused by its owner for every frame. */
export interface FrameHeader {
  fin: boolean;
  /** RSV1-3, as they stand in the first byte (0x40, 0x20, 0x10). */
  reserved: number;
  opcode: number;
  /** Payload length. Exact up to 2^53; beyond, a rounded number that is over every limit. */
  length: number;
  fault: HeaderFault | undefined;
}

/** An empty {@link FrameHeader} for {@link readFrameHeader} to fill. */
export function createFrameHeader(): FrameHeader {
  return { fin: false, reserved: 0, opcode: 0, length: 0, fault: undefined };
}

/**
 * Reads a server's frame header at `bytes[start]`.
 *
 * @returns the header's length in bytes, or 0 if `bytes` ends (at `end`) before the header does.
 */
export function readFrameHeader(bytes: Uint8Array, start: number, end: number, into: FrameHeader): number {
  if (end - start < 2) return 0;
  const first = bytes[start] as number;
  const second = bytes[start + 1] as number;
  into.fin = (first & FIN_BIT) !== 0;
  into.reserved = first & RESERVED_BITS;
  into.opcode = first & OPCODE_BITS;
  // 5.1: "A client MUST close a connection if it detects a masked frame."
  into.fault = (second & MASK_BIT) !== 0 ? 'masked' : undefined;
  const short = second & LENGTH_BITS;
  if (short < LENGTH_16) {
    into.length = short;
    return 2;
  }
  return short === LENGTH_16 ? readLength16(bytes, start, end, into) : readLength64(bytes, start, end, into);
}

// 5.2: "the minimal number of bytes MUST be used to encode the length". Peers let this pass; we do not.

function readLength16(bytes: Uint8Array, start: number, end: number, into: FrameHeader): number {
  if (end - start < 4) return 0;
  into.length = ((bytes[start + 2] as number) << 8) | (bytes[start + 3] as number);
  if (into.length < LENGTH_16) into.fault ??= 'non-minimal-length';
  return 4;
}

function readLength64(bytes: Uint8Array, start: number, end: number, into: FrameHeader): number {
  if (end - start < 10) return 0;
  const high = readUint32(bytes, start + 2);
  into.length = high * TWO_POW_32 + readUint32(bytes, start + 6);
  // 5.2: "the most significant bit MUST be 0"
  if (high >= TWO_POW_32 / 2) into.fault ??= 'length-above-2^63';
  else if (into.length <= MAX_LENGTH_16) into.fault ??= 'non-minimal-length';
  return 10;
}

function readUint32(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)) >>>
    0
  );
}

/** The size of the header that a client writes before a payload of `length` bytes. */
export function sentHeaderBytes(length: number): number {
  if (length < LENGTH_16) return 2 + MASK_KEY_BYTES;
  return length <= MAX_LENGTH_16 ? 4 + MASK_KEY_BYTES : MAX_SENT_HEADER_BYTES;
}

/** The first byte of a frame. RSV bits are 0 unless `opcode` carries {@link RSV1_BIT}. */
export const firstByte = (opcode: number, fin: boolean): number => (fin ? opcode | FIN_BIT : opcode);

/**
 * Writes a client's header at `target[at]`, as far as the masking key, for a payload of `length` bytes. Client frames
 * are always masked (RFC 6455, 5.1), the length takes the fewest bytes (5.2). `first` is by {@link firstByte}.
 *
 * @returns where the masking key belongs: {@link writeMaskKey}
 */
export function writeFrameHeader(target: Uint8Array, at: number, first: number, length: number): number {
  target[at] = first;
  if (length < LENGTH_16) {
    target[at + 1] = MASK_BIT | length;
    return at + 2;
  }
  if (length <= MAX_LENGTH_16) {
    target[at + 1] = MASK_BIT | LENGTH_16;
    target[at + 2] = length >>> 8;
    target[at + 3] = length & 0xff;
    return at + 4;
  }
  target[at + 1] = MASK_BIT | LENGTH_64;
  writeUint32(target, at + 2, Math.floor(length / TWO_POW_32));
  writeUint32(target, at + 6, length >>> 0);
  return at + 10;
}

/** Writes the masking key, its first byte from the lowest eight bits of `key`. */
export function writeMaskKey(target: Uint8Array, at: number, key: number): void {
  target[at] = key & 0xff;
  target[at + 1] = (key >>> 8) & 0xff;
  target[at + 2] = (key >>> 16) & 0xff;
  target[at + 3] = key >>> 24;
}

/**
 * The whole header of a text message of less than 126 bytes in one frame, in two stores.
 *
 * @returns where the payload begins
 */
export function writeShortTextHeader(view: DataView, at: number, length: number, key: number): number {
  view.setUint16(at, ((Opcode.text | FIN_BIT) << 8) | MASK_BIT | length);
  view.setInt32(at + 2, key, true);
  return at + 2 + MASK_KEY_BYTES;
}

function writeUint32(target: Uint8Array, at: number, value: number): void {
  target[at] = value >>> 24;
  target[at + 1] = (value >>> 16) & 0xff;
  target[at + 2] = (value >>> 8) & 0xff;
  target[at + 3] = value & 0xff;
}
