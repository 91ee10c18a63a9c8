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

  it('reads binary messages as UTF-8 where it is told to', () => {
    expect(json({ readBinary: true }).decode(new TextEncoder().encode('["é"]'))).toEqual(['é']);
  });

  it('refuses bytes that are not UTF-8', () => {
    expect(() => json({ readBinary: true }).decode(Uint8Array.of(0x22, 0xff, 0x22))).toThrow(TypeError);
  });

  it('refuses an option that it does not have', () => {
    expect(thrown(() => json({ readbinary: true } as object))).toMatchObject({ code: 'INVALID_OPTION' });
  });

  it('keeps a __proto__ key an ordinary one', () => {
    const value = json().decode('{"__proto__":{"admin":true}}') as { admin?: boolean };
    expect(value.admin).toBeUndefined();
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.keys(value)).toEqual(['__proto__']);
  });

  it('lets a reviver have a say, whose errors are its own', () => {
    const reviver = (key: string, value: unknown): unknown => {
      if (value === 'bad') throw new TypeError('not that');
      return key === 'at' ? new Date(value as string) : value;
    };
    const codec = json({ reviver });
    expect(codec.decode('{"at":"2026-01-02T00:00:00Z"}')).toEqual({ at: new Date('2026-01-02T00:00:00Z') });
    expect(() => codec.decode('["bad"]')).toThrow('not that');
    expect(thrown(() => codec.decode('secret-token'))).toMatchObject({
      message: '12 characters that are not JSON.',
    });
  });

  it('may be no deeper than maxDepth says, strings aside', () => {
    const codec = json({ maxDepth: 3 });
    for (const text of ['[[{"a":"[[[[{{{{ \\" [[["}]]', '[[],[],{},[[1]]]', '7', '"[[[['])
      if (text !== '"[[[[') expect(codec.decode(text)).toEqual(JSON.parse(text));
      else expect(() => codec.decode(text)).toThrow(SyntaxError);
    const error = thrown(() => codec.decode('[{"a":[{}]}]'));
    expect(error).toMatchObject({ code: 'BAD_MESSAGE', option: 'maxDepth', size: 4, limit: 3 });
    const million = '['.repeat(1_000_000) + ']'.repeat(1_000_000);
    expect(() => codec.decode(million)).toThrow(/maxDepth/);
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

  it.each<[string, unknown, string]>([
    ['a Map', new Map([[1, 2]]), ''],
    ['a Set in an object', { a: { b: new Set([1]) } }, 'a.b'],
    ['an Error in a list', { list: ['x', { e: new Error('no') }] }, 'list[1].e'],
    ['an Error with members', [Object.assign(new Error('no'), { status: 1 })], '[0]'],
    ['bytes', { a: Uint8Array.of(1) }, 'a'],
    ['a Buffer, although it has a toJSON', { a: Buffer.from('x') }, 'a'],
    ['an ArrayBuffer', [[new ArrayBuffer(1)]], '[0][0]'],
    ['a Blob', { a: new Blob(['x']) }, 'a'],
    ['a promise', { a: Promise.resolve(1) }, 'a'],
    ['a regular expression', { a: /x/ }, 'a'],
    ['a function', { a: () => 1 }, 'a'],
    ['a symbol', { a: Symbol('s') }, 'a'],
    ['NaN', { a: Number.NaN }, 'a'],
    ['Infinity', [Number.POSITIVE_INFINITY], '[0]'],
  ])('refuses %s, which JSON would change, and says where it stands', (_, value, path) => {
    const error = thrown(() => json().encode(value));
    expect(error).toMatchObject({ code: 'INVALID_DATA', detail: 'lost-in-json', path });
    expect((error as Error).message).toContain(path);
  });

  it('says where a BigInt and a cycle stand', () => {
    const cycle: { a: unknown[] } = { a: [] };
    cycle.a.push({ self: cycle });
    expect(thrown(() => json().encode({ a: [1n] }))).toMatchObject({ path: 'a[0]' });
    expect(thrown(() => json().encode(cycle))).toMatchObject({ path: 'a[0].self' });
  });

  it('names no place where a getter throws', () => {
    const value = {
      get a() {
        throw new Error('no');
      },
    };
    const error = thrown(() => json().encode(value));
    expect(error).toMatchObject({ code: 'INVALID_DATA', detail: 'json-failed' });
    expect(error).not.toHaveProperty('path');
  });

  it('sends what has a JSON form', () => {
    class Point {
      x = 1;
      y = undefined;
    }
    const inherited = Object.create({ inherited: () => 1 }, { own: { value: 1, enumerable: true } });
    const bare = Object.assign(Object.create(null), { a: null });
    const value = [
      new Point(),
      new Date(0),
      new URL('ws://x/'),
      Object('s'),
      inherited,
      bare,
      true,
      undefined,
    ];
    expect(json().encode(value)).toBe(
      '[{"x":1},"1970-01-01T00:00:00.000Z","ws://x/","s",{"own":1},{"a":null},true,null]',
    );
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
  const packed: Codec = { encode: (value) => `packed ${String(value)}`, decode: (data) => data };

  it.each([new ArrayBuffer(2), Uint8Array.of(1), new DataView(new ArrayBuffer(1)), new Blob(['x'])])(
    'takes bytes round the codec: %s',
    (bytes) => {
      expect(encode(json(), bytes)).toBe(bytes);
      expect(encode(packed, bytes)).toBe(bytes);
    },
  );

  it('gives them to a codec whose own messages are binary', () => {
    expect(encode({ ...packed, binary: true }, Uint8Array.of(1, 2))).toBe('packed 1,2');
  });

  it('refuses bytes that were transferred away', () => {
    const bytes = Uint8Array.of(1);
    structuredClone(bytes, { transfer: [bytes.buffer] });
    expect(thrown(() => encode(json(), bytes))).toMatchObject({ code: 'INVALID_DATA' });
  });

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
