import { describe, expect, test } from 'vitest';
import { escaped, printed, printedAsJson } from '../../src/cli/printed.ts';

const UNICODE = 'Grüße 响应 👩‍🔬';

describe('escaped', () => {
  test('leaves letters of every script and emoji alone', () => {
    expect(escaped('Grüße 响应 👩🔬')).toBe('Grüße 响应 👩🔬');
  });

  test.each([
    ['a\nb\r\tc', 'a\\nb\\r\\tc'],
    ['\u001b[31mred\u0007', '\\u001b[31mred\\u0007'],
    ['\u007f\u009b', '\\u007f\\u009b'],
    ['\u202eevil\u2066', '\\u202eevil\\u2066'],
    ['\u2028\u2029', '\\u2028\\u2029'],
    ['a\u200bd\u00admin\ufeff', 'a\\u200bd\\u00admin\\ufeff'],
    ['\u{e0041}', '\\udb40\\udc41'],
  ])('%j becomes visible (attack 44)', (text, shown) => {
    expect(escaped(text)).toBe(shown);
  });
});

describe('printed', () => {
  test('shows text', () => {
    expect(printed('a\u0000b')).toBe('a\\u0000b');
  });

  test('shows a text that looks like a binary message as a text (attack 44)', () => {
    expect(printed('<binary, 1 B> 00')).toBe('\\u003cbinary, 1 B> 00');
    expect(printed('a <binary, 1 B>')).toBe('a <binary, 1 B>');
  });

  test('shows binary messages as numbers, and the first of many', () => {
    expect(printed(new Uint8Array([0, 27, 255]))).toBe('<binary, 3 B> 00 1b ff');
    expect(printed(new Uint8Array(0))).toBe('<binary, 0 B>');
    expect(printed(new Uint8Array(65))).toBe(`<binary, 65 B> ${Array(64).fill('00').join(' ')} …`);
  });
});

describe('printedAsJson', () => {
  test.each([UNICODE, 'a\n"b"\u001b\u009b\u2028\u202e', ''])('%j comes back from one line', (text) => {
    const line = printedAsJson(text);
    expect(line).toBe(escaped(line));
    expect(JSON.parse(line)).toEqual({ type: 'text', data: text });
  });

  test('writes binary messages in base64', () => {
    expect(printedAsJson(new Uint8Array([1, 2, 3]))).toBe('{"type":"binary","data":"AQID"}');
  });
});
