import { expect, test } from 'vitest';
import { bytesOf, checksumOf, messageOf, type PayloadKind, textOf, varietyOf } from './payload.ts';

const SIZES = [32, 33, 1_024, 65_536];

test.each<PayloadKind>(['ascii', 'multibyte', 'json', 'binary'])(
  '%s messages have exactly the bytes that were asked for, and differ',
  (kind) => {
    for (const bytes of kind === 'json' ? [1_024, 4_096] : SIZES) {
      const payload = { kind, bytes };
      expect(bytesOf(payload, 0)).toHaveLength(bytes);
      expect(bytesOf(payload, 4_095)).toHaveLength(bytes);
      expect(messageOf(payload, 1)).not.toEqual(messageOf(payload, 2));
      expect(messageOf(payload, 7)).toEqual(messageOf(payload, 7));
    }
  },
);

test('a text is what its name says', () => {
  expect(textOf({ kind: 'ascii', bytes: 32 }, 255)).toBe('000000ffThe quick brown fox jump');
  expect(JSON.parse(textOf({ kind: 'json', bytes: 1_024 }, 3))).toMatchObject({ seq: '00000003' });
  const wide = textOf({ kind: 'multibyte', bytes: 1_000 }, 0);
  expect(wide.length).toBeLessThan(750);
  expect(wide).toContain('世界');
});

test('every message of a kind has the same number of units, so that lengths can be added up', () => {
  for (const kind of ['ascii', 'multibyte', 'json'] as const) {
    const lengths = [0, 1, 77, 4_000].map((index) => textOf({ kind, bytes: 2_048 }, index).length);
    expect(new Set(lengths).size).toBe(1);
  }
});

test('the checksum is the one that the server works out', () => {
  expect(checksumOf('ab')).toBe(97 * 31 + 98);
  expect(checksumOf(Uint8Array.of(97, 98))).toBe(checksumOf('ab'));
  expect(checksumOf('a longer text, past 32 bits')).toBeLessThan(2 ** 32);
});

test('a compressor finds no message twice in its window', () => {
  expect(varietyOf({ kind: 'json', bytes: 1_024 }) * 1_024).toBeGreaterThan(32_768);
  expect(varietyOf({ kind: 'binary', bytes: 16 * 1_048_576 })).toBe(1);
});
