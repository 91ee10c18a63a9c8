import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { AuthError } from '../../src/base/errors.ts';
import { DEFAULT_BACKOFF } from '../../src/connection/backoff.ts';
import type { ConnectionOptions } from '../../src/connection/connection-options.ts';
import { Renewal } from '../../src/connection/renewal.ts';
import { addressesOf, findTarget, isPromise } from '../../src/connection/target.ts';

const INFO = { attempt: 3, signal: new AbortController().signal };

function find(options: Partial<ConnectionOptions>, refusal?: AuthError) {
  const asked: string[] = [];
  const renewal = Object.assign(new Renewal(), { refusal });
  const all = {
    url: 'ws://a/',
    protocols: ['chat'],
    clock: systemClock,
    times: DEFAULT_BACKOFF,
    ...options,
  } as ConnectionOptions;
  return { asked, target: findTarget(all, INFO, renewal, (what) => asked.push(what)) };
}

describe('a target', () => {
  it('is known at once where nothing is asked', () => {
    expect(find({}).target).toEqual({ url: 'ws://a/', protocols: ['chat'], headers: [] });
    expect(find({ url: (attempt) => new URL(`ws://a/${attempt}`) }).target).toMatchObject({
      url: 'ws://a/3',
    });
  });

  it('may take its time', async () => {
    const { target } = find({ url: async () => 'ws://late/' });
    expect(isPromise(target)).toBe(true);
    expect(await target).toMatchObject({ url: 'ws://late/' });
  });

  it('is one of several addresses', () => {
    expect(addressesOf('ws://a/')).toEqual(['ws://a/']);
    expect(addressesOf(['ws://a/', 'ws://b/'])).toEqual(['ws://a/', 'ws://b/']);
  });

  it('is not made of a list that a function gives: that would be another address', async () => {
    const list = ['ws://a/', 'ws://b/'];
    const wrong = expect.objectContaining({ name: 'UsageError', code: 'INVALID_URL' });
    expect(() => find({ url: () => list as never })).toThrow(wrong);
    await expect(find({ url: async () => list as never }).target).rejects.toEqual(wrong);
  });

  it.each([
    ['ws://a/', 'ws://a/?t=1%202&u%26=%3F'],
    ['ws://a/?x=%20', 'ws://a/?x=%20&t=1%202&u%26=%3F'],
  ])('gets its parameters behind what the address has: %s', async (url, expected) => {
    const { target } = find({ url, prepare: () => ({ query: { t: '1 2', 'u&': '?' } }) });
    expect((await target).url).toBe(expected);
  });

  it('gets the headers and subprotocols of the credentials', async () => {
    const { target } = find({ prepare: async () => ({ headers: { A: 'b' }, protocols: ['token.x'] }) });
    expect(await target).toEqual({
      url: 'ws://a/',
      protocols: ['chat', 'token.x'],
      headers: [['A', 'b']],
      hasCredentials: true,
    });
  });

  it('is asked for in order: new credentials, the address, the credentials', async () => {
    const order: unknown[] = [];
    const refusal = new AuthError('401');
    const { target, asked } = find(
      {
        renew: (cause, { attempt }) => void order.push(cause, attempt),
        url: async () => `ws://a/${order.push('url')}`,
        prepare: (info) => ({ headers: { N: `${order.push('prepare', info)}` } }),
      },
      refusal,
    );
    await target;
    expect(order).toEqual([refusal, INFO.attempt, 'url', 'prepare', INFO]);
    expect(asked).toEqual(['CREDENTIALS', 'URL_SOURCE', 'CREDENTIALS']);
  });
});
