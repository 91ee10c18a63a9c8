import { describe, expect, it } from 'vitest';
import { fill, only } from '../../src/base/need.ts';

describe('fill', () => {
  const defaults: { size: number; mode: string } = Object.freeze({ size: 1, mode: 'a' });

  it('fills in, ignores undefined and what it does not know, and changes nobody else’s object', () => {
    expect(fill(defaults, undefined)).toEqual({ size: 1, mode: 'a' });
    expect(fill(defaults, undefined)).not.toBe(defaults);
    expect(fill(defaults, { size: undefined, mode: 'b', other: 1 } as object)).toEqual({
      size: 1,
      mode: 'b',
    });
  });
});

it('only the options of a table are taken from a larger set', () => {
  expect(only<object>({ a: 'any', b: 'any' } as object, { a: 1, c: 2 })).toEqual({ a: 1 });
});
