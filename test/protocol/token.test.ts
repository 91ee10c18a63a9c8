import { describe, expect, it } from 'vitest';
import { isToken, splitList, trimWhiteSpace } from '../../src/protocol/token.ts';
import { cpuMilliseconds } from '../tools/cpu-time.ts';
import { patience } from '../tools/patience.ts';

describe('isToken', () => {
  it('takes exactly the tchar of RFC 9110, 5.6.2', () => {
    const taken: string[] = [];
    for (let code = 0; code < 0x180; code++) {
      const character = String.fromCharCode(code);
      if (isToken(character)) taken.push(character);
    }
    expect(taken.join('')).toBe(
      "!#$%&'*+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz|~",
    );
  });

  it('judges the whole text', () => {
    expect(isToken('Sec-WebSocket-Key')).toBe(true);
    for (const text of ['', ' a', 'a ', 'a b', 'a\n', '\na', 'a\u2028']) expect(isToken(text)).toBe(false);
  });
});

describe('trimWhiteSpace', () => {
  it('removes spaces and tabs at both ends, and only there', () => {
    expect(trimWhiteSpace(' \t a \t b \t ')).toBe('a \t b');
    expect(trimWhiteSpace('a')).toBe('a');
    expect(trimWhiteSpace('')).toBe('');
    expect(trimWhiteSpace(' \t ')).toBe('');
  });

  it('leaves other white space alone: it is no white space of HTTP', () => {
    expect(trimWhiteSpace('\u00a0a\u000b')).toBe('\u00a0a\u000b');
  });

  it('is linear in a value full of spaces (attack 13)', () => {
    const value = `a${' '.repeat(1_000_000)}b`;
    let trimmed: string | undefined;
    const took = cpuMilliseconds(() => {
      trimmed = trimWhiteSpace(value);
    });
    expect(trimmed).toBe(value);
    expect(took).toBeLessThan(patience(500));
  });
});

describe('splitList', () => {
  it('gives trimmed elements and passes over empty ones (RFC 9110, 5.6.1)', () => {
    expect(splitList('keep-alive, Upgrade')).toEqual(['keep-alive', 'Upgrade']);
    expect(splitList(' ,a ,, b\t,')).toEqual(['a', 'b']);
    expect(splitList('')).toEqual([]);
  });
});
