/** SHA-1 (FIPS 180-4, 6.1), for `Sec-WebSocket-Accept` alone: a check of the peer's wits, not a secret. */

const BLOCK_BYTES = 64;
const BLOCK_WORDS = 16;
const ROUNDS = 80;
/** The 0x80 that ends the message, and its length in bits as 64-bit number. */
const PADDING_BYTES = 9;

/** The digest of `message`, 20 bytes. Synchronous, unlike Web Cryptography's. For short messages (under 512 MiB). */
export function sha1(message: Uint8Array): Uint8Array {
  const blocks = Math.ceil((message.length + PADDING_BYTES) / BLOCK_BYTES);
  // Big-endian words.
  const words = new Int32Array(blocks * BLOCK_WORDS);
  for (let at = 0; at < message.length; at++) setByte(words, at, message[at] as number);
  setByte(words, message.length, 0x80);
  words[words.length - 1] = message.length * 8;

  const state = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0);
  const schedule = new Int32Array(ROUNDS);
  for (let at = 0; at < words.length; at += BLOCK_WORDS) {
    for (let t = 0; t < BLOCK_WORDS; t++) schedule[t] = wordAt(words, at + t);
    addBlock(schedule, state);
  }
  const digest = new Uint8Array(state.length * 4);
  for (let at = 0; at < digest.length; at++) digest[at] = wordAt(state, at >> 2) >>> shiftOf(at);
  return digest;
}

function setByte(words: Int32Array, at: number, byte: number): void {
  words[at >> 2] = wordAt(words, at >> 2) | (byte << shiftOf(at));
}

/** How far up in its word the byte at `at` stands. */
function shiftOf(at: number): number {
  return (3 - (at & 3)) * 8;
}

/** Adds a block, the first 16 words of `schedule`. */
function addBlock(schedule: Int32Array, state: Int32Array): void {
  for (let t = BLOCK_WORDS; t < ROUNDS; t++) {
    const word =
      wordAt(schedule, t - 3) ^ wordAt(schedule, t - 8) ^ wordAt(schedule, t - 14) ^ wordAt(schedule, t - 16);
    schedule[t] = rotate(word, 1);
  }
  let a = wordAt(state, 0);
  let b = wordAt(state, 1);
  let c = wordAt(state, 2);
  let d = wordAt(state, 3);
  let e = wordAt(state, 4);
  for (let t = 0; t < ROUNDS; t++) {
    const next = (rotate(a, 5) + mix(t, b, c, d) + e + constant(t) + wordAt(schedule, t)) | 0;
    e = d;
    d = c;
    c = rotate(b, 30);
    b = a;
    a = next;
  }
  state[0] = wordAt(state, 0) + a;
  state[1] = wordAt(state, 1) + b;
  state[2] = wordAt(state, 2) + c;
  state[3] = wordAt(state, 3) + d;
  state[4] = wordAt(state, 4) + e;
}

function wordAt(words: Int32Array, at: number): number {
  return words[at] as number;
}

function mix(t: number, b: number, c: number, d: number): number {
  if (t < 20) return (b & c) | (~b & d);
  if (t < 40 || t >= 60) return b ^ c ^ d;
  return (b & c) | (b & d) | (c & d);
}

function constant(t: number): number {
  if (t < 20) return 0x5a827999;
  if (t < 40) return 0x6ed9eba1;
  return t < 60 ? 0x8f1bbcdc : 0xca62c1d6;
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
