import { describe, expect, it } from 'vitest';
import { DialPool } from '../../../../src/transport/tcp/dialling/pool.ts';
import { parseDialTarget } from '../../../../src/transport/tcp/dialling/unix-url.ts';

describe('the pool of a factory', () => {
  it('takes an address apart once, as long as it is the same', () => {
    const pool = new DialPool();
    const first = pool.target('ws://example.com/a?b');
    expect(first).toEqual(parseDialTarget('ws://example.com/a?b'));
    expect(pool.target(new URL('ws://example.com/a?b'))).toBe(first);
    expect(pool.target('ws://example.com/other').resource).toBe('/other');
    expect(pool.target('ws://example.com/a?b').resource).toBe('/a?b');
  });

  it('keeps nothing of an address that is not valid', () => {
    const pool = new DialPool();
    for (let turn = 0; turn < 2; turn++)
      expect(() => pool.target('nonsense')).toThrow(expect.objectContaining({ code: 'INVALID_URL' }));
  });
});
