import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hmacSha256, sha256 } from '../../src/base/sha256.ts';
import { PROPERTY_RUNS } from '../tools/property-runs.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const bytes = fc.uint8Array({ maxLength: 300 });

describe('SHA-256 of our own', () => {
  it('digests as the platform does, at every length', () => {
    for (let length = 0; length < 200; length++) {
      const message = new Uint8Array(length).fill(length);
      expect(hex(sha256(message))).toBe(createHash('sha256').update(message).digest('hex'));
    }
    fc.assert(
      fc.property(bytes, (message) => {
        expect(hex(sha256(message))).toBe(createHash('sha256').update(message).digest('hex'));
      }),
      { numRuns: PROPERTY_RUNS },
    );
  });

  it('authenticates as the platform does, with keys of every length', () => {
    fc.assert(
      fc.property(bytes, bytes, (key, message) => {
        expect(hex(hmacSha256(key, message))).toBe(createHmac('sha256', key).update(message).digest('hex'));
      }),
      { numRuns: PROPERTY_RUNS },
    );
  });

  it('begins with roots that no engine can round to another number', () => {
    for (let prime = 2, found = 0; found < 64; prime++) {
      if ([2, 3, 5, 7, 11, 13, 17].some((divisor) => divisor < prime && prime % divisor === 0)) continue;
      found++;
      for (const root of [Math.cbrt(prime), Math.sqrt(prime)]) {
        const behind = (root % 1) * 2 ** 32;
        // Three times the smallest step of such a number is 0.00001.
        expect(Math.abs(behind - Math.round(behind))).toBeGreaterThan(0.0001);
      }
    }
  });
});
