import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../../src/base/errors.ts';
import {
  asSyntaxError,
  sizeOf,
  toArrayBuffer,
  toBlob,
  toCloseArguments,
  toMessage,
  toPingPayload,
  toProtocols,
  toUrl,
} from '../../../../src/transport/tcp/whatwg/websocket-arguments.ts';

const dom = (name: string) => expect.objectContaining({ name, constructor: DOMException });

describe('the URL (#102)', () => {
  it.each([
    ['ws://host', undefined, 'ws://host/'],
    ['wss://host:443/a?b', undefined, 'wss://host/a?b'],
    ['http://host/a', undefined, 'ws://host/a'],
    ['https://host/a', undefined, 'wss://host/a'],
    ['WS://HOST/Path with space', undefined, 'ws://host/Path%20with%20space'],
    ['ws://host/%23', undefined, 'ws://host/%23'],
    ['chat?x', 'https://page.example/app/index.html', 'wss://page.example/app/chat?x'],
    ['/chat', 'ws://page.example/app/', 'ws://page.example/chat'],
    ['//other/chat', 'http://page.example', 'ws://other/chat'],
    ['wss://other/chat', 'http://page.example', 'wss://other/chat'],
    [new URL('ws://object/'), undefined, 'ws://object/'],
    [['ws://stringified'], undefined, 'ws://stringified/'],
    ['', 'ws://page.example/app', 'ws://page.example/app'],
    ['ws+unix:/run/app.sock:/chat?x', undefined, 'ws+unix:/run/app.sock:/chat?x'],
    // The URL standard drops tabs and line breaks, and encodes what else could end a line.
    ['ws://ho\tst/\r\nX-Injected: 1', undefined, 'ws://host/X-Injected:%201'],
    [' \nws://host/a\nb?c\rd ', undefined, 'ws://host/ab?cd'],
    ['ws://host/\0a\0', undefined, 'ws://host/%00a'],
  ])('%s with the base %s is %s', (url, base, expected) => {
    expect(toUrl(url, base)).toBe(expected);
  });

  it.each([
    ['/relative', undefined],
    ['', undefined],
    [undefined, undefined],
    ['ws://', undefined],
    ['ws://foo bar.example/', undefined],
    ['ws://host:70000/', undefined],
    ['mailto:somebody@example.org', undefined],
    ['about:blank', undefined],
    ['ftp://host/', undefined],
    ['file:///etc/passwd', undefined],
    ['ws://ho\0st/', undefined],
    ['ws://host/#part', undefined],
    ['ws://host/#', undefined],
    ['#part', 'ws://page.example/'],
    ['/chat', 'not a base'],
    ['/chat', 'ftp://page.example/'],
    ['ws+unix:relative.sock', undefined],
  ])('%j with the base %s is a SyntaxError', (url, base) => {
    expect(() => toUrl(url, base)).toThrow(dom('SyntaxError'));
  });
});

describe('the protocols (#103)', () => {
  it.each([
    [undefined, []],
    ['chat', ['chat']],
    [
      ['a', 'b'],
      ['a', 'b'],
    ],
    [new Set(['a', 'b']), ['a', 'b']],
    [null, ['null']],
    [5, ['5']],
    [{}, ['[object Object]']],
    [
      ['a', null],
      ['a', 'null'],
    ],
    [new String('object'), ['o', 'b', 'j', 'e', 'c', 't']],
  ])('%o are %o', (given, expected) => {
    expect(toProtocols(given)).toEqual(expected);
  });

  it.each([[['a', 'a']], [['echo', 'eCho']], [new Set(['A', 'b', 'a'])]])(
    'name none twice, whatever the case: %o (#103)',
    (given) => {
      expect(() => toProtocols(given)).toThrow(dom('SyntaxError'));
    },
  );

  it('cannot be symbols', () => {
    expect(() => toProtocols(Symbol('s'))).toThrow(TypeError);
    expect(() => toProtocols([Symbol('s')])).toThrow(TypeError);
  });
});

