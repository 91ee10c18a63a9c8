import { describe, expect, it } from 'vitest';
import { isHoldlineError } from '../../src/base/errors.ts';
import { type Codec, encode, json, plain } from '../../src/messaging/codec.ts';

/** What `action` throws. */
function thrown(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('json', () => {
  it('carries values as text, both ways', () => {
    const codec = json();
    expect(codec.encode({ a: [1, 'é', null] })).toBe('{"a":[1,"é",null]}');
    expect(codec.decode('{"a":[1,"é",null]}')).toEqual({ a: [1, 'é', null] });
  });

  it('reads binary messages as UTF-8', () => {
    expect(json().decode(new TextEncoder().encode('["é"]'))).toEqual(['é']);
  });

  it('refuses bytes that are not UTF-8', () => {
    expect(() => json().decode(Uint8Array.of(0x22, 0xff, 0x22))).toThrow(TypeError);
  });

  it('keeps a __proto__ key an ordinary one', () => {
    const value = json().decode('{"__proto__":{"admin":true}}') as { admin?: boolean };
    expect(value.admin).toBeUndefined();
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.keys(value)).toEqual(['__proto__']);
  });

  it('does not quote what it cannot read', () => {
    const error = thrown(() => json().decode('secret-token'));
    expect(error).toBeInstanceOf(SyntaxError);
    expect((error as Error).message).toBe('12 characters that are not JSON.');
    expect((error as Error).cause).toBeUndefined();
  });

  it.each([undefined, () => {}, Symbol('s')])('refuses %s, which JSON has no form for', (value) => {
    const error = thrown(() => json().encode(value));
    expect(error).toMatchObject({
      code: 'INVALID_DATA',
      message: 'This value cannot be sent. JSON has no form for undefined, functions and symbols.',
    });
    expect((error as Error).cause).toBeUndefined();
  });

  it('refuses a cycle, a BigInt and a toJSON that throws, with the cause', () => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    const fault = new Error('no');
    const stubborn = {
      toJSON() {
        throw fault;
      },
    };
    expect(thrown(() => json().encode(cycle))).toMatchObject({
      code: 'INVALID_DATA',
      cause: expect.any(TypeError),
    });
    expect(thrown(() => json().encode(1n))).toMatchObject({
      code: 'INVALID_DATA',
      cause: expect.any(TypeError),
    });
    expect(thrown(() => json().encode(stubborn))).toMatchObject({
      code: 'INVALID_DATA',
      message: 'This value cannot be sent. It has no JSON form: a cycle, a BigInt, or a toJSON that throws.',
      cause: fault,
    });
  });
});

describe('plain', () => {
  it.each(['text', new ArrayBuffer(2), Uint8Array.of(1), new DataView(new ArrayBuffer(1)), new Blob(['x'])])(
    'hands over %s as it is, both ways',
    (value) => {
      expect(plain().encode(value)).toBe(value);
      expect(plain().decode(value as string)).toBe(value);
    },
  );

  it.each([undefined, null, 1, {}, []])('refuses %s', (value) => {
    expect(thrown(() => plain().encode(value))).toMatchObject({ code: 'INVALID_DATA' });
  });
});

describe('encode', () => {
  it('passes on what the codec made', () => {
    expect(encode(json(), [1])).toBe('[1]');
  });

  it('refuses a codec that makes something that cannot be sent', () => {
    const wrong = { encode: () => 42, decode: () => 42 } as unknown as Codec;
    const error = thrown(() => encode(wrong, 'x'));
    expect(isHoldlineError(error)).toBe(true);
    expect(error).toMatchObject({ code: 'INVALID_DATA' });
  });
});
