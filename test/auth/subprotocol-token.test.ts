import { describe, expect, it } from 'vitest';
import { subprotocolToken } from '../../src/auth/subprotocol-token.ts';

const INFO = { attempt: 1, signal: new AbortController().signal };

describe('subprotocolToken', () => {
  it('offers bearer and the token, unless told otherwise', async () => {
    expect(await subprotocolToken({ token: 't' }).prepare?.(INFO)).toEqual({ protocols: ['bearer', 't'] });
    const auth = subprotocolToken({ token: 't', protocols: (token) => ['v1', `token.${token}`] });
    expect(await auth.prepare?.(INFO)).toEqual({ protocols: ['v1', 'token.t'] });
  });

  it('offers the new token after a renewal', async () => {
    const auth = subprotocolToken({ token: 'old', refresh: () => 'new' });
    await auth.renew?.(undefined, INFO);
    expect(await auth.prepare?.(INFO)).toEqual({ protocols: ['bearer', 'new'] });
  });

  it('refuses wrong options', () => {
    expect(() => subprotocolToken({} as never)).toThrow('The option token of subprotocolToken');
    expect(() => subprotocolToken({ token: 't', protocols: 'x' as never })).toThrow(
      'The option protocols of subprotocolToken must be a function.',
    );
  });
});
