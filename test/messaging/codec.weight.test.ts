// JSON that would take far more memory than its text (attack 29) is refused before it is parsed.
import { describe, expect, it } from 'vitest';
import { json } from '../../src/messaging/codec.ts';

const MIB = 1024 * 1024;
/** Both are an eighth of what is the default, so that each text takes an eighth of the time: the ratio is what counts. */
const LARGEST = 2 * MIB;
const eighth = json({ maxParsedBytes: 16 * MIB });

const tooMuch = expect.objectContaining({
  code: 'BAD_MESSAGE',
  detail: 'too-much',
  option: 'maxParsedBytes',
});
const listOf = (unit: string, bytes: number): string =>
  `[${Array(Math.floor((bytes - 2) / (unit.length + 1))).fill(unit)}]`;

describe('a text of JSON', () => {
  it.each(['{}', '[]', '[1]', '{"a":1}', '[[[]]]', '"",{}'])('of nothing but %s is refused', (unit) => {
    expect(() => eighth.decode(listOf(unit, 0.95 * LARGEST))).toThrow(tooMuch);
  });

  it('of nothing but objects, and almost 16 MiB, is refused by default', () => {
    expect(() => json().decode(listOf('{}', 15 * MIB))).toThrow(tooMuch);
  });

  it.each([
    ['one object', (at: number) => `"${at.toString(36)}_":0`, '{', '}'],
    ['objects', (at: number) => `{"${at.toString(36)}_":0}`, '[', ']'],
  ])('whose names are all different weighs these too: %s', (_what, unit, begin, end) => {
    const units = Array.from({ length: 100_000 }, (_, at) => unit(at));
    const text = `${begin}${units}${end}`;
    // Each name and number: 16 for colon and comma, 40 for the name, and 64 for an object of its own.
    const takes = text.length + 100_000 * (begin === '{' ? 56 : 120);
    expect(() => json({ maxParsedBytes: 0.9 * takes }).decode(text)).toThrow(tooMuch);
    expect(() => json({ maxParsedBytes: 1.1 * takes }).decode(text)).not.toThrow();
  });

  it('whose names repeat weighs each once', () => {
    const text = listOf('{"id":1,"na\\"me":2}', 100_000);
    const count = JSON.parse(text).length as number;
    const takes = text.length + 64 + count * (64 + 3 * 8) + (count - 1) * 8 + 2 * 40;
    expect(json({ maxParsedBytes: takes }).decode(text)).toHaveLength(count);
    expect(() => json({ maxParsedBytes: takes - 1 }).decode(text)).toThrow(tooMuch);
  });

  it('that nests millions deep is refused', () => {
    expect(() => eighth.decode('['.repeat(LARGEST / 2))).toThrow(tooMuch);
  });

  it.each([
    ['records', '{"id":1234567,"name":"ada lovelace","price":1.25,"at":"2026-01-01"}'],
    ['short records', '{"id":123456}'],
    ['an order book', '["65000.10","0.1234"]'],
    ['numbers', '123'],
    ['texts full of brackets', `"${'[{,:\\"'.repeat(1_000)}"`],
  ])('as large as a message may be is read: %s', (_what, unit) => {
    const text = listOf(unit, LARGEST);
    expect(text.length).toBeGreaterThan(0.99 * LARGEST);
    expect(eighth.decode(text)).toHaveLength(Math.floor((LARGEST - 2) / (unit.length + 1)));
  });

  it('of one text of 16 MiB is read by default', () => {
    expect(json().decode(`"${'{'.repeat(16 * MIB - 2)}"`)).toHaveLength(16 * MIB - 2);
  });

  it('may take what maxParsedBytes says, no more', () => {
    const text = listOf('{}', 10_000);
    const takes = text.length + 64 + 3_332 * 64 + 3_331 * 8;
    expect(json({ maxParsedBytes: takes }).decode(text)).toHaveLength(3_332);
    expect(() => json({ maxParsedBytes: takes - 1 }).decode(text)).toThrow(tooMuch);
  });

  it('is read to its end where escapes hide the end of a string', () => {
    const text = `["${'\\\\'.repeat(500)}","\\"",${listOf('{}', 3_000).slice(1)}`;
    expect(() => json({ maxParsedBytes: 60_000 }).decode(text)).toThrow(tooMuch);
    const hidden = `["\\"${'{},'.repeat(1_000)}"]`;
    expect(json({ maxParsedBytes: 60_000 }).decode(hidden)).toHaveLength(1);
  });
});
