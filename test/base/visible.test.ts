import { expect, it } from 'vitest';
import { quoted, visible } from '../../src/base/visible.ts';

it.each([
  ['\u001b[31m', '\\u001b[31m'],
  ['a\nb', 'a\\u000ab'],
  ['\u202e\u2028\u009b', '\\u202e\\u2028\\u009b'],
  ['\u{e0001}', '\\udb40\\udc01'],
  ['日本 é 😀', '日本 é 😀'],
])('%j becomes visible', (text, seen) => {
  expect(visible(text)).toBe(seen);
});

it('a text in quotes is JSON that says the same', () => {
  const text = 'a "b"\n\u202e\u{e0001}';
  expect(quoted(text)).toMatch(/^[^\p{Cc}\p{Cf}]+$/u);
  expect(JSON.parse(quoted(text))).toBe(text);
});
