// Inputs out of inputs: what is changed by chance, chance by a seed.

/**
 * A source of chance: whole numbers from 0 to below `end` (mulberry32).
 * @param {number} seed
 * @returns {(end: number) => number}
 */
export function chanceOf(seed) {
  let state = seed >>> 0;
  return (end) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = state;
    x = Math.imul(x ^ (x >>> 15), x | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return Math.floor((((x ^ (x >>> 14)) >>> 0) / 2 ** 32) * end);
  };
}

/** Bytes at the edges of something: of a length, an opcode, ASCII, UTF-8. */
const EDGES = [
  0x00, 0x01, 0x0a, 0x0d, 0x20, 0x7d, 0x7e, 0x7f, 0x80, 0x81, 0x82, 0x88, 0x89, 0xbf, 0xc0, 0xed, 0xf4, 0xff,
];

/** Changes of one input, at most. */
const MOST_CHANGES = 6;

/**
 * @param {Uint8Array} input
 * @param {Uint8Array} other another input, of which a part may be taken
 * @param {readonly Uint8Array[]} words what inputs of this kind are made of
 * @param {number} mostBytes
 * @param {(end: number) => number} chance
 * @returns {Uint8Array}
 */
export function mutate(input, other, words, mostBytes, chance) {
  let bytes = Uint8Array.from(input);
  for (let left = 1 + chance(1 + chance(MOST_CHANGES)); left > 0; left--) {
    const at = chance(bytes.length + 1);
    const length = 1 + chance(1 + chance(16));
    const kind = chance(10);
    if (kind === 0) bytes = spliced(bytes, at, length, []);
    else if (kind === 1) bytes = spliced(bytes, at, 0, bytes.subarray(at, at + length));
    else if (kind === 2) bytes = spliced(bytes, at, chance(2) * length, part(other, chance));
    else if (kind <= 4 && words.length > 0) {
      const word = /** @type {Uint8Array} */ (words[chance(words.length)]);
      bytes = spliced(bytes, at, chance(2) * word.length, word);
    } else if (kind === 5)
      bytes = spliced(
        bytes,
        at,
        0,
        Array.from({ length }, () => chance(256)),
      );
    else if (at === bytes.length) bytes = spliced(bytes, at, 0, [edge(chance)]);
    else if (kind === 6) bytes[at] = /** @type {number} */ (bytes[at]) ^ (1 << chance(8));
    else if (kind === 7) bytes[at] = edge(chance);
    else if (kind === 8)
      bytes[at] = /** @type {number} */ (bytes[at]) + (chance(2) === 0 ? 1 : -1) * (1 + chance(8));
    else bytes[at] = chance(256);
  }
  return bytes.subarray(0, mostBytes);
}

/** @param {(end: number) => number} chance */
function edge(chance) {
  return /** @type {number} */ (EDGES[chance(EDGES.length)]);
}

/** @param {Uint8Array} bytes @param {(end: number) => number} chance */
function part(bytes, chance) {
  const start = chance(bytes.length + 1);
  return bytes.subarray(start, start + 1 + chance(64));
}

/**
 * @param {Uint8Array} bytes
 * @param {number} at
 * @param {number} away so many bytes are taken out there
 * @param {ArrayLike<number>} more these are put in
 */
function spliced(bytes, at, away, more) {
  const rest = bytes.subarray(Math.min(at + away, bytes.length));
  const result = new Uint8Array(at + more.length + rest.length);
  result.set(bytes.subarray(0, at));
  result.set(more, at);
  result.set(rest, at + more.length);
  return result;
}
