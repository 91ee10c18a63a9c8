// The fast way to read text beside the plain one: whatever the bytes are, both say the same.
import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTextCodec } from '../../../../src/protocol/text-codec.ts';
import { createTextReader, type TextReader } from '../../../../src/transport/tcp/memory/text-reader.ts';
import { PROPERTY_RUNS, PROPERTY_TIMEOUT } from '../../../tools/property-runs.ts';

const plain = createTextCodec();
const shared = new Uint8Array(70_000);

function reader(): TextReader {
  const made = createTextReader(shared);
  if (made === undefined) throw new Error('This runtime has no fast way to read text.');
  return made;
}

/** Both readers about `bytes`, at an odd place of the shared memory and in memory of their own. */
function bothAbout(bytes: Uint8Array, offset: number, fast = reader()): void {
  const end = offset + bytes.length;
  shared.fill(0xff);
  shared.set(bytes, offset);
  const expected = plain.decode(bytes, 0, bytes.length);
  const verdict = plain.judge(bytes, 0, bytes.length);
  for (const [memory, from, to] of [
    [shared, offset, end],
    [bytes, 0, bytes.length],
  ] as const) {
    expect(fast.decode(memory, from, to)).toBe(expected);
    expect(fast.judge(memory, from, to)).toBe(verdict);
    if (verdict !== 'invalid') expect(fast.decodeJudged(memory, from, to, verdict)).toBe(expected);
  }
}

const byte = fc.integer({ min: 0, max: 255 });
const character = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0x20, max: 0x7e }) },
  fc.constantFrom(
    0,
    0x7f,
    0x80,
    0xe9,
    0x7ff,
    0x800,
    0x20ac,
    0xd7ff,
    0xe000,
    0xfeff,
    0xfffd,
    0xffff,
    0x1f600,
    0x10ffff,
  ),
);
const lengths = [0, 1, 3, 4, 5, 47, 48, 49, 127, 255, 256, 257, 400, 1_000, 65_536];
const text = fc
  .tuple(fc.array(character, { maxLength: 60 }), fc.constantFrom(1, 1, 1, 7, 40))
  .map(([points, times]) => String.fromCodePoint(...points).repeat(times));
const places = fc.integer({ min: 0, max: 9 });

describe('the fast reader of text says what the plain one says', () => {
  it(
    'of every valid text',
    () => {
      fc.assert(
        fc.property(text, places, (given, offset) => bothAbout(new Uint8Array(Buffer.from(given)), offset)),
        { numRuns: PROPERTY_RUNS },
      );
    },
    PROPERTY_TIMEOUT,
  );

  it(
    'of texts with a few bytes that are wrong, cut or doubled',
    () => {
      const fault = fc.tuple(fc.nat(), byte, fc.constantFrom('put', 'insert', 'cut'));
      fc.assert(
        fc.property(text, fc.array(fault, { maxLength: 3 }), places, (given, faults, offset) => {
          let bytes = [...Buffer.from(given)];
          for (const [where, value, kind] of faults) {
            const at = where % (bytes.length + 1);
            if (kind === 'cut') bytes = bytes.slice(0, at);
            else bytes.splice(at, kind === 'put' ? 1 : 0, value);
          }
          bothAbout(Uint8Array.from(bytes), offset);
        }),
        { numRuns: PROPERTY_RUNS },
      );
    },
    PROPERTY_TIMEOUT,
  );

  it(
    'of any bytes at all',
    () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 400 }), places, (bytes, offset) => bothAbout(bytes, offset)),
        { numRuns: PROPERTY_RUNS },
      );
    },
    PROPERTY_TIMEOUT,
  );

  it.each(lengths)('of %d bytes, with one that is not ASCII at any border of words', (length) => {
    const fast = reader();
    const bytes = new Uint8Array(length).fill(0x61);
    bothAbout(bytes, 1, fast);
    const borders = [0, 1, 2, 3, 4, 5, length - 5, length - 4, length - 3, length - 2, length - 1];
    for (const at of borders.filter((one) => one >= 0 && one < length)) {
      for (const wrong of [
        [0x80],
        [0xc3, 0xa9],
        [0xe2, 0x82, 0xac],
        [0xf0, 0x9f, 0x98, 0x80],
        [0xed, 0xa0, 0x80],
      ]) {
        const changed = bytes.slice();
        changed.set(wrong.slice(0, length - at), at);
        bothAbout(changed, 3, fast);
      }
    }
  });

  it.each([
    ['a leading U+FEFF is part of the text', '\ufeffa'],
    ['nothing but U+FEFF', '\ufeff'],
    ['U+FFFD that was sent', 'a\ufffdb'],
    ['U+FFFD in a long text', '\ufffd'.repeat(300)],
    ['NUL', '\0a\0'],
  ])('%s', (_, given) => {
    expect(reader().decode(Buffer.from(given), 0, Buffer.byteLength(given))).toBe(given);
    bothAbout(new Uint8Array(Buffer.from(given)), 2);
  });
});

const prototype = Buffer.prototype as unknown as Record<string, unknown>;

/** Does `work` in a runtime where Buffer's method `name` is another, or missing. */
function withMethod(name: string, method: unknown, work: () => void): void {
  const own = prototype[name];
  prototype[name] = method;
  try {
    work();
  } finally {
    prototype[name] = own;
  }
}

describe('text that cannot be a string', () => {
  it('is none: what the runtime throws is not passed on', () => {
    const refuse = (): never => {
      throw new RangeError('Cannot create a string longer than 0x1fffffe8 characters');
    };
    withMethod('latin1Slice', refuse, () => {
      expect(reader().decodeJudged(shared, 0, 300, 'ascii')).toBeUndefined();
    });
  });

  it('is none if it was judged to be invalid', () => {
    expect(reader().decodeJudged(shared, 0, 300, 'invalid')).toBeUndefined();
  });
});

describe('other runtimes', () => {
  it.each(['latin1Slice', 'utf8Slice'])('without %s have no fast reader', (name) => {
    withMethod(name, undefined, () => expect(createTextReader(shared)).toBeUndefined());
  });

  it('decode wide text without a way by UTF-16', () => {
    withMethod('ucs2Slice', undefined, () => {
      bothAbout(new Uint8Array(Buffer.from('é€😀'.repeat(200))), 1, reader());
    });
  });
});
