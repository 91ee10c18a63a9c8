/** What a login by challenge computes, as text. */
import { sha256 as hash, hmacSha256 as hmac } from '../base/sha256.ts';
import { checkDigest } from './checks.ts';

/** How a digest is written: base64 with padding (RFC 4648, 4), or hexadecimal in lower case. */
export type DigestEncoding = 'base64' | 'hex';

/**
 * The SHA-256 of a text's UTF-8, or of bytes. Works in every page, also where `crypto.subtle` is missing: over http in a local
 * network. Slow for long data; for passwords that are stored it is the wrong tool.
 *
 * @param encoding - default `base64`
 * @throws UsageError `INVALID_OPTION` for what is neither text nor bytes
 * @example
 * ```ts
 * // The challenge of obs-websocket 5
 * const answer = sha256(sha256(password + salt) + challenge);
 * ```
 */
export function sha256(data: string | Uint8Array, encoding: DigestEncoding = 'base64'): string {
  checkDigest({ data }, encoding, sha256);
  return written(hash(bytesOf(data)), encoding);
}

/**
 * The HMAC-SHA-256 (RFC 2104) of data under a key: texts count as their UTF-8.
 *
 * @param encoding - default `base64`
 * @throws UsageError `INVALID_OPTION` for what is neither text nor bytes
 * @example
 * ```ts
 * const signature = hmacSha256(key, `${nonce}:${userId}`, 'hex');
 * ```
 */
export function hmacSha256(
  key: string | Uint8Array,
  data: string | Uint8Array,
  encoding: DigestEncoding = 'base64',
): string {
  checkDigest({ key, data }, encoding, hmacSha256);
  return written(hmac(bytesOf(key), bytesOf(data)), encoding);
}

function bytesOf(data: string | Uint8Array): Uint8Array {
  return typeof data === 'string' ? new TextEncoder().encode(data) : data;
}

function written(bytes: Uint8Array, encoding: DigestEncoding): string {
  if (encoding === 'hex') return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return btoa(String.fromCharCode(...bytes));
}
