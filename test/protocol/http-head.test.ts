import { describe, expect, it } from 'vitest';
import { fieldValues, HeadParser, type ResponseHead } from '../../src/protocol/http-head.ts';
import { DEFAULT_LIMITS, type Limits } from '../../src/protocol/limits.ts';
import { cpuMilliseconds } from '../tools/cpu-time.ts';
import { bytesOf } from '../tools/engine-harness.ts';
import { patience } from '../tools/patience.ts';

function parse(text: string, limits: Partial<Limits> = {}): { at: number; head: ResponseHead | undefined } {
  const parser = new HeadParser({ ...DEFAULT_LIMITS, ...limits });
  const at = parser.push(bytesOf(text), 0, text.length);
  return { at, head: parser.head };
}

const ok = (lines: string): string => `HTTP/1.1 200 OK\r\n${lines}\r\n`;

const malformed = (what: string): unknown =>
  expect.objectContaining({
    name: 'HandshakeError',
    code: 'HANDSHAKE_MALFORMED',
    phase: 'http',
    message: `The server's answer to the handshake is not valid HTTP: ${what}. Check that the URL names a WebSocket server.`,
  });

const tooLarge = (what: string, limit: number, unit: string): unknown =>
  expect.objectContaining({
    name: 'HandshakeError',
    code: 'HANDSHAKE_HEADERS_TOO_LARGE',
    phase: 'http',
    limit,
    message:
      `The ${what} of the server's handshake answer is over the limit of ${limit} ${unit}. ` +
      'Raise the limit (limits.maxHeadBytes, maxHeadLineBytes, maxHeaders) if you trust the server.',
  });

describe('the status line', () => {
  it.each([
    ['HTTP/1.1 101 Switching Protocols', 1, 101, 'Switching Protocols'],
    ['HTTP/1.1 101 ', 1, 101, ''],
    ['HTTP/1.1 101', 1, 101, ''],
    ['HTTP/1.0 200 OK', 0, 200, 'OK'],
    ['HTTP/1.1 404 Not  Found\u00e9', 1, 404, 'Not  Found\u00e9'],
    ['HTTP/1.9 999 x', 9, 999, 'x'],
  ])('%s', (line, minorVersion, status, statusText) => {
    const text = `${line}\r\n\r\n`;
    expect(parse(text)).toEqual({ at: text.length, head: { minorVersion, status, statusText, fields: [] } });
  });

  it.each([
    'HTTP/1.1',
    'HTTP/1.1 20 OK',
    'HTTP/1.1 2000 OK',
    'HTTP/1.1 099 x',
    'HTTP/1.1 200OK',
    'HTTP/1.1  200 OK',
    'HTTP/1.1\t200 OK',
    'HTTP/1.11 200 OK',
    'HTTP/2 200',
    'HTTP/2.0 200 OK',
    'HTTP/1.1 abc',
    'HTTP/x1.1 200 OK',
  ])('cannot be %j', (line) => {
    expect(() => parse(`${line}\r\n\r\n`)).toThrow(malformed('its status line cannot be read') as Error);
  });

  it.each(['SSH-2.0-OpenSSH', '\u0015\u0003\u0001', '\n', '\r\n', 'http/1.1 200', 'HTTQ', 'HTTP ', ' HTTP'])(
    'is refused at the first byte that cannot be: %j',
    (text) => {
      expect(() => parse(text)).toThrow(
        malformed(
          'it does not begin with HTTP/, as if this port were that of another protocol, or of TLS (then use wss:)',
        ) as Error,
      );
      const parser = new HeadParser(DEFAULT_LIMITS);
      const good = [...'HTTP/'].findIndex((character, index) => character !== text[index]);
      expect(() => parser.push(bytesOf(text), 0, good)).not.toThrow();
      expect(() => parser.push(bytesOf(text), good, good + 1)).toThrow('begin with HTTP/');
    },
  );
});

describe('header fields', () => {
  it('have names in lower case, values without white space around, and an order (attack 28)', () => {
    const { head } = parse(ok('UPGRADE:websocket\r\nX-Odd: \t a \t b\t \r\nx-odd:\r\nX: a:b\r\n'));
    expect(head?.fields).toEqual([
      ['upgrade', 'websocket'],
      ['x-odd', 'a \t b'],
      ['x-odd', ''],
      ['x', 'a:b'],
    ]);
    expect(fieldValues(head as ResponseHead, 'x-odd')).toEqual(['a \t b', '']);
    expect(fieldValues(head as ResponseHead, 'none')).toEqual([]);
  });

  it('may be named __proto__ and constructor, and hold bytes above 0x7F (attack 16)', () => {
    const { head } = parse(ok('__proto__: a\r\nconstructor: \u0080\u00ff\r\n'));
    expect(fieldValues(head as ResponseHead, '__proto__')).toEqual(['a']);
    expect(fieldValues(head as ResponseHead, 'constructor')).toEqual(['\u0080\u00ff']);
    expect(fieldValues(head as ResponseHead, 'toString')).toEqual([]);
  });

  it.each([
    ['a\nb: c\r\n', 'a line of it ends in LF without CR'],
    ['a: b\n', 'a line of it ends in LF without CR'],
    ['a: b\rc\r\n', 'it holds a CR that ends no line'],
    ['a: b\r\r\n', 'it holds a CR that ends no line'],
    ['a: b\0c\r\n', 'it holds a NUL byte'],
    ['a: b\r\n folded\r\n', 'it folds a header over two lines'],
    ['a: b\r\n\tfolded: x\r\n', 'it folds a header over two lines'],
    ['a : b\r\n', 'a header of it has no name, or one that is not a token'],
    [': b\r\n', 'a header of it has no name, or one that is not a token'],
    ['no colon\r\n', 'a header of it has no name, or one that is not a token'],
    ['nocolon\r\n', 'a header of it has no name, or one that is not a token'],
    ['n\u00e9: b\r\n', 'a header of it has no name, or one that is not a token'],
  ])('cannot be %j (#43)', (lines, what) => {
    expect(() => parse(ok(lines))).toThrow(malformed(what) as Error);
  });
});

