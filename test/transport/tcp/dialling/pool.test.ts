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

it('the pool of a factory warns once of an entry of NO_PROXY, and shows no password (attack 41)', async () => {
  const warned: (Error & { code?: string })[] = [];
  const listener = (warning: Error): void => void warned.push(warning);
  process.on('warning', listener);
  const pool = new DialPool();
  for (const entry of ['10.0.0.0/', '10.0.0.0/', 'http://me:secret@a.test']) pool.ignored(entry);
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', listener);
  const told = warned.filter(({ code }) => code === 'HOLDLINE_NO_PROXY').map(({ message }) => message);
  expect(told).toEqual([
    'The entry 10.0.0.0/ of NO_PROXY is no host, address or network, and is passed over.',
    'An entry of NO_PROXY is no host, address or network, and is passed over.',
  ]);
});
