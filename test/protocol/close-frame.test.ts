import { describe, expect, it } from 'vitest';
import { parseCloseBody, serializeCloseBody } from '../../src/protocol/close-frame.ts';
import { createTextCodec } from '../../src/protocol/text-codec.ts';
import { concat, hex, utf8 } from '../tools/engine-harness.ts';

const codec = createTextCodec();
const parse = (body: Uint8Array): unknown => parseCloseBody(body, codec);
const withCode = (code: number, reason: Uint8Array = hex('')): Uint8Array =>
  concat(Uint8Array.of(code >> 8, code & 0xff), reason);

describe('a Close body read', () => {
  it('is 1005 and no reason when empty (#82, #83)', () => {
    expect(parse(new Uint8Array(0))).toEqual({ code: 1005, reason: '' });
  });

  it('is a big-endian code and a reason in UTF-8 (#55)', () => {
    expect(parse(hex('03 e8'))).toEqual({ code: 1000, reason: '' });
    expect(parse(hex('03 e8 62 79 65'))).toEqual({ code: 1000, reason: 'bye' });
    expect(parse(withCode(4999, utf8('再见 😀')))).toEqual({ code: 4999, reason: '再见 😀' });
    expect(parse(withCode(1012, utf8('\ufeffx')))).toEqual({ code: 1012, reason: '\ufeffx' });
  });

  it('fails with 1002 when it is half a code (#68, attack 10)', () => {
    expect(() => parse(hex('03'))).toThrow(
      expect.objectContaining({
        code: 'PROTOCOL',
        closeCode: 1002,
        message: expect.stringContaining('one byte'),
      }),
    );
  });

  it.each([0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535])(
    'fails with 1002 for the code %d (#68, attack 10)',
    (code) => {
      expect(() => parse(withCode(code, utf8('x')))).toThrow(
        expect.objectContaining({
          code: 'PROTOCOL',
          closeCode: 1002,
          message:
            `The server closed with the code ${code}, which must not stand in a Close frame (RFC 6455, 7.4). ` +
            (code === 1005
              ? 'Some servers answer a Close without a code that way: close with one, close(1000).'
              : 'Some servers answer a Close with a reason that way: try close() without arguments.'),
        }),
      );
    },
  );

  it.each(['ff', 'c0 80', 'ed a0 80', 'e2 82', 'f4 90 80 80'])(
    'fails with 1007 for the reason %s, which is not UTF-8 (#68, attack 10)',
    (reason) => {
      expect(() => parse(withCode(1000, hex(reason)))).toThrow(
        expect.objectContaining({
          code: 'INVALID_PAYLOAD',
          closeCode: 1007,
          message: expect.stringContaining('not valid UTF-8'),
        }),
      );
    },
  );
});

describe('a Close body written', () => {
  it('is empty for 1005, which stands for none (#56)', () => {
    expect(serializeCloseBody({ code: 1005, reason: '' })).toEqual(new Uint8Array(0));
  });

  it('is a big-endian code and a reason', () => {
    expect(serializeCloseBody({ code: 1000, reason: '' })).toEqual(hex('03 e8'));
    expect(serializeCloseBody({ code: 4660, reason: 'é' })).toEqual(hex('12 34 c3 a9'));
  });

  it('reads back', () => {
    for (const frame of [
      { code: 1000, reason: '' },
      { code: 3000, reason: 'x'.repeat(123) },
      { code: 1005, reason: '' },
    ]) {
      expect(parse(serializeCloseBody(frame))).toEqual(frame);
    }
  });
});
