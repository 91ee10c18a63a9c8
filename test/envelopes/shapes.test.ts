import { describe, expect, it } from 'vitest';
import {
  ask,
  glance,
  isShape,
  isShort,
  MOST_RECENT,
  numberIn,
  parsed,
  Recent,
} from '../../src/envelopes/shapes.ts';
import { MAX_KEY_LENGTH } from '../../src/messaging/message-limits.ts';

describe('shapes', () => {
  it('tell records, keys and numbers', () => {
    expect([{}, [], null, 5, 'x'].map(isShape)).toEqual([true, false, false, false, false]);
    expect(['', 'k'.repeat(MAX_KEY_LENGTH), 'k'.repeat(MAX_KEY_LENGTH + 1), 5].map(isShort)).toEqual([
      true,
      true,
      false,
      false,
    ]);
    expect(['12', '0', '', '1.5', '-1', '9'.repeat(16), 12, null].map(numberIn)).toEqual([
      12,
      0,
      ...Array(6).fill(undefined),
    ]);
  });

  it('read JSON, or nothing', () => {
    expect(parsed('{"a":1}')).toEqual({ a: 1 });
    expect([parsed('{'), parsed(undefined), parsed(`[${'{},'.repeat(8_000_000)}0]`)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(Object.hasOwn(parsed('{"__proto__":1}') as object, '__proto__')).toBe(true);
  });

  it('look into short texts only', () => {
    const long = `{"pong":"${'x'.repeat(1_024)}"}`;
    expect(
      ['{"pong":1}', '{"ping":1}', 'pong', long, new Uint8Array(2)].map((data) => glance(data, 'pong')),
    ).toEqual([{ pong: 1 }, ...Array(4).fill(undefined)]);
  });

  it('ask a function, or take the value', async () => {
    expect(ask(5)).toBe(5);
    expect(await ask(async (a: number) => a + 1, 1)).toBe(2);
  });

  it('remember the last keys only', () => {
    const keys = new Recent();
    for (let key = 0; key <= MOST_RECENT; key++) keys.add(key);
    expect([keys.has(0), keys.has(1), keys.has(MOST_RECENT)]).toEqual([false, true, true]);
    expect([keys.delete(1), keys.delete(1), keys.has(1)]).toEqual([true, false, false]);
  });
});
