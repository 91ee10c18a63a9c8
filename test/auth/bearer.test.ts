import { describe, expect, it } from 'vitest';
import { bearer } from '../../src/auth/bearer.ts';

const INFO = { attempt: 1, signal: new AbortController().signal };

describe('bearer', () => {
  it('sends the token in the header Authorization', async () => {
    const auth = bearer({ token: () => 'abc.DEF-123_~+/=' });
    expect(await auth.prepare?.(INFO)).toEqual({ headers: { Authorization: 'Bearer abc.DEF-123_~+/=' } });
    expect([auth.login, auth.renew]).toEqual([undefined, undefined]);
  });

  it('sends the new token after a renewal', async () => {
    const auth = bearer({ token: 'old', refresh: () => 'new' });
    await auth.renew?.(undefined, INFO);
    expect(await auth.prepare?.(INFO)).toEqual({ headers: { Authorization: 'Bearer new' } });
  });

  it.each(['two words', 'line\r\nX-Evil: 1', 'schlüssel'])(
    'refuses what does not fit into a header, without quoting it: %j',
    async (token) => {
      const error = await Promise.resolve(bearer({ token }).prepare?.(INFO)).catch((error: unknown) => error);
      expect(error).toMatchObject({ code: 'INVALID_OPTION', name: 'UsageError' });
      expect((error as Error).message).not.toContain(token);
    },
  );

  it('refuses to be without a token', () => {
    expect(() => bearer({} as never)).toThrow('The option token of bearer');
  });
});
