import { expect, it } from 'vitest';
import { createScriptedRandom } from '../../../../src/testing/scripted-random.ts';
import {
  randomName,
  recordOf,
  textsOf,
  withParameters,
  withPath,
} from '../../../../src/transport/polling/presets/shape.ts';

it('a record is a record, and nothing else', () => {
  expect(recordOf('{"a":1}')).toEqual({ a: 1 });
  for (const text of ['[]', 'null', '1', '"a"', '', '<html>']) expect(() => recordOf(text)).toThrow();
});

it('a list of texts; what is none stands as JSON', () => {
  expect(textsOf(['a', { b: 1 }, null])).toEqual(['a', '{"b":1}', 'null']);
  for (const value of [undefined, {}, 'a']) expect(() => textsOf(value)).toThrow(TypeError);
});

it('a name has 128 bits of chance', () => {
  expect(randomName(createScriptedRandom({ bytes: [0, 255, ...Array(14).fill(16)] }))).toBe(
    `00ff${'10'.repeat(14)}`,
  );
});

it('addresses are copied, not changed', () => {
  const url = new URL('http://host/a?x=1');
  expect(withParameters(url, { x: '2', y: 'ü' }).href).toBe('http://host/a?x=2&y=%C3%BC');
  expect(withPath(url, '/b').href).toBe('http://host/b?x=1');
  expect(url.href).toBe('http://host/a?x=1');
});
