import { expect, it } from 'vitest';
import { encode, json, plain } from '../../src/messaging/codec.ts';
import { membersOf, together } from '../../src/messaging/together.ts';

it('is known by its members, and nothing else is taken for it', () => {
  expect(membersOf(together('a', 1))).toEqual(['a', 1]);
  for (const other of [undefined, null, 'a', 1, {}, ['a'], Uint8Array.of(1)])
    expect(membersOf(other)).toBeUndefined();
});

it('is encoded one by one, bytes as they are', () => {
  const bytes = Uint8Array.of(1);
  expect(encode(json(), together({ a: 1 }, bytes))).toEqual(['{"a":1}', bytes]);
  expect(() => encode(plain(), together('a', { b: 1 }))).toThrow(
    expect.objectContaining({ code: 'INVALID_DATA' }),
  );
});
