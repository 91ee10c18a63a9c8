import type { RandomBytes } from '../base/random.ts';
import type { TextDigest } from './ports.ts';
import { sha1 } from './sha1.ts';

/** RFC 6455, 1.3: appended to the key before hashing. */
const ACCEPT_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** RFC 6455, 4.1: the key is "a nonce consisting of a randomly selected 16-byte value". */
const NONCE_BYTES = 16;

/** A fresh `Sec-WebSocket-Key`: base64 of 16 random bytes. */
export function createKey(random: RandomBytes): string {
  const nonce = new Uint8Array(NONCE_BYTES);
  random.fill(nonce);
  return base64(nonce);
}

/** The `Sec-WebSocket-Accept` that proves a server has read `key`: base64 of SHA-1 of key and GUID (4.1). */
export function acceptFor(key: string, digest: TextDigest = plainDigest): string {
  return digest(key + ACCEPT_GUID);
}

function plainDigest(text: string): string {
  return base64(sha1(asciiBytes(text)));
}

function asciiBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}

function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode.apply(undefined, bytes as unknown as number[]));
}