describe('where the head ends', () => {
  it('is behind the blank line, whatever follows (#39)', () => {
    const text = ok('a: b\r\n');
    expect(parse(`${text}\u0081\u0001x`).at).toBe(text.length);
  });

  it('is not before all of it is there, one byte at a time (attack 28)', () => {
    const parser = new HeadParser(DEFAULT_LIMITS);
    const bytes = bytesOf(ok('a: b\r\nc: d\r\n'));
    for (let at = 0; at < bytes.length; at++) {
      expect(parser.head).toBeUndefined();
      expect(parser.push(bytes, at, at + 1)).toBe(at + 1);
    }
    expect(parser.head?.fields).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    expect(parser.push(bytes, 0, bytes.length)).toBe(0);
  });

  it('reads only the range that it is told', () => {
    const parser = new HeadParser(DEFAULT_LIMITS);
    const text = `XX${ok('')}YY`;
    expect(parser.push(bytesOf(text), 2, text.length)).toBe(text.length - 2);
    expect(parser.head?.status).toBe(200);
  });
});

describe('informational answers (#43)', () => {
  it('are passed over with their fields: 100, 102, 103, 199, in any number', () => {
    const interim = [100, 102, 103, 199].map((code) => `HTTP/1.1 ${code} x\r\nLink: y\r\n\r\n`).join('');
    const { head } = parse(`${interim}HTTP/1.1 101 Go\r\na: b\r\n\r\n`);
    expect(head).toEqual({ minorVersion: 1, status: 101, statusText: 'Go', fields: [['a', 'b']] });
  });

  it('are not 101 nor 200', () => {
    expect(parse('HTTP/1.1 101 x\r\n\r\nHTTP/1.1 200 y\r\n\r\n').head?.status).toBe(101);
    expect(parse('HTTP/1.1 200 x\r\n\r\nHTTP/1.1 101 y\r\n\r\n').head?.status).toBe(200);
  });

  it('must be followed by another status line', () => {
    expect(() => parse('HTTP/1.1 100 x\r\n\r\na: b\r\n')).toThrow('its status line cannot be read');
  });

  it('count towards the limit of the head: an endless row of them ends', () => {
    const interim = 'HTTP/1.1 100 x\r\n\r\n';
    expect(() => parse(interim.repeat(1000))).toThrow(tooLarge('head', 16_384, 'bytes') as Error);
  });
});

describe('limits (#41, attack 13)', () => {
  it('allow a head of exactly maxHeadBytes, and no byte more', () => {
    const text = ok('a: b\r\n');
    expect(parse(text, { maxHeadBytes: text.length }).head?.status).toBe(200);
    expect(() => parse(text, { maxHeadBytes: text.length - 1 })).toThrow(
      tooLarge('head', text.length - 1, 'bytes') as Error,
    );
  });

  it('allow a line of exactly maxHeadLineBytes, its end not counted', () => {
    const line = `a: ${'x'.repeat(40)}`;
    expect(parse(ok(`${line}\r\n`), { maxHeadLineBytes: 43 }).head?.fields).toEqual([['a', 'x'.repeat(40)]]);
    expect(() => parse(ok(`${line}\r\n`), { maxHeadLineBytes: 42 })).toThrow(
      tooLarge('longest line', 42, 'bytes') as Error,
    );
  });

  it('allow exactly maxHeaders fields', () => {
    const text = ok('a: b\r\n'.repeat(128));
    expect(parse(text).head?.fields).toHaveLength(128);
    expect(() => parse(ok('a: b\r\n'.repeat(129)))).toThrow(tooLarge('head', 128, 'header fields') as Error);
  });

  it('stop an endless line, an endless head and 10,000 fields', () => {
    expect(() => parse(ok(`a: ${'x'.repeat(100_000)}`))).toThrow(
      tooLarge('longest line', 8_192, 'bytes') as Error,
    );
    expect(() => parse(ok(`a: ${'x'.repeat(8_000)}\r\n`.repeat(200)))).toThrow(
      tooLarge('head', 16_384, 'bytes') as Error,
    );
    expect(() => parse(ok('a:\r\n'.repeat(10_000)))).toThrow(tooLarge('head', 128, 'header fields') as Error);
  });

  it('may be raised far: a line of 256 KiB, full of spaces, one byte at a time, is read in linear time', () => {
    const parser = new HeadParser({
      ...DEFAULT_LIMITS,
      maxHeadBytes: Number.POSITIVE_INFINITY,
      maxHeadLineBytes: Number.POSITIVE_INFINITY,
    });
    const value = `a${' '.repeat(256 * 1024)}b`;
    const bytes = bytesOf(ok(`x: ${value}\r\n`));
    const took = cpuMilliseconds(() => {
      for (let at = 0; at < bytes.length; at++) parser.push(bytes, at, at + 1);
    });
    expect(parser.head?.fields[0]?.[1] === value).toBe(true);
    expect(took).toBeLessThan(patience(2_000));
  });
});
