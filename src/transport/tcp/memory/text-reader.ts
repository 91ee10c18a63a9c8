// As a namespace: a runtime without one of these functions has undefined there, where a named import would be an error.
import * as buffers from 'node:buffer';
import type { TextCodec } from '../../../protocol/ports.ts';

/** The half of a {@link TextCodec} that reads. */
export type TextReader = Pick<TextCodec, 'decode' | 'judge' | 'decodeJudged'>;

/** Up to this length looking for bytes above 7F here costs less than having the runtime look. */
const SHORT_BYTES = 48;

/** From this length on it pays to ask first whether all of it is ASCII. */
const LONG_BYTES = 256;

/** From this version of V8 on (Node 23) UTF-8 is decoded with SIMD; earlier ones take 3 ns a byte outside ASCII. */
const FAST_V8 = 13;

/** What is not UTF-8 is decoded to this; so is EF BF BD, which is. */
const REPLACEMENT = '\ufffd';

const HIGH_BITS = 0x80808080;

/** What Buffer has beyond its types. Each works on any Uint8Array, and makes nothing but the string. */
type Slice = (this: Uint8Array, start: number, end: number) => string;
interface Slices {
  readonly latin1Slice?: Slice;
  readonly utf8Slice?: Slice;
  readonly ucs2Slice?: Slice;
}

/**
 * The fast way to read text: with what stands behind `Buffer.toString`. Undefined where the runtime lacks that. `shared` is
 * the memory that most of the text lies in.
 */
export function createTextReader(shared: Uint8Array): TextReader | undefined {
  const { latin1Slice, utf8Slice } = buffers.Buffer.prototype as Slices;
  const { isAscii, isUtf8 } = buffers;
  if (latin1Slice === undefined || utf8Slice === undefined) return undefined;
  if (typeof isAscii !== 'function' || typeof isUtf8 !== 'function') return undefined;
  const view = new DataView(shared.buffer, shared.byteOffset, shared.length);
  const decodeWide = viaUtf16() ?? utf8Slice;

  const judge: TextReader['judge'] = (bytes, start, end) => {
    const part = bytes.subarray(start, end);
    if (isAscii(part)) return 'ascii';
    return isUtf8(part) ? 'wide' : 'invalid';
  };
  const decodeJudged: TextReader['decodeJudged'] = (bytes, start, end, verdict) => {
    if (verdict === 'invalid') return undefined;
    try {
      return (verdict === 'ascii' ? latin1Slice : decodeWide).call(bytes, start, end);
    } catch {
      return undefined; // there is no string of that length
    }
  };

  return {
    decode(bytes, start, end) {
      const length = end - start;
      if (length <= SHORT_BYTES && bytes === shared && isAsciiIn(view, start, end)) {
        return latin1Slice.call(bytes, start, end);
      }
      if (length >= LONG_BYTES) return decodeJudged(bytes, start, end, judge(bytes, start, end));
      const text = utf8Slice.call(bytes, start, end);
      return text.includes(REPLACEMENT) && !isUtf8(bytes.subarray(start, end)) ? undefined : text;
    },
    judge,
    decodeJudged,
  };
}

function isAsciiIn(view: DataView, start: number, end: number): boolean {
  let bits = 0;
  let at = start;
  for (; at + 4 <= end; at += 4) bits |= view.getInt32(at);
  for (; at < end; at++) bits |= view.getUint8(at);
  return (bits & HIGH_BITS) === 0;
}

/** By way of UTF-16: eight times as fast as old versions of V8 are at UTF-8. */
function viaUtf16(): Slice | undefined {
  const { ucs2Slice } = buffers.Buffer.prototype as Slices;
  const { transcode } = buffers;
  if (ucs2Slice === undefined || typeof transcode !== 'function') return undefined;
  if (Number.parseInt(process.versions.v8, 10) >= FAST_V8) return undefined;
  return function (this: Uint8Array, start, end) {
    const units = transcode(this.subarray(start, end), 'utf8', 'utf16le');
    return ucs2Slice.call(units, 0, units.length);
  };
}
