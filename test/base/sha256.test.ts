import { createHash } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { sha256Base64 } from '../../src/base/sha256.ts';

describe('sha256Base64', () => {
  it.each(['', 'abc', 'pässwörd €', 'x'.repeat(1_000)])('digests as others do: %s', async (text) => {
    expect(await sha256Base64(text)).toBe(createHash('sha256').update(text).digest('base64'));
  });

  it.each([undefined, {}])('says what is missing where the platform has no digests: %j', async (crypto) => {
    vi.stubGlobal('crypto', crypto);
    await expect(sha256Base64('abc')).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining('crypto.subtle'),
    });
  });
});
