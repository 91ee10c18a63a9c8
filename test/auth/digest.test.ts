import { createHash, createHmac } from 'node:crypto';
import { expect, it, vi } from 'vitest';
import { hmacSha256, sha256 } from '../../src/auth/digest.ts';

it.each(['', 'abc', 'pässwörd €', 'x'.repeat(1_000)])('digests a text as others do: %s', (text) => {
  for (const encoding of ['base64', 'hex'] as const) {
    expect(sha256(text, encoding)).toBe(createHash('sha256').update(text).digest(encoding));
    expect(hmacSha256(text, 'ü', encoding)).toBe(createHmac('sha256', text).update('ü').digest(encoding));
  }
  expect(sha256(new TextEncoder().encode(text))).toBe(createHash('sha256').update(text).digest('base64'));
  expect(hmacSha256(Uint8Array.of(1, 2), text)).toBe(
    createHmac('sha256', Uint8Array.of(1, 2)).update(text).digest('base64'),
  );
});

it('needs no crypto.subtle: a page over http has none', () => {
  vi.stubGlobal('crypto', undefined);
  expect(sha256('abc', 'hex')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});
