/** SHA-1 (FIPS 180-4, 6.1), for `Sec-WebSocket-Accept` alone: a check of the peer's wits, not a secret. */

const BLOCK_BYTES = 64;
/** The 0x80 that ends the message, and its length in bits as 64-bit number. */
const PADDING_BYTES = 1 + 8;

/** The digest of `message`, 20 bytes. Synchronous, unlike Web Cryptography's. For short messages (under 512 MiB). */
export function sha1(message: Uint8Array): Uint8Array {
  const blocks = Math.ceil((message.length + PADDING_BYTES) / BLOCK_BYTES);
  const padded = new Uint8Array(blocks * BLOCK_BYTES);
  padded.set(message);
  padded[message.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 4, message.length * 8);

  const state = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0);
  const schedule = new Int32Array(80);
  for (let at = 0; at < padded.length; at += BLOCK_BYTES) addBlock(view, at, schedule, state);

  const digest = new DataView(new ArrayBuffer(20));
  state.forEach((word, index) => {
    digest.setInt32(index * 4, word);
  });
  return new Uint8Array(digest.buffer);
}

function addBlock(view: DataView, at: number, schedule: Int32Array, state: Int32Array): void {
  for (let t = 0; t < 16; t++) schedule[t] = view.getInt32(at + t * 4);
  for (let t = 16; t < 80; t++) schedule[t] = rotate(wordAt(schedule, t), 1);
  let [a, b, c, d, e] = state as unknown as [number, number, number, number, number];
  for (let t = 0; t < 80; t++) {
    const next = (rotate(a, 5) + mix(t, b, c, d) + e + constant(t) + (schedule[t] as number)) | 0;
    e = d;
    d = c;
    c = rotate(b, 30);
    b = a;
    a = next;
  }
  [a, b, c, d, e].forEach((word, index) => {
    state[index] = (state[index] as number) + word;
  });
}

function wordAt(schedule: Int32Array, t: number): number {
  const word = (back: number): number => schedule[t - back] as number;
  return word(3) ^ word(8) ^ word(14) ^ word(16);
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
