import { describe, expect, it } from 'vitest';
import { keyOf, literal, typeOf } from '../../../../src/client/records/infer/type-of.ts';

const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)]);
const wide = Object.fromEntries(Array.from({ length: 41 }, (_, at) => [`k${at}`, at]));

describe('typeOf', () => {
  it.each<[unknown[], string]>([
    [[], 'unknown'],
    [[1, 2], 'number'],
    [['a', 1, null, true, undefined], 'boolean | number | string | null | undefined'],
    [[[1, 2]], 'number[]'],
    [[[]], 'unknown[]'],
    [[['a', 1]], '[string, number]'],
    [[['a', 1], ['a']], '(number | string)[]'],
    [[['a', 1, 'b', 1, 'c', 1, 'd', 1, 'e']], '(number | string)[]'],
    [[{ a: 1 }, { a: 'x', b: [1] }], '{ a: number | string; b?: number[] }'],
    [[{}], 'Record<string, never>'],
    [[wide], 'Record<string, number>'],
    [[{ 'a b': 1 }], '{ "a b": number }'],
    [[deep(30)], `unknown${'[]'.repeat(21)}`],
  ])('of %j', (values, type) => {
    expect(typeOf(values)).toBe(type);
  });
});

it('nothing in a name or a value can end the text that it stands in', () => {
  expect([keyOf('a'), keyOf('$1'), keyOf('1a'), keyOf('a"b')]).toEqual(['a', '$1', '"1a"', '"a\\"b"']);
  expect(literal('\u2028\u202e"')).toBe('"\\u2028\\u202e\\""');
  expect(literal(undefined)).toBe('undefined');
});
