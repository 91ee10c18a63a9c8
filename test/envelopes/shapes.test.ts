import { describe, expect, it } from 'vitest';
import { heard, isKey, isShape, otherProtocol, parsed, refused, remote } from '../../src/envelopes/shapes.ts';
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
