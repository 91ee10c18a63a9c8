/** What a text of JSON takes in memory once it is parsed. */

/** What an object or a list takes in memory besides what is in it, in bytes: V8 takes 32 to 56, and 8 to be found by. */
export const OBJECT_BYTES = 64;

/** How much what is parsed may take unless another limit is given, in bytes. */
export const DEFAULT_MAX_PARSED_BYTES: number = 134_217_728;

/** What a small number takes in a list of its like, in bytes. Each has a comma, and each member of an object a colon. */
const MEMBER_BYTES = 8;

/** What a name takes that is not there yet, in bytes: 16 to 72. One that many objects share is there once. */
const NAME_BYTES = 40;

/** So many names are told apart, as a power of 2. Those that are taken for others make the weight less, never more. */
const NAME_BITS = 22;

/**
 * How much memory a JSON text would take once it is parsed, in bytes, found out before it is: 64 KB on the wire may be 16 MiB
 * of `{},{},{}`, and that 430 MiB of objects. Read in one pass, and only where it could be more than `most`: a text of 2
 * million characters or less cannot be more than the default.
 *
 * @param most - what is found to be more is not looked at further
 */
export function jsonWeight(text: string, most: number): number {
  const { length } = text;
  if (length * (OBJECT_BYTES + 1) <= most) return length;
  const names = new Uint8Array(2 ** (NAME_BITS - 3));
  let bytes = length;
  let isString = false;
  // Of the last string (FNV-1a): a colon makes it a name.
  let hash = 0;
  for (let at = 0; at < length && bytes <= most; at++) {
    const one = text.charCodeAt(at);
    if (isString) {
      if (one === QUOTE) isString = false;
      else {
        hash = Math.imul(hash ^ one, 16_777_619);
        if (one === BACKSLASH) at++;
      }
    } else if (one === QUOTE) {
      isString = true;
      hash = 0x811c9dc5;
    } else if (one === COMMA) bytes += MEMBER_BYTES;
    else if (one === COLON) {
      bytes += MEMBER_BYTES;
      const bit = hash >>> (32 - NAME_BITS);
      const known = names[bit >>> 3] as number;
      if ((known & (1 << (bit & 7))) === 0) bytes += NAME_BYTES;
      names[bit >>> 3] = known | (1 << (bit & 7));
    } else if (one === BRACE || one === BRACKET) bytes += OBJECT_BYTES;
  }
  return bytes;
}

const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const BRACKET = 91;
const BACKSLASH = 92;
const BRACE = 123;
