/**
 * Chance as a port. Masking keys and handshake nonces need unpredictable bytes; backoff needs a number
 * between 0 and 1. Tests pass a scripted source.
 */

import { UsageError } from './errors.ts';

/** A source of bytes that nobody can predict. */
export interface RandomBytes {
  /** Fills `target` with bytes of a cryptographically secure generator (RFC 6455, 5.3 and 10.3). */
  fill(target: Uint8Array): void;
}

/** The source of chance of a client. */
export interface RandomSource extends RandomBytes {
  /** A number in [0, 1), for jitter. Need not be secure. */
  uniform(): number;
}

/** Most bytes that one call of `crypto.getRandomValues` fills (Web Cryptography API, 10.1.1). */
const MAX_BYTES_PER_CALL = 65_536;

/** The machine's generators: `crypto.getRandomValues` and `Math.random`. */
export const systemRandom: RandomSource = {
  fill(target) {
    if (globalThis.crypto === undefined) throw new UsageError('UNSUPPORTED', { detail: 'no-crypto' });
    for (let start = 0; start < target.length; start += MAX_BYTES_PER_CALL) {
      crypto.getRandomValues(target.subarray(start, start + MAX_BYTES_PER_CALL) as Uint8Array<ArrayBuffer>);
    }
  },
  uniform: () => Math.random(),
};
