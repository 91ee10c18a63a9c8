import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Utf8Verdict } from '../../src/protocol/ports.ts';
import { Utf8Validator, utf8Length } from '../../src/protocol/utf8.ts';
import { hex, utf8 } from '../tools/engine-harness.ts';
import { PROPERTY_RUNS, PROPERTY_TIMEOUT } from '../tools/property-runs.ts';

/** How many bytes were taken before the first refused one, pushing one at a time; -1 if none was refused. */
function firstRefused(bytes: Uint8Array): number {
  const validator = new Utf8Validator();
  for (let at = 0; at < bytes.length; at++) if (!validator.push(bytes, at, at + 1)) return at;
  return -1;
}

function isValid(bytes: Uint8Array): boolean {
  const validator = new Utf8Validator();
  return validator.push(bytes, 0, bytes.length) && validator.verdict !== 'invalid';
}

const PLATFORM = new TextDecoder('utf-8', { fatal: true });

function platformAccepts(bytes: Uint8Array): boolean {
  try {
    PLATFORM.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** Whether some bytes behind `prefix` make it valid text: three continuation bytes are the most that can miss. */
function canStillBecomeValid(prefix: Uint8Array): boolean {
  const middles = [0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf];
  if (platformAccepts(prefix)) return true;
  return middles.some((first) =>
    [[first], [first, 0x80], [first, 0x80, 0x80]].some((rest) =>
      platformAccepts(Uint8Array.from([...prefix, ...rest])),
    ),
  );
}

/** A judge of whole pieces, as a runtime has it. */
function platformJudge(bytes: Uint8Array, start: number, end: number): Utf8Verdict {
  const piece = bytes.subarray(start, end);
  if (piece.every((byte) => byte < 0x80)) return 'ascii';
  return platformAccepts(piece) ? 'wide' : 'invalid';
}

describe('a validator with a judge', () => {
  const character = fc.constantFrom('a', 'xyz '.repeat(12), 'é', '€', '😀', '\ufeff', '\u07ff', '\u{10ffff}');
  const text = fc.array(character, { maxLength: 60 }).map((parts) => [...Buffer.from(parts.join(''))]);
  const fault = fc.tuple(fc.nat(), fc.integer({ min: 0x70, max: 0xff }));

  it(
    'says after each piece, cut anywhere, what one without says',
    () => {
      fc.assert(
        fc.property(
          text,
          fc.array(fault, { maxLength: 2 }),
          fc.array(fc.nat(), { maxLength: 6 }),
          (given, faults, cuts) => {
            for (const [where, byte] of faults) given.splice(where % (given.length + 1), 1, byte);
            const bytes = Uint8Array.from([0xff, ...given, 0xff]);
            const end = bytes.length - 1;
            const ends = [...cuts.map((cut) => 1 + (cut % end)), end].sort((a, b) => a - b);
            const plain = new Utf8Validator();
            const judging = new Utf8Validator(platformJudge);
            let at = 1;
            for (const next of ends) {
              const isGood = plain.push(bytes, at, next);
              expect(judging.push(bytes, at, next)).toBe(isGood);
              if (!isGood) return;
              expect(judging.verdict).toBe(plain.verdict);
              at = next;
            }
          },
        ),
        { numRuns: PROPERTY_RUNS },
      );
    },
    PROPERTY_TIMEOUT,
  );

  it('asks about all but the characters that are cut', () => {
    const asked: [start: number, end: number][] = [];
    const validator = new Utf8Validator((bytes, start, end) => {
      asked.push([start, end]);
      return platformJudge(bytes, start, end);
    });
    const bytes = utf8(`€${'a'.repeat(60)}€`);
    expect([validator.push(bytes, 0, 2), validator.push(bytes, 2, 64)]).toEqual([true, true]);
    expect(validator.verdict).toBe('invalid');
    expect(validator.push(bytes, 64, 66)).toBe(true);
    expect(validator.verdict).toBe('wide');
    expect(asked).toEqual([[3, 63]]);
  });

  it.each([
    ['c3', '41', 'ASCII where the second of two bytes belongs'],
    ['e2 82', 'c3', 'a start where the third of three bytes belongs'],
    ['f0 9f', '98 41', 'ASCII where the fourth of four bytes belongs'],
    ['ed', 'a0', 'a surrogate, cut after its first byte'],
  ])('refuses a character cut after %s when a long piece goes on with %s: %s', (begin, goesOn) => {
    const asked: number[] = [];
    const validator = new Utf8Validator((bytes, start, end) => {
      asked.push(start);
      return platformJudge(bytes, start, end);
    });
    const long = Uint8Array.from([...hex(goesOn), ...utf8('a'.repeat(60))]);
    expect(validator.push(hex(begin), 0, hex(begin).length)).toBe(true);
    expect(validator.push(long, 0, long.length)).toBe(false);
    expect(asked).toEqual([]);
  });
});

describe('Utf8Validator (#71, attack 11)', () => {
  it.each([
    ['61', 'ASCII'],
    ['00 7f', 'the ends of ASCII'],
    ['c2 80 df bf', 'the ends of two bytes'],
    ['e0 a0 80 ef bf bf', 'the ends of three bytes'],
    ['ed 9f bf ee 80 80', 'around the surrogates'],
    ['f0 90 80 80 f4 8f bf bf', 'the ends of four bytes'],
    ['ef bb bf', 'U+FEFF'],
    ['ef bf be ef bf bf', 'noncharacters'],
  ])('takes %s: %s', (digits) => {
    expect(isValid(hex(digits))).toBe(true);
    expect(firstRefused(hex(digits))).toBe(-1);
  });

  it.each([
    ['80', 0, 'continuation without a start'],
    ['bf', 0, 'continuation without a start'],
    ['c0 80', 0, 'overlong'],
    ['c1 bf', 0, 'overlong'],
    ['e0 9f bf', 1, 'overlong'],
    ['f0 8f bf bf', 1, 'overlong'],
    ['ed a0 80', 1, 'high surrogate'],
    ['ed bf bf', 1, 'low surrogate'],
    ['f4 90 80 80', 1, 'above U+10FFFF'],
    ['f5 80 80 80', 0, 'above U+10FFFF'],
    ['ff', 0, 'no byte of UTF-8'],
    ['c2 41', 1, 'start cut by ASCII'],
    ['c2 c2', 1, 'start cut by a start'],
    ['e2 82 41', 2, 'cut after two'],
    ['f0 9f 98 41', 3, 'cut after three'],
    ['e0 a0 7f', 2, 'third byte too low, after E0'],
    ['e0 a0 c0', 2, 'third byte too high, after E0'],
    ['ed 9f c0', 2, 'third byte too high, after ED'],
    ['f0 90 c0', 2, 'third byte too high, after F0'],
    ['f4 8f c0', 2, 'third byte too high, after F4'],
    ['61 c3 a9 ff 61', 3, 'good text before it'],
  ])('refuses %s at byte %d: %s', (digits, at) => {
    expect(firstRefused(hex(digits))).toBe(at);
    expect(isValid(hex(digits))).toBe(false);
  });

  it('is not complete inside a character, and is after its last byte', () => {
    const validator = new Utf8Validator();
    const emoji = hex('f0 9f 98 80');
    const seen = [validator.verdict];
    for (let at = 0; at < 4; at++) {
      expect(validator.push(emoji, at, at + 1)).toBe(true);
      seen.push(validator.verdict);
    }
    expect(seen).toEqual(['ascii', 'invalid', 'invalid', 'invalid', 'wide']);
  });

  it('reads only the range that it is told', () => {
    const validator = new Utf8Validator();
    expect(validator.push(hex('ff 61 ff'), 1, 2)).toBe(true);
    expect(validator.push(hex('ff'), 0, 0)).toBe(true);
  });

  it('forgets everything when reset, the narrowed ranges too', () => {
    for (const start of ['e0', 'ed', 'f0', 'f4', 'e2 82']) {
      const validator = new Utf8Validator();
      validator.push(hex(start), 0, hex(start).length);
      validator.reset();
      expect(validator.verdict).toBe('ascii');
      expect(validator.push(hex('e1 80 80 e1 bf bf'), 0, 6), start).toBe(true);
    }
  });

  it('judges every sequence of one and two bytes, and longer ones at the borders, as the platform does', () => {
    // Further bytes at the borders of each range are enough: between them nothing changes.
    const borders = [
      0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc2, 0xe0, 0xed, 0xf0, 0xf4, 0xff,
    ];
    for (let first = 0; first < 256; first++) {
      expect(isValid(Uint8Array.of(first))).toBe(platformAccepts(Uint8Array.of(first)));
      for (let second = 0; second < 256; second++) {
        const two = Uint8Array.of(first, second);
        if (isValid(two) !== platformAccepts(two)) expect.fail(`disagrees about ${first} ${second}`);
        if (first < 0xc0 || !borders.includes(second)) continue;
        for (const third of borders) {
          const three = Uint8Array.of(first, second, third);
          if (isValid(three) !== platformAccepts(three)) expect.fail(`disagrees about ${[...three]}`);
          const four = Uint8Array.of(first, second, third, 0x80);
          if (isValid(four) !== platformAccepts(four)) expect.fail(`disagrees about ${[...four]}`);
        }
      }
    }
  });

  const pieces = fc.oneof(
    fc.uint8Array({ maxLength: 6 }),
    fc.string({ unit: 'binary', maxLength: 4 }).map((text) => new TextEncoder().encode(text)),
    fc.constantFrom(...['e0 a0', 'ed a0 80', 'f0 90 80', 'f4 90', 'c0', 'f4 8f bf bf', 'e2 82 ac'].map(hex)),
  );
  const noise = fc.array(pieces, { maxLength: 8 }).map((parts) => new Uint8Array(Buffer.concat(parts)));

  it(
    'agrees with the platform about random bytes, however they are cut',
    () => {
      fc.assert(
        fc.property(noise, fc.nat(), (bytes, seed) => {
          const cut = bytes.length === 0 ? 0 : seed % bytes.length;
          const validator = new Utf8Validator();
          const taken = validator.push(bytes, 0, cut) && validator.push(bytes, cut, bytes.length);
          expect(taken && validator.verdict !== 'invalid').toBe(platformAccepts(bytes));
        }),
        { numRuns: PROPERTY_RUNS },
      );
    },
    PROPERTY_TIMEOUT,
  );

  it(
    'refuses at the first byte after which nothing could make it valid, and no sooner',
    () => {
      fc.assert(
        fc.property(noise, (bytes) => {
          let expected = -1;
          for (let end = 1; end <= bytes.length && expected < 0; end++) {
            if (!canStillBecomeValid(bytes.subarray(0, end))) expected = end - 1;
          }
          expect(firstRefused(bytes)).toBe(expected);
        }),
        { numRuns: PROPERTY_RUNS },
      );
    },
    PROPERTY_TIMEOUT,
  );
});

describe('utf8Length', () => {
  it.each([
    ['', 0],
    ['\u007f', 1],
    ['\u0080', 2],
    ['\u07ff', 2],
    ['\u0800', 3],
    ['\uffff', 3],
    ['\ud7ff\ue000', 6],
    ['😀', 4],
    ['\ud800\udc00\udbff\udfff', 8],
    ['\ud800', 3],
    ['\udc00', 3],
    ['\udfff\ud800', 6],
    ['\ud800\ud800\udc00', 7],
    ['\udbff\ue000', 6],
    ['\ud800a', 4],
  ])('of %j is %d', (text, length) => {
    expect(utf8Length(text)).toBe(length);
    expect(new TextEncoder().encode(text).length).toBe(length);
  });

  it(
    'is what TextEncoder makes of any string',
    () => {
      const units = fc.array(fc.oneof(fc.nat(0xffff), fc.integer({ min: 0xd7f0, max: 0xe010 })), {
        maxLength: 20,
      });
      fc.assert(
        fc.property(units, (codes) => {
          const text = String.fromCharCode(...codes);
          expect(utf8Length(text)).toBe(new TextEncoder().encode(text).length);
        }),
        { numRuns: PROPERTY_RUNS },
      );
    },
    PROPERTY_TIMEOUT,
  );
});
