import { describe, expect, it } from 'vitest';
import { checkOptions, need, needMethods } from '../../src/base/checks.ts';
import type { OptionTable } from '../../src/base/need.ts';

const refusal = (message: string) =>
  expect.objectContaining({ name: 'UsageError', code: 'INVALID_OPTION', message });

describe('need', () => {
  it('names the option and says what it must be', () => {
    expect(() => need(true, 'a.b', 'blue')).not.toThrow();
    expect(() => need(false, 'a.b', 'blue')).toThrow(refusal('The option a.b must be blue.'));
  });
});

describe('needMethods', () => {
  it('takes what is not there, and what has them', () => {
    needMethods('f', undefined, []);
    needMethods('f', () => {}, []);
    needMethods('o', { a() {}, b() {} }, ['a', 'b']);
  });

  it('refuses what is there without them', () => {
    expect(() => needMethods('f', {}, [])).toThrow(
      refusal('The option f must be a function. It is an object.'),
    );
    for (const value of [null, 1, { a() {} }]) {
      expect(() => needMethods('o', value, ['a', 'b'])).toThrow(
        'The option o must be an object with a, b. It is ',
      );
    }
  });
});

describe('checkOptions', () => {
  interface Options {
    readonly interval?: number;
    readonly token?: string;
    readonly mode?: 'fast' | 'slow';
    readonly codec?: object;
    readonly box?: boolean | { readonly size?: number };
    readonly even?: number;
    readonly answer: () => void;
  }
  const RULES: OptionTable<Options> = {
    interval: 'time',
    token: 'string',
    mode: ['fast', 'slow'],
    codec: { methods: ['encode'] },
    box: { options: { size: 'whole' }, orBoolean: true },
    even: { expected: 'an even number', isRight: (value) => Number(value) % 2 === 0 },
    answer: 'function!',
  };
  const check = (given: unknown) => () => checkOptions(RULES, given as Options, 'play');
  const answer = (): void => {};

  it('takes what follows the rules, and what is left out', () => {
    check({ answer })();
    check({ answer, interval: undefined, box: false })();
    check({ answer, interval: 0.5, mode: 'slow', codec: { encode() {} }, box: { size: 0 }, even: 2 })();
  });

  it.each([
    [{ answer, interval: 0 }, 'interval of play must be a positive number of milliseconds. It is 0.'],
    [{ answer, interval: '7' }, 'interval of play must be a positive number of milliseconds. It is "7".'],
    [{ answer, mode: 'Fast' }, 'mode of play must be "fast" or "slow". It is "Fast".'],
    [{ answer, codec: null }, 'codec of play must be an object with encode. It is null.'],
    [
      { answer, codec: { encode: 1 } },
      'codec of play must be an object with encode. It is an object without encode.',
    ],
    [
      { answer, codec: function json() {} },
      'codec of play must be an object with encode. It is a function. Call it: codec: json().',
    ],
    [{ answer, box: { size: 1.5 } }, 'box.size of play must be a whole number, 0 or more. It is 1.5.'],
    [{ answer, box: [1] }, 'box of play must be an object. It is an array.'],
    [{ answer, even: 3 }, 'even of play must be an even number. It is 3.'],
    [{}, 'answer of play must be a function.'],
    ['wss://a.test/?key=hunter2', 'options of play must be an object: { answer: … }. It is a string.'],
    [null, 'options of play must be an object: { answer: … }. It is null.'],
    [[], 'options of play must be an object: { answer: … }. It is an array.'],
  ])('refuses %j', (given, text) => {
    expect(check(given)).toThrow(refusal(`The option ${text}`.replace('option options', 'options')));
  });

  it('shows at most 40 characters of a value, and none that may be a secret (promise 9)', () => {
    expect(check({ answer, mode: 'x'.repeat(100) })).toThrow(`It is "${'x'.repeat(39)}....`);
    expect(check({ answer, token: 4711 })).toThrow('It is a number.');
    expect(check({ answer, mode: '\u001b[2J' })).toThrow('It is "\\u001b[2J".');
  });

  it.each([
    ['intervall', 'interval'],
    ['Interval', 'interval'],
    ['intreval', 'interval'],
    ['ineterval', 'interval'],
    ['tokne', 'token'],
    ['bx', 'box'],
    ['ANSWER', 'answer'],
  ])('asks whether %s was meant to be %s', (name, meant) => {
    expect(check({ answer, [name]: 1 })).toThrow(
      refusal(`The option ${name} of play is unknown. Did you mean ${meant}?`),
    );
  });

  it.each(['timeout', 'fax', 'interlude'])('names all that there are if none is near %s', (name) => {
    expect(check({ answer, [name]: 1 })).toThrow(
      `The option ${name} of play is unknown. There are: interval, token, mode, codec, box, even, answer.`,
    );
  });

  it('says where an unknown option stands', () => {
    expect(check({ answer, box: { sise: 1 } })).toThrow(
      refusal('The option box.sise of play is unknown. Did you mean box.size?'),
    );
  });

  it('takes no option where there are none', () => {
    expect(() => checkOptions({}, { any: 1 } as object, 'play')).toThrow(
      refusal('The option any of play is unknown. There are: none.'),
    );
  });

  it.each([0, 0.5, Number.POSITIVE_INFINITY])('takes %d for a number', (n) => {
    expect(() => checkOptions({ n: 'number' }, { n })).not.toThrow();
  });

  it.each([-1, Number.NaN, '1', null, {}, 1n])('refuses %s for a number', (n) => {
    expect(() => checkOptions({ n: 'number' }, { n })).toThrow('The option n must be a number, 0 or more.');
  });
});
