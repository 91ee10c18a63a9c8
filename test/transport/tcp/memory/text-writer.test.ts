import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createTextCodec } from '../../../../src/protocol/text-codec.ts';
import { createTextWriter, type TextWriter } from '../../../../src/transport/tcp/memory/text-writer.ts';
import { PROPERTY_RUNS, PROPERTY_TIMEOUT } from '../../../tools/property-runs.ts';

const plain = createTextCodec();
const fast = createTextWriter() as TextWriter;

function expectAgreement(text: string, at: number): void {
  const size = at + text.length * 3 + 8;
  const [one, other] = [new Uint8Array(size).fill(0xee), new Uint8Array(size).fill(0xee)];
  const length = plain.encodeInto(text, one, at);
  expect(fast.encodeInto(text, other, at)).toBe(length);
  expect(Buffer.compare(one, other)).toBe(0);
  expect(fast.byteLength(text)).toBe(length);
  expect(plain.byteLength(text)).toBe(length);
}

describe('text writer', () => {
  afterEach(() => vi.restoreAllMocks());

  it.each([
    '',
    'Hello',
    'é',
    '再',
    '😀',
    'a\ud800b',
    '\udc00',
    '\ud800\ud800\udc00',
    `${'x'.repeat(5000)}é`,
    '再'.repeat(5000),
    'é\0',
  ])('writes as TextEncoder does: case %#', (text) => {
    for (const at of [0, 1, 2, 3, 7]) expectAgreement(text, at);
  });

  it(
    'writes any text as TextEncoder does, lone surrogates too',
    () => {
      fc.assert(
        fc.property(
          fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.string({ maxLength: 200 }), halves()),
          fc.nat(9),
          expectAgreement,
        ),
        { numRuns: PROPERTY_RUNS },
      );
    },
    PROPERTY_TIMEOUT,
  );

  it('leaves short texts to a loop: up to 36 units, or 20 where the call is faster', () => {
    expect(fast.shortUnits).toBe(Number.parseInt(process.versions.v8, 10) >= 13 ? 20 : 36);
  });

  it('is not there where Buffer has no such function, or it does something else', () => {
    const prototype = Buffer.prototype as unknown as { utf8Write: unknown };
    const { utf8Write } = prototype;
    try {
      for (const other of [
        undefined,
        () => 0,
        () => 5,
        () => {
          throw new TypeError('argument must be a buffer');
        },
      ]) {
        prototype.utf8Write = other;
        expect(createTextWriter()).toBeUndefined();
      }
    } finally {
      prototype.utf8Write = utf8Write;
    }
  });
});

/** Strings of any UTF-16 units. */
function halves(): fc.Arbitrary<string> {
  return fc
    .array(fc.oneof(fc.nat(0xffff), fc.integer({ min: 0xd800, max: 0xdfff })), { maxLength: 60 })
    .map((units) => String.fromCharCode(...units));
}