describe('what a bad URL or subprotocol ends in', () => {
  it('is a DOMException for those two, and the error itself for all else', () => {
    expect(asSyntaxError(new UsageError('INVALID_URL', { message: 'text' }))).toEqual(dom('SyntaxError'));
    expect(asSyntaxError(new UsageError('INVALID_SUBPROTOCOL', { message: 'text' }))).toEqual(
      dom('SyntaxError'),
    );
    const other = new UsageError('INVALID_HEADER', { message: 'text' });
    expect(asSyntaxError(other)).toBe(other);
    expect(asSyntaxError('anything')).toBe('anything');
  });
});

const bytes = Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8);

describe('a message', () => {
  it.each([
    ['an ArrayBuffer', bytes.slice(1, 5).buffer, [1, 2, 3, 4]],
    ['a Uint8Array', bytes.subarray(2, 4), [2, 3]],
    ['a Node Buffer', Buffer.from([7, 8]), [7, 8]],
    ['a DataView', new DataView(bytes.buffer, 3, 2), [3, 4]],
    ['an Int8Array', new Int8Array(bytes.buffer, 4, 1), [4]],
    ['a Uint8ClampedArray', new Uint8ClampedArray(bytes.buffer, 4, 2), [4, 5]],
    ['an Int16Array', new Int16Array(bytes.buffer, 2, 1), [2, 3]],
    ['a Uint16Array', new Uint16Array(bytes.buffer, 2, 1), [2, 3]],
    ['an Int32Array', new Int32Array(bytes.buffer, 4, 1), [4, 5, 6, 7]],
    ['a Uint32Array', new Uint32Array(bytes.buffer, 4, 1), [4, 5, 6, 7]],
    ['a Float32Array', new Float32Array(bytes.buffer, 4, 1), [4, 5, 6, 7]],
    ['a Float64Array', new Float64Array(bytes.buffer, 0, 1), [0, 1, 2, 3, 4, 5, 6, 7]],
    ['a BigInt64Array', new BigInt64Array(bytes.buffer, 0, 1), [0, 1, 2, 3, 4, 5, 6, 7]],
    ['a BigUint64Array', new BigUint64Array(bytes.buffer, 0, 1), [0, 1, 2, 3, 4, 5, 6, 7]],
    ['nothing of an empty view', bytes.subarray(3, 3), []],
  ])('of %s is exactly its bytes', (_, data, expected) => {
    const message = toMessage(data) as Uint8Array;
    expect([...message]).toEqual(expected);
    expect(sizeOf(message)).toBe(expected.length);
  });

  it('of a transferred buffer is empty', () => {
    const buffer = new ArrayBuffer(8);
    const view = new Uint8Array(buffer);
    structuredClone(buffer, { transfer: [buffer] });
    expect(toMessage(buffer)).toEqual(new Uint8Array(0));
    expect(toMessage(view)).toEqual(new Uint8Array(0));
  });

  it('of a Blob or File is the Blob', () => {
    const blob = new Blob(['grün']);
    expect(toMessage(blob)).toBe(blob);
    expect(sizeOf(blob)).toBe(5);
  });

  it.each([
    ['text', 'text', 4],
    [null, 'null', 4],
    [undefined, 'undefined', 9],
    [5, '5', 1],
    [10n, '10', 2],
    [true, 'true', 4],
    [{}, '[object Object]', 15],
    [[1, 2], '1,2', 3],
    [{ toString: () => 'own' }, 'own', 3],
    [new SharedArrayBuffer(2), '[object SharedArrayBuffer]', 26],
    ['ü€😀', 'ü€😀', 9],
  ])('of %o is the string %j', (data, expected, size) => {
    const message = toMessage(data);
    expect(message).toBe(expected);
    expect(sizeOf(message)).toBe(size);
  });

  it('cannot be a view of a shared or resizable buffer, nor a symbol', () => {
    const Resizable = ArrayBuffer as unknown as new (size: number, options: object) => ArrayBuffer;
    const resizable = new Resizable(4, { maxByteLength: 8 });
    for (const data of [
      new Uint8Array(new SharedArrayBuffer(4)),
      resizable,
      new Uint8Array(resizable),
      Symbol('s'),
    ]) {
      expect(() => toMessage(data)).toThrow(TypeError);
    }
  });
});

