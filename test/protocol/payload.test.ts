import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { isBytes } from '../../src/protocol/payload.ts';

it('takes a Uint8Array, a Buffer, and one of another realm', () => {
  expect(isBytes(new Uint8Array(3))).toBe(true);
  expect(isBytes(Buffer.from('x'))).toBe(true);
  expect(isBytes(runInNewContext('new Uint8Array([1, 2])'))).toBe(true);
});

it.each([
  7,
  'text',
  null,
  undefined,
  [1, 2],
  { length: 4 },
  { [Symbol.toStringTag]: 'Uint8Array', length: 4 },
  new ArrayBuffer(4),
  new DataView(new ArrayBuffer(4)),
  new Uint16Array(2),
  new Float64Array(1),
])('takes nothing else (attack 22): %s', (value) => {
  expect(isBytes(value)).toBe(false);
});
