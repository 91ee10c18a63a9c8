import { describe, expect, it } from 'vitest';
import { checkLimits, DEFAULT_LIMITS, type Limits } from '../../src/protocol/limits.ts';

describe('limits', () => {
  it('are by default those that the docs promise, and cannot be changed', () => {
    expect(DEFAULT_LIMITS).toEqual({
      maxMessageBytes: 67_108_864,
      maxFragments: 262_144,
      maxHeadBytes: 16_384,
      maxHeadLineBytes: 8_192,
      maxHeaders: 128,
      maxRefusalBytes: 4_096,
    });
    expect(Object.isFrozen(DEFAULT_LIMITS)).toBe(true);
  });

  it('may be any number from 0 to Infinity', () => {
    expect(() => checkLimits(DEFAULT_LIMITS)).not.toThrow();
    for (const limit of [0, 1, Number.POSITIVE_INFINITY]) {
      expect(() => checkLimits({ ...DEFAULT_LIMITS, maxFragments: limit })).not.toThrow();
    }
  });

  it.each(Object.keys(DEFAULT_LIMITS) as (keyof Limits)[])('refuse nonsense for %s, by name', (name) => {
    for (const limit of [-1, Number.NaN, undefined, null, '4096', 10n]) {
      expect(() => checkLimits({ ...DEFAULT_LIMITS, [name]: limit })).toThrow(
        expect.objectContaining({
          name: 'UsageError',
          code: 'INVALID_OPTION',
          message: `limits.${name} must be a number, 0 or more. The default is ${DEFAULT_LIMITS[name]}; Infinity switches it off.`,
        }),
      );
    }
  });
});
