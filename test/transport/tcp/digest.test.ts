import { describe, expect, it, vi } from 'vitest';
import { acceptFor } from '../../../src/protocol/accept.ts';
import { createDigest } from '../../../src/transport/tcp/digest.ts';

describe('the digest of node:crypto', () => {
  it('answers as the plain one does, at every length of a key', () => {
    const digest = createDigest();
    expect(digest).toBeDefined();
    for (let length = 0; length <= 130; length++) {
      const key = 'dGhlIHNhbXBsZSBub25jZQ=='.repeat(6).slice(0, length);
      expect(acceptFor(key, digest)).toBe(acceptFor(key));
    }
  });

  it('is left out where SHA-1 is not to be had', () => {
    const found = vi.spyOn(process, 'getBuiltinModule').mockReturnValue({
      createHash: () => {
        throw new Error('not allowed');
      },
    });
    try {
      expect(createDigest()).toBeUndefined();
    } finally {
      found.mockRestore();
    }
  });
});
