import { describe, expect, it, vi } from 'vitest';
import { systemRandom } from '../../src/base/random.ts';

describe('the chance of the machine', () => {
  it('fills all of any length with bytes of the secure generator, in portions that it takes', () => {
    const draw = vi.spyOn(crypto, 'getRandomValues');
    for (const length of [0, 1, 65_536, 65_537, 200_000]) {
      draw.mockClear();
      const target = new Uint8Array(length);
      systemRandom.fill(target);
      const sizes = draw.mock.calls.map(([part]) => (part as Uint8Array).length);
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(length);
      expect(Math.max(0, ...sizes)).toBeLessThanOrEqual(65_536);
      expect(sizes).toHaveLength(Math.ceil(length / 65_536));
      for (let start = 0; start + 64 <= length; start += 64) {
        // 64 zero bytes in a row do not come by chance: a part was left out.
        if (target.subarray(start, start + 64).every((byte) => byte === 0))
          expect.fail(`nothing at ${start}`);
      }
    }
  });

  it('says what is missing where there is no such generator', () => {
    vi.stubGlobal('crypto', undefined);
    expect(() => systemRandom.fill(new Uint8Array(4))).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED', message: expect.stringContaining('globalThis.crypto') }),
    );
  });

  it('gives numbers in [0, 1) that differ', () => {
    const numbers = Array.from({ length: 1_000 }, () => systemRandom.uniform());
    expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
    expect(new Set(numbers).size).toBeGreaterThan(990);
  });
});
