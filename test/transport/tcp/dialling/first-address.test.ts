import type { LookupFunction } from 'node:net';
import { describe, expect, it } from 'vitest';
import { firstAddress } from '../../../../src/transport/tcp/dialling/first-address.ts';

describe('the first address of a name', () => {
  it('is the look-up’s one, or the first of its list', async () => {
    const one: LookupFunction = (_name, { family }, answer) => answer(null, `::${family}`, 6);
    expect(await firstAddress('a.test', { lookup: one, family: 6 })).toBe('::6');
    const list: LookupFunction = (_name, _options, answer) =>
      answer(null, [
        { address: '10.0.0.1', family: 4 },
        { address: '10.0.0.2', family: 4 },
      ]);
    expect(await firstAddress('a.test', { lookup: list })).toBe('10.0.0.1');
  });

  it('rejects with what the look-up says', async () => {
    const failing: LookupFunction = (_name, _options, answer) => answer(new Error('no such name'), '', 4);
    await expect(firstAddress('a.test', { lookup: failing })).rejects.toThrow('no such name');
  });
});
