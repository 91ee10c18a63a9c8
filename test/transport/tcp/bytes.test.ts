import { expect, test } from 'vitest';
import { bytesOf, joined } from '../../../src/transport/tcp/bytes.ts';

test('joined: in memory of its own, without what lies behind', () => {
  const chunk = Buffer.from([3, 4, 5, 6]);
  const bytes = joined(Uint8Array.of(1, 2), chunk, 3);
  chunk.fill(0);
  expect(bytes).toEqual(Uint8Array.of(1, 2, 3, 4, 5));
});

test('bytesOf: the same memory, and no more of it than the view shows', () => {
  const memory = Uint8Array.of(1, 2, 3, 4).buffer;
  expect(bytesOf(memory)).toEqual(Uint8Array.of(1, 2, 3, 4));
  const bytes = bytesOf(new DataView(memory, 1, 2));
  expect(bytes).toEqual(Uint8Array.of(2, 3));
  expect(bytes.buffer).toBe(memory);
});
