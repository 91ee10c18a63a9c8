import { describe, expect, it } from 'vitest';
import {
  ask,
  glance,
  heard,
  isKey,
  isShape,
  isShort,
  MOST_RECENT,
  numberIn,
  otherProtocol,
  parsed,
  Recent,
  refused,
  remote,
} from '../../src/envelopes/shapes.ts';
import { MAX_KEY_LENGTH } from '../../src/messaging/message-limits.ts';

describe('shapes', () => {
  it.each([
    [{}, true],
    [[], false],
    [null, false],
    ['text', false],
    [undefined, false],
  ])('are objects and no lists: %j', (value, isOne) => {
    expect(isShape(value)).toBe(isOne);
  });

  it.each([
    [1, true],
    ['a', true],
    ['k'.repeat(MAX_KEY_LENGTH), true],
    ['k'.repeat(MAX_KEY_LENGTH + 1), false],
    [{}, false],
    [null, false],
  ])('keys are numbers and texts that are not too long', (value, isOne) => {
    expect(isKey(value)).toBe(isOne);
  });

  it('a text is JSON, or what it is otherwise', () => {
    expect([parsed('null', 1), parsed('{', 1), parsed(5, 1), parsed('{')]).toEqual([null, 1, 1, undefined]);
    const pollution = parsed('{"__proto__":{"type":"x"}}');
    expect([(pollution as { type?: unknown }).type, isShape(pollution)]).toEqual([undefined, true]);
  });

  it('a login hears an object, whatever comes', async () => {
    const says = (text: string | Uint8Array) => heard({ receive: async () => text });
    expect(await says('{"a":1}')).toEqual({ a: 1 });
    expect(await says('[1]')).toEqual({});
    expect(await says('hello')).toEqual({});
    expect(await says(new Uint8Array([123]))).toEqual({});
  });

  it('errors of the server’s have a code and a message of the right kind', () => {
    expect(remote(5, 'no', [1])).toEqual({ code: 5, message: 'no', data: [1] });
    expect(remote({}, 5)).toStrictEqual({ code: undefined, message: 'no message' });
    expect(refused('auth', { message: 'bad password' })).toMatchObject({
      code: 'AUTH_REFUSED',
      cause: { method: 'auth', remoteMessage: 'bad password' },
    });
    expect(otherProtocol('hello').message).toContain('did not say hello');
  });
});

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
