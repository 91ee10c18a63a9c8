import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Extension, parseExtensions } from '../../src/protocol/extension-list.ts';
import { cpuMilliseconds } from '../tools/cpu-time.ts';
import { patience } from '../tools/patience.ts';
import { PROPERTY_RUNS, PROPERTY_TIMEOUT } from '../tools/property-runs.ts';

describe('a list of extensions (RFC 6455, 9.1)', () => {
  it.each<[string, Extension[]]>([
    ['foo', [{ name: 'foo', params: [] }]],
    [
      'foo, bar',
      [
        { name: 'foo', params: [] },
        { name: 'bar', params: [] },
      ],
    ],
    // The examples of 9.1.
    ['bar; baz=2', [{ name: 'bar', params: [['baz', '2']] }]],
    [
      'foo, bar; baz=2',
      [
        { name: 'foo', params: [] },
        { name: 'bar', params: [['baz', '2']] },
      ],
    ],
    [
      'permessage-deflate; client_max_window_bits; server_max_window_bits=10',
      [
        {
          name: 'permessage-deflate',
          params: [
            ['client_max_window_bits', undefined],
            ['server_max_window_bits', '10'],
          ],
        },
      ],
    ],
    ['a;b="c"', [{ name: 'a', params: [['b', 'c']] }]],
    ['a;b="\\c\\1"', [{ name: 'a', params: [['b', 'c1']] }]],
    [
      'a;b;b=1;b',
      [
        {
          name: 'a',
          params: [
            ['b', undefined],
            ['b', '1'],
            ['b', undefined],
          ],
        },
      ],
    ],
    [
      ' \t a \t ; \t b \t = \t c \t , \t d \t ',
      [
        { name: 'a', params: [['b', 'c']] },
        { name: 'd', params: [] },
      ],
    ],
    [
      ',, a ,,b,',
      [
        { name: 'a', params: [] },
        { name: 'b', params: [] },
      ],
    ],
    ['__proto__;constructor=toString', [{ name: '__proto__', params: [['constructor', 'toString']] }]],
  ])('%j (#38)', (value, extensions) => {
    expect(parseExtensions(value)).toEqual(extensions);
  });

  it.each([
    '',
    ' ',
    ',',
    ' , ,',
    ';',
    '=',
    'a b',
    'a;',
    'a;;b',
    'a;=b',
    'a;b=',
    'a;b=,c',
    'a;b==c',
    'a;b=c d',
    'a;b=c=d',
    'a=b',
    '"a"',
    'a;"b"',
    'a;b="',
    'a;b="c',
    'a;b="c\\"',
    'a;b=""',
    'a;b="c d"',
    'a;b="c,d"',
    'a;b=" c"',
    'a;b="c"d',
    'a;b="c""d"',
    "a;b='c d'",
    'a;b=c\\d',
    'a;b=\u00e9',
    'a\u0000',
    'a;b="\u0000"',
    'a\u00a0',
    'a/b',
    'a, b c',
    'a,b;',
  ])('is not %j (#37)', (value) => {
    expect(parseExtensions(value)).toBeUndefined();
  });
});

const token = fc.stringMatching(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,6}$/);
const space = fc.constantFrom('', ' ', '\t', '  ');

it(
  'reads back whatever the grammar can write (#37, #38)',
  () => {
    const param = fc.tuple(token, fc.option(fc.tuple(token, fc.boolean())), space, space);
    const extension = fc.tuple(token, fc.array(param, { maxLength: 3 }), space);
    fc.assert(
      fc.property(fc.array(extension, { minLength: 1, maxLength: 3 }), (list) => {
        const text = list
          .map(([name, params, around]) => {
            const written = params.map(([key, value, before, after]) => {
              const quoted = value?.[1] ? `"${[...value[0]].join('\\')}"` : value?.[0];
              return `${before};${after}${key}${value === null ? '' : `${after}=${before}${quoted}`}`;
            });
            return around + name + written.join('') + around;
          })
          .join(',');
        const read = list.map(([name, params]) => ({
          name,
          params: params.map(([key, value]) => [key, value?.[0]]),
        }));
        expect(parseExtensions(text)).toEqual(read);
      }),
      { numRuns: PROPERTY_RUNS },
    );
  },
  PROPERTY_TIMEOUT,
);

it(
  'never throws, and takes linear time',
  () => {
    const characters = fc.string({
      unit: fc.constantFrom('a', ';', ',', '=', '"', '\\', ' ', 'é'),
      maxLength: 30,
    });
    fc.assert(
      fc.property(characters, (text) => {
        parseExtensions(text);
      }),
      { numRuns: PROPERTY_RUNS },
    );
    for (const piece of ['a;', 'a;b="\\c",', '"', ' ', 'a;b="', ',']) {
      const text = piece.repeat(200_000);
      expect(cpuMilliseconds(() => void parseExtensions(text))).toBeLessThan(patience(3_000));
    }
  },
  PROPERTY_TIMEOUT,
);
