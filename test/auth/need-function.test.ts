import { expect, it } from 'vitest';
import { needFunction } from '../../src/auth/need-function.ts';

it('takes a function or nothing, and names the option that is neither', () => {
  needFunction('bearer', 'refresh', undefined);
  needFunction('bearer', 'refresh', () => {});
  for (const wrong of [null, 'x', 0, {}]) {
    expect(() => needFunction('bearer', 'refresh', wrong)).toThrow(
      expect.objectContaining({
        code: 'INVALID_OPTION',
        message: 'The option refresh of bearer must be a function.',
      }),
    );
  }
});
