import { expect, it } from 'vitest';
import { lostInJson } from '../../src/messaging/lost-in-json.ts';

it('finds nothing in what JSON can carry', () => {
  expect(lostInJson({ a: [1, 'x', null, true, undefined], b: { c: new Date(0) } })).toBeUndefined();
});

it('says where something stands that JSON has no form for', () => {
  expect(lostInJson({ a: [1, { b: new Map() }] })).toBe('a[1].b');
  expect(lostInJson([[() => 1]])).toBe('[0][0]');
  expect(lostInJson(Number.NaN)).toBe('');
  expect(lostInJson({ at: new Date(Number.NaN) })).toBe('at');
  expect(lostInJson(Object.assign(Object.create(null), { toJSON: () => 1 }))).toBeUndefined();
});

it('finds a cycle, and no cycle where one object stands twice', () => {
  const one: Record<string, unknown> = {};
  expect(lostInJson([one, one], new Set())).toBeUndefined();
  one.self = one;
  expect(lostInJson({ one }, new Set())).toBe('one.self');
});
