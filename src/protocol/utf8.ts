/** UTF-8 judged as it arrives: RFC 3629, section 4, and RFC 6455, 8.1. */
import type { TextCodec, Utf8Verdict } from './ports.ts';

/** Under this length the loop beats asking a judge. */
const JUDGE_MIN_BYTES = 32;

const LOWEST_CONTINUATION = 0x80;
const HIGHEST_CONTINUATION = 0xbf;

/**
 * Says of a stream of bytes, cut anywhere, whether it can still become valid UTF-8. A wrong byte is found when it
 * is pushed, not at the end: overlong forms, surrogates and code points above U+10FFFF included.
 */
export class Utf8Validator {
  readonly #judge: TextCodec['judge'] | undefined;
  #verdict: Utf8Verdict = 'ascii';
  /** Continuation bytes still missing from the current character. */
  #missing = 0;
  /** The range that the next continuation byte must lie in; narrower only after E0, ED, F0 and F4. */
  #low = LOWEST_CONTINUATION;
  #high = HIGHEST_CONTINUATION;

  /** With a fast `judge` only the characters that are cut by the ends of a piece are looked at byte by byte. */
  constructor(judge?: TextCodec['judge']) {
    this.#judge = judge;
  }

  /** Takes `bytes[start, end)`. Returns false if there is a byte that no valid text could contain there. */
  push(bytes: Uint8Array, start: number, end: number): boolean {
    const judge = this.#judge;
    if (judge === undefined || end - start < JUDGE_MIN_BYTES) return this.#walk(bytes, start, end);
    const head = start + this.#missing;
    const tail = lastStart(bytes, end);
    if (!this.#walk(bytes, start, head)) return false;
    const verdict = judge(bytes, head, tail);
    if (verdict !== 'ascii') this.#verdict = verdict;
    return verdict !== 'invalid' && this.#walk(bytes, tail, end);
  }

  #walk(bytes: Uint8Array, start: number, end: number): boolean {
    for (let at = start; at < end; at++) {
      const byte = bytes[at] as number;
      if (this.#missing === 0) {
        if (byte < 0x80) continue;
        if (!this.#lead(byte)) return false;
      } else {
        if (byte < this.#low || byte > this.#high) return false;
        this.#missing--;
        this.#low = LOWEST_CONTINUATION;
        this.#high = HIGHEST_CONTINUATION;
      }
    }
    return true;
  }

  /** What all of it is, if the stream ends here: not valid inside a character. */
  get verdict(): Utf8Verdict {
    return this.#missing === 0 ? this.#verdict : 'invalid';
  }

  /** Begins a new text. */
  reset(): void {
    this.#verdict = 'ascii';
    this.#missing = 0;
    this.#low = LOWEST_CONTINUATION;
    this.#high = HIGHEST_CONTINUATION;
  }

  /** The table of RFC 3629, section 4, by its first column. */
  #lead(byte: number): boolean {
    this.#verdict = 'wide';
    if (byte < 0xc2 || byte > 0xf4) return false; // C0, C1: overlong; above F4: beyond U+10FFFF
    if (byte < 0xe0) {
      this.#missing = 1;
    } else if (byte < 0xf0) {
      this.#missing = 2;
      if (byte === 0xe0) this.#low = 0xa0; // below: overlong
      if (byte === 0xed) this.#high = 0x9f; // above: surrogates
    } else {
      this.#missing = 3;
      if (byte === 0xf0) this.#low = 0x90; // below: overlong
      if (byte === 0xf4) this.#high = 0x8f; // above: beyond U+10FFFF
    }
    return true;
  }
}

/** Where a character begins that may be cut by `end`: within the last three bytes, or `end` itself. */
function lastStart(bytes: Uint8Array, end: number): number {
  for (let at = end - 1; at >= end - 3; at--) if ((bytes[at] as number) >= 0xc0) return at;
  return end;
}

/** How many bytes `text` has as UTF-8, a lone surrogate counting as the three of U+FFFD. */
export function utf8Length(text: string): number {
  let bytes = 0;
  for (let at = 0; at < text.length; at++) {
    const point = text.codePointAt(at) as number;
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : 3;
    if (point > 0xffff) {
      bytes++;
      at++; // two units
    }
  }
  return bytes;
}
