import { describe, expect, it } from 'vitest';
import { RefusalBody } from '../../src/protocol/refusal-body.ts';
import { bytesOf, hex, utf8 } from '../tools/engine-harness.ts';

function body(status: number, fields: [string, string][], limit = 4096): RefusalBody {
  return new RefusalBody({ minorVersion: 1, status, statusText: '', fields }, limit);
}

function push(into: RefusalBody, text: string): [text: string, complete: boolean] {
  const bytes = bytesOf(text);
  into.push(bytes, 0, bytes.length);
  return [into.text(), into.complete];
}

const chunked = (limit?: number): RefusalBody => body(401, [['transfer-encoding', 'chunked']], limit);

describe('a body of known length', () => {
  it('is complete with its last byte, and takes no more', () => {
    const five = body(404, [['content-length', '5']]);
    expect(five.complete).toBe(false);
    expect(push(five, 'abcd')).toEqual(['abcd', false]);
    expect(push(five, 'efgh')).toEqual(['abcde', true]);
    expect(push(five, 'more')).toEqual(['abcde', true]);
  });

  it('reads only the range that it is told', () => {
    const two = body(404, [['content-length', '2']]);
    two.push(bytesOf('xaby'), 1, 3);
    expect(two.text()).toBe('ab');
  });

  it('is complete at once when empty, or when its status has none', () => {
    expect(body(404, [['content-length', '0']]).complete).toBe(true);
    for (const status of [204, 304])
      expect(body(status, [['content-length', '5']]).complete, `${status}`).toBe(true);
    for (const status of [200, 205, 303, 305]) expect(body(status, []).complete, `${status}`).toBe(false);
  });
});

describe('a body until the end', () => {
  it.each([
    [[]],
    [[['content-length', 'many']]],
    [[['content-length', '-1']]],
    [[['content-length', '1 2']]],
  ])('is what has no readable length: %j', (fields) => {
    const endless = body(200, fields as [string, string][]);
    expect(push(endless, 'a'.repeat(100))).toEqual(['a'.repeat(100), false]);
  });

  it('is cut at the limit, and is then complete', () => {
    const endless = body(200, [], 10);
    expect(push(endless, 'abcdefghi')).toEqual(['abcdefghi', false]);
    expect(push(endless, 'jklm')).toEqual(['abcdefghij', true]);
  });

  it('is not read at all when nothing is to be kept', () => {
    expect(body(200, [], 0).complete).toBe(true);
  });
});

describe('a body in chunks', () => {
  it('is put together from them', () => {
    expect(push(chunked(), '4\r\nWiki\r\n6;name=value\r\npedia \r\nA\r\n0123456789\r\n0\r\n\r\n')).toEqual([
      'Wikipedia 0123456789',
      true,
    ]);
  });

  it('may come one byte at a time', () => {
    const slow = chunked();
    for (const character of '3\r\nabc\r\n1\r\nd\r\n') push(slow, character);
    expect([slow.text(), slow.complete]).toEqual(['abcd', false]);
    expect(push(slow, '0\r\n')).toEqual(['abcd', true]);
  });

  it('has chunks when the field says so in any case, in any list, over any length', () => {
    const fields: [string, string][] = [
      ['content-length', '3'],
      ['transfer-encoding', 'gzip'],
      ['transfer-encoding', 'Chunked'],
    ];
    expect(push(body(400, fields), '5\r\nabcde\r\n')).toEqual(['abcde', false]);
    expect(push(body(400, [['transfer-encoding', 'gzip']]), '5\r\nab')).toEqual(['5\r\nab', false]);
  });

  it('ends at a size that cannot be read', () => {
    for (const size of ['zz', '-5', ' ', ';']) {
      expect(push(chunked(), `2\r\nab\r\n${size}\r\ncd`), size).toEqual(['ab', true]);
    }
  });

  it('is cut at the limit inside a chunk', () => {
    expect(push(chunked(3), '5\r\nabcde\r\n')).toEqual(['abc', true]);
    expect(push(chunked(2), '00000ff\r\nabcde\r\n')).toEqual(['ab', true]);
  });

  it('ends at a size line longer than 256 characters', () => {
    expect(push(chunked(), '0'.repeat(256))).toEqual(['', false]);
    expect(push(chunked(), '0'.repeat(257))).toEqual(['', true]);
  });
});

describe('the text', () => {
  it('is UTF-8 whose broken parts are shown as such', () => {
    const page = body(500, []);
    const bytes = utf8('再见');
    page.push(bytes, 0, bytes.length);
    page.push(hex('ff'), 0, 1);
    page.push(hex('e2 82'), 0, 2);
    expect(page.text()).toBe('再见\ufffd\ufffd');
  });
});
