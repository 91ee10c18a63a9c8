import { expect, it } from 'vitest';
import { createScriptedRandom } from '../../src/testing/scripted-random.ts';

it('fills with its bytes in order, over several calls', () => {
  const random = createScriptedRandom({ bytes: [1, 2, 3, 4, 5] });
  const first = new Uint8Array(2);
  const second = new Uint8Array(3);
  random.fill(first);
  random.fill(new Uint8Array(0));
  random.fill(second);
  expect([[...first], [...second]]).toEqual([
    [1, 2],
    [3, 4, 5],
  ]);
});

it('gives its numbers in order', () => {
  const random = createScriptedRandom({ numbers: [0.25, 0.75] });
  expect([random.uniform(), random.uniform()]).toEqual([0.25, 0.75]);
});

it('takes a generator that never ends', () => {
  const random = createScriptedRandom({ bytes: forever(7) });
  const target = new Uint8Array(1000);
  random.fill(target);
  expect(target.every((byte) => byte === 7)).toBe(true);
});

it('throws, naming what is missing, when its script has run out', () => {
  const random = createScriptedRandom({ bytes: [1] });
  expect(() => random.fill(new Uint8Array(2))).toThrow('no more bytes');
  expect(() => random.uniform()).toThrow('no more numbers');
  expect(() => createScriptedRandom({ numbers: [] }).fill(new Uint8Array(1))).toThrow('no more bytes');
});

function* forever(byte: number): Generator<number> {
  for (;;) yield byte;
}

it('refuses an option that there is not, and what gives no numbers', () => {
  expect(() => createScriptedRandom({ number: [1] } as object)).toThrow('Did you mean numbers?');
  expect(() => createScriptedRandom({ bytes: 5 as never })).toThrow(
    'The option bytes of createScriptedRandom must',
  );
});
