import { expect, it } from 'vitest';
import { DEFAULT_MAX_PARSED_BYTES, jsonWeight, OBJECT_BYTES } from '../../src/base/json-weight.ts';

it('is the length where even objects alone could not be too much, without a look at the text', () => {
  expect(jsonWeight('[{},{}]', DEFAULT_MAX_PARSED_BYTES)).toBe(7);
  expect(jsonWeight('[{},{}]', 7 * (OBJECT_BYTES + 1))).toBe(7);
});

it('counts objects, lists, commas, colons and new names, not what looks like them in a text', () => {
  expect(jsonWeight('[{},{}]', 8)).toBe(7 + OBJECT_BYTES);
  expect(jsonWeight('[{},{}]', 400)).toBe(7 + 3 * OBJECT_BYTES + 8);
  expect(jsonWeight('"[{,:\\"]"', 100)).toBe(9);
  expect(jsonWeight('{"a":1}', 300)).toBe(7 + OBJECT_BYTES + 8 + 40);
});
