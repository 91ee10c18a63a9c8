import { expect, it } from 'vitest';
import { fromBase64, toBase64 } from '../../src/transport/base64.ts';

it.each([0, 1, 2, 3, 8191, 8192, 70_000])('%i bytes go there and back', (length) => {
  const bytes = Uint8Array.from({ length }, (_, at) => (at * 7) % 256);
  expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
  expect(fromBase64(toBase64(bytes))).toEqual(bytes);
});

it('anything else is refused', () => {
  expect(() => fromBase64('%')).toThrow();
});
