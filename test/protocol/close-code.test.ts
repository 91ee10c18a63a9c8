import { describe, expect, it } from 'vitest';
import {
  CLOSE_CODE_BYTES,
  CloseCode,
  checkCloseArguments,
  isReceivableCloseCode,
  MAX_CLOSE_REASON_BYTES,
  MAX_CONTROL_PAYLOAD_BYTES,
} from '../../src/protocol/close-code.ts';

describe('the numbers', () => {
  it('are those of RFC 6455, 7.4.1 and 5.5', () => {
    expect(CloseCode).toEqual({
      normal: 1000,
      goingAway: 1001,
      protocolError: 1002,
      noStatus: 1005,
      abnormal: 1006,
      invalidPayload: 1007,
      policyViolation: 1008,
      messageTooBig: 1009,
    });
    expect([MAX_CONTROL_PAYLOAD_BYTES, CLOSE_CODE_BYTES, MAX_CLOSE_REASON_BYTES]).toEqual([125, 2, 123]);
  });
});

describe('codes that a server may send (#68, #89, #90)', () => {
  it('are exactly 1000-1003, 1007-1014 and 3000-4999', () => {
    const allowed: number[] = [];
    for (let code = 0; code <= 0xffff; code++) if (isReceivableCloseCode(code)) allowed.push(code);
    const range = (from: number, to: number): number[] =>
      Array.from({ length: to - from + 1 }, (_, index) => from + index);
    expect(allowed).toEqual([...range(1000, 1003), ...range(1007, 1014), ...range(3000, 4999)]);
  });
});

describe('what a caller may close with (#55, #56, #107)', () => {
  it.each([
    [undefined, undefined],
    [undefined, ''],
    [1000, undefined],
    [1000, ''],
    [1000, 'bye'],
    [3000, ''],
    [4999, 'x'.repeat(123)],
    [1000, 'é'.repeat(61)],
  ])('takes %s, %j', (code, reason) => {
    expect(() => checkCloseArguments(code, reason)).not.toThrow();
  });

  it.each([0, 999, 1001, 1002, 1004, 1005, 1006, 1015, 2999, 5000, 65_536, -1, 3000.5, Number.NaN])(
    'refuses the code %s before anything is sent',
    (code) => {
      expect(() => checkCloseArguments(code, '')).toThrow(
        expect.objectContaining({
          name: 'UsageError',
          code: 'INVALID_CLOSE',
          message: `A client cannot close with the code ${code}. Use 1000, a code of your own from 3000 to 4999, or none.`,
        }),
      );
    },
  );

  it.each(['1000', null, {}, 1000n])('refuses a code that is no number: %j'.replace('%j', '%s'), (code) => {
    expect(() => checkCloseArguments(code as never, '')).toThrow(TypeError);
  });

  it('refuses a reason without a code', () => {
    expect(() => checkCloseArguments(undefined, 'bye')).toThrow(
      expect.objectContaining({
        code: 'INVALID_CLOSE',
        message: expect.stringContaining('Pass 1000 with it'),
      }),
    );
  });

  it('refuses a reason of 124 bytes, counted as UTF-8, and says how many it had', () => {
    for (const reason of ['x'.repeat(124), `x${'é'.repeat(61)}x`, '😀'.repeat(31), '\ud800'.repeat(42)]) {
      const bytes = new TextEncoder().encode(reason).length;
      expect(() => checkCloseArguments(1000, reason)).toThrow(
        expect.objectContaining({
          code: 'INVALID_CLOSE',
          message: `The close reason has ${bytes} bytes, at most 123 fit a Close frame. Shorten it.`,
        }),
      );
    }
  });

  it.each([new Uint8Array(4), 7, null, ['a']])(
    'refuses a reason that is no string, so that no memory leaks into it (attack 22)',
    (reason) => {
      expect(() => checkCloseArguments(1000, reason as never)).toThrow(
        expect.objectContaining({ code: 'INVALID_CLOSE', message: 'A close reason must be a string.' }),
      );
    },
  );
});
