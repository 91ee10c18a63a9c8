import { describe, expect, it } from 'vitest';
import { queryToken } from '../../src/auth/query-token.ts';

const INFO = { attempt: 1, signal: new AbortController().signal };

describe('queryToken', () => {
  it('puts the token into the query, under the name token unless told otherwise', async () => {
    expect(await queryToken({ token: 'a b&c' }).prepare?.(INFO)).toEqual({ query: { token: 'a b&c' } });
    expect(await queryToken({ token: 't', name: 'ticket' }).prepare?.(INFO)).toEqual({
      query: { ticket: 't' },
    });
  });

  it('puts the new token there after a renewal', async () => {
    const auth = queryToken({ token: 'old', refresh: () => 'new' });
    await auth.renew?.(undefined, INFO);
    expect(await auth.prepare?.(INFO)).toEqual({ query: { token: 'new' } });
  });

  it('refuses to be without a token', () => {
    expect(() => queryToken({} as never)).toThrow('The option token of queryToken');
  });
});
