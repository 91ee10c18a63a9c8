/**
 * SHA-256 (FIPS 180-4, 6.2) and HMAC (RFC 2104) with it. Code of our own because a page has `crypto.subtle` on https and
 * localhost only, and the server of a login by challenge is often a device in the house. For short messages.
 */

const BLOCK_BYTES = 64;
const ROUNDS = 64;
/** The 0x80 that ends the message, and its length in bits as 64-bit number. */
const PADDING_BYTES = 9;

/** The digest of `message`, 32 bytes. */
export function sha256(message: Uint8Array): Uint8Array {
  const { length } = message;
  const bytes = new Uint8Array(Math.ceil((length + PADDING_BYTES) / BLOCK_BYTES) * BLOCK_BYTES);
  const words = new DataView(bytes.buffer);
  bytes.set(message);
  bytes[length] = 0x80;
  words.setUint32(bytes.length - 4, length * 8);
  const { state, constants } = begin();
  for (let at = 0; at < bytes.length; at += BLOCK_BYTES) addBlock(state, constants, words, at);
  const digest = new DataView(new ArrayBuffer(state.length * 4));
  state.forEach((word, at) => {
    digest.setInt32(at * 4, word);
  });
  return new Uint8Array(digest.buffer);
}

/** The authentication code of `message` under `key`, 32 bytes. */
export function hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array {
  const block = new Uint8Array(BLOCK_BYTES);
  block.set(key.length > BLOCK_BYTES ? sha256(key) : key);
  const padded = (pad: number, rest: Uint8Array): Uint8Array => {
    const whole = new Uint8Array(BLOCK_BYTES + rest.length);
    whole.set(block.map((byte) => byte ^ pad));
    whole.set(rest, BLOCK_BYTES);
    return sha256(whole);
  };
  return padded(0x5c, padded(0x36, message));
}

/**
 * The numbers that it begins with (4.2.2, 5.3.3): 32 bits of what stands behind the point of the square roots of the first 8
 * primes, and of the cube roots of the first 64. None is nearer to a whole number than a double can tell.
 */
function begin(): { readonly state: Int32Array; readonly constants: Int32Array } {
  const state = new Int32Array(8);
  const constants = new Int32Array(ROUNDS);
  const behindPoint = (root: number): number => (root - Math.floor(root)) * 2 ** 32;
  for (let prime = 2, found = 0; found < ROUNDS; prime++) {
    let divisor = 2;
    while (prime % divisor !== 0) divisor++;
    if (divisor < prime) continue;
    if (found < state.length) state[found] = behindPoint(Math.sqrt(prime));
    constants[found++] = behindPoint(Math.cbrt(prime));
  }
  return { state, constants };
}

function addBlock(state: Int32Array, constants: Int32Array, words: DataView, at: number): void {
  const schedule = new Int32Array(ROUNDS);
  const turned = new Int32Array(state);
  const word = (t: number): number => schedule[t] as number;
  const now = (index: number): number => turned[index] as number;
  for (let t = 0; t < ROUNDS; t++) {
    schedule[t] =
      t < BLOCK_BYTES / 4
        ? words.getInt32(at + t * 4)
        : mixed(word(t - 15), [7, 18], 3) + word(t - 16) + mixed(word(t - 2), [17, 19], 10) + word(t - 7);
    const e = now(4);
    const a = now(0);
    const first =
      now(7) +
      (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) +
      ((e & now(5)) ^ (~e & now(6))) +
      (constants[t] as number) +
      word(t);
    const second =
      (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & now(1)) ^ (a & now(2)) ^ (now(1) & now(2)));
    turned.copyWithin(1, 0);
    turned[4] = now(4) + first;
    turned[0] = first + second;
  }
  turned.forEach((one, index) => {
    state[index] = (state[index] as number) + one;
  });
}

/** The small sigmas: two turns and a shift. */
function mixed(word: number, [one, other]: readonly [number, number], shift: number): number {
  return turn(word, one) ^ turn(word, other) ^ (word >>> shift);
}

function turn(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits));
}
