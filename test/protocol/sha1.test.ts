import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { sha1 } from '../../src/protocol/sha1.ts';

const hexOf = (digest: Uint8Array): string => Buffer.from(digest).toString('hex');
const digest = (text: string): string => hexOf(sha1(new TextEncoder().encode(text)));

it('gives the digests of FIPS 180', () => {
  expect(digest('abc')).toBe('a9993e364706816aba3e25717850c26c9cd0d89d');
  expect(digest('')).toBe('da39a3ee5e6b4b0d3255bfef95601890afd80709');
  expect(digest('abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq')).toBe(
    '84983e441c3bd26ebaae4aa1f95129e5e54670f1',
  );
});

it('agrees with the platform at every length around the block borders', () => {
  for (let length = 0; length <= 200; length++) {
    const message = Uint8Array.from({ length }, (_, index) => (index * 7 + length) & 0xff);
    expect(hexOf(sha1(message)), `${length} bytes`).toBe(createHash('sha1').update(message).digest('hex'));
  }
});
