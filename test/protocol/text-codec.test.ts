import { describe, expect, it } from 'vitest';
import { createTextCodec } from '../../src/protocol/text-codec.ts';
import { hex, utf8 } from '../tools/engine-harness.ts';

const codec = createTextCodec();

describe('text to bytes', () => {
  it('is written where it is told, and nowhere else', () => {
    const target = new Uint8Array(8).fill(0xee);
    expect(codec.encodeInto('é!', target, 2)).toBe(3);
    expect(target).toEqual(hex('ee ee c3 a9 21 ee ee ee'));
  });

  it('has U+FFFD for a lone surrogate (#52)', () => {
    const target = new Uint8Array(7);
    expect(codec.encodeInto('a\ud800b', target, 0)).toBe(5);
    expect(target).toEqual(hex('61 ef bf bd 62 00 00'));
  });
});

describe('bytes to text', () => {
  it('reads the range that it is told', () => {
    expect(codec.decode(utf8('xxHellö!!'), 2, 8)).toBe('Hellö');
    expect(codec.decode(utf8('x'), 1, 1)).toBe('');
  });

  it('keeps a leading U+FEFF: it is part of the message', () => {
    expect(codec.decode(hex('ef bb bf 61'), 0, 4)).toBe('\ufeffa');
  });

  it('is undefined for what is not UTF-8, and works again afterwards (#71)', () => {
    expect(codec.decode(hex('61 ff'), 0, 2)).toBeUndefined();
    expect(codec.decode(hex('e2 82'), 0, 2)).toBeUndefined();
    expect(codec.decode(utf8('fine'), 0, 4)).toBe('fine');
  });
});

describe('a judgement of bytes', () => {
  it.each([
    ['', 'ascii'],
    ['00 41 7f', 'ascii'],
    ['41 c3 a9', 'wide'],
    ['ff', 'invalid'],
    ['41 e2 82', 'invalid'],
  ] as const)('of %s is: %s', (digits, verdict) => {
    const bytes = hex(`ff ${digits} ff`);
    expect(codec.judge(bytes, 1, bytes.length - 1)).toBe(verdict);
  });

  it('is followed by the text', () => {
    expect(codec.decodeJudged(utf8('xé'), 1, 3, 'wide')).toBe('é');
    expect(codec.decodeJudged(utf8('xy'), 1, 2, 'ascii')).toBe('y');
  });
});
