import { expect, it } from 'vitest';
import { readable, shown } from '../../src/base/shown-text.ts';

it('shows printable ASCII as it is, up to 100 characters', () => {
  expect(shown('Not Found ~!')).toBe('Not Found ~!');
  expect(shown('x'.repeat(100))).toBe('x'.repeat(100));
  expect(shown('x'.repeat(101))).toBe(`${'x'.repeat(100)}...`);
});

it('shows a question mark for whatever could speak to a terminal or forge a line of a log', () => {
  expect(shown('a\u001b[2Jb\u009bc\r\nd\u007fe\u00e9')).toBe('a?[2Jb?c??d?e?');
});

it('leaves a sentence in any language readable, whatever kind of value it is (attack 39)', () => {
  expect(readable('Größe: 太大 👍')).toBe('Größe: 太大 👍');
  expect(readable(undefined)).toBe('undefined');
});