describe('a binary message of the server', () => {
  it('is an ArrayBuffer of exactly its bytes, without a copy where it can be', () => {
    const whole = bytes.slice();
    expect(toArrayBuffer(whole)).toBe(whole.buffer);
    expect(new Uint8Array(toArrayBuffer(whole.subarray(2, 4)))).toEqual(Uint8Array.of(2, 3));
  });

  it('is a Blob of exactly its bytes', async () => {
    const blob = toBlob(bytes.subarray(2, 4));
    expect([blob.size, blob.type]).toEqual([2, '']);
    expect(new Uint8Array(await blob.arrayBuffer())).toEqual(Uint8Array.of(2, 3));
  });
});

describe('the arguments of close (#107)', () => {
  it.each([
    [undefined, undefined, []],
    [1000, undefined, [1000]],
    [3000, 'bye', [3000, 'bye']],
    [4999, '', [4999]],
    [undefined, 'why', [1000, 'why']],
    ['3000', 5, [3000, '5']],
    [3000.4, null, [3000, 'null']],
    [999.5, undefined, [1000]],
    [3000.5, undefined, [3000]],
    [4998.5, undefined, [4998]],
    [new Number(1000), { toString: () => 'own' }, [1000, 'own']],
    [1000, 'x'.repeat(123), [1000, 'x'.repeat(123)]],
    [1000, '\ud800'.repeat(41), [1000, '\ud800'.repeat(41)]],
  ])('(%o, %o) are %o', (code, reason, expected) => {
    expect(toCloseArguments(code, reason)).toEqual(expected);
  });

  it.each([
    ...[0, 500, 999, 1001, 1005, 1006, 1015, 2999, 2999.4, 4999.6, 5000, 65_536 + 1000, -1],
    ...[Number.NaN, Number.POSITIVE_INFINITY, null, 'text', {}, [], true],
  ])('the code %o is an InvalidAccessError', (code) => {
    expect(() => toCloseArguments(code, undefined)).toThrow(dom('InvalidAccessError'));
  });

  it.each(['x'.repeat(124), 'ü'.repeat(62), '\ud800'.repeat(42)])(
    'a reason of 124 bytes or more is a SyntaxError',
    (reason) => {
      expect(() => toCloseArguments(1000, reason)).toThrow(dom('SyntaxError'));
    },
  );

  it('a symbol or a BigInt is a TypeError', () => {
    expect(() => toCloseArguments(1000n, undefined)).toThrow(TypeError);
    expect(() => toCloseArguments(Symbol('s'), undefined)).toThrow(TypeError);
    expect(() => toCloseArguments(1000, Symbol('s'))).toThrow(TypeError);
  });

  it('bytes as the reason are their numbers as text, never memory (attack 22)', () => {
    expect(toCloseArguments(1000, new Uint8Array([1, 2, 3]))).toEqual([1000, '1,2,3']);
    expect(() => toCloseArguments(1000, new Uint8Array(200))).toThrow(dom('SyntaxError'));
  });
});

describe('the payload of a ping', () => {
  it.each([
    ['', []],
    ['ü', [0xc3, 0xbc]],
    [bytes.subarray(1, 3), [1, 2]],
    [bytes.slice(0, 2).buffer, [0, 1]],
    [new DataView(bytes.buffer, 8), [8]],
  ])('%o', (payload, expected) => {
    expect([...toPingPayload(payload)]).toEqual(expected);
  });

  it.each([5, null, {}, [1], new Blob(['x']), new SharedArrayBuffer(1)])(
    '%o is a TypeError (attack 22)',
    (payload) => {
      expect(() => toPingPayload(payload)).toThrow(expect.objectContaining({ code: 'INVALID_DATA' }));
      expect(() => toPingPayload(payload)).toThrow(TypeError);
    },
  );
});
