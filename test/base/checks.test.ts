import { describe, expect, it } from 'vitest';
import { need, needMethods, needNumber, needSettings } from '../../src/base/checks.ts';

const refusal = (message: string) =>
  expect.objectContaining({ name: 'UsageError', code: 'INVALID_OPTION', message });

describe('need', () => {
  it('names the option and says what it must be', () => {
    expect(() => need(true, 'a.b', 'blue')).not.toThrow();
    expect(() => need(false, 'a.b', 'blue')).toThrow(refusal('The option a.b must be blue.'));
  });
});

describe('needNumber', () => {
  it('takes 0, positive numbers and Infinity', () => {
    for (const value of [0, 0.5, Number.POSITIVE_INFINITY])
      expect(() => needNumber('n', value)).not.toThrow();
  });

  it.each([-1, Number.NaN, '1', null, undefined, {}, 1n])('refuses %s', (value) => {
    expect(() => needNumber('n', value)).toThrow(refusal('The option n must be a number, 0 or more.'));
  });
});

describe('needMethods', () => {
  it('takes what is not there, and what has them', () => {
    needMethods('f', undefined, []);
    needMethods('f', () => {}, []);
    needMethods('o', { a() {}, b() {} }, ['a', 'b']);
  });

  it('refuses what is there without them', () => {
    expect(() => needMethods('f', {}, [])).toThrow(refusal('The option f must be a function.'));
    for (const value of [null, 1, { a() {} }]) {
      expect(() => needMethods('o', value, ['a', 'b'])).toThrow(
        refusal('The option o must be an object with a, b.'),
      );
    }
  });
});

describe('needSettings', () => {
  const defaults: { size: number; mode: string } = Object.freeze({ size: 1, mode: 'a' });

  it('wants a number where the default is one', () => {
    expect(() => needSettings(defaults, { size: -1 }, 'box')).toThrow(
      refusal('The option box.size must be a number, 0 or more.'),
    );
    expect(() => needSettings(defaults, { size: -1 })).toThrow(
      refusal('The option size must be a number, 0 or more.'),
    );
  });

  it('wants an object', () => {
    expect(() => needSettings(defaults, null as unknown as object, 'box')).toThrow(
      refusal('The option box must be an object.'),
    );
    expect(() => needSettings(defaults, 5 as unknown as object)).toThrow(
      refusal('The option options must be an object.'),
    );
  });
});
