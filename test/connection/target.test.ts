import { describe, expect, it } from 'vitest';
import type { ConnectionOptions } from '../../src/connection/connection-options.ts';
import { addressesOf, findTarget, isPromise, shownTarget } from '../../src/connection/target.ts';

const INFO = { attempt: 3, signal: new AbortController().signal };

function find(options: Partial<ConnectionOptions>, refusal?: unknown) {
  const asked: string[] = [];
  const all = { url: 'ws://a/', protocols: ['chat'], ...options } as ConnectionOptions;
  return { asked, target: findTarget(all, INFO, refusal, (what) => asked.push(what)) };
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
    expect(await target).toEqual({ url: 'ws://a/', protocols: ['chat', 'token.x'], headers: [['A', 'b']] });
  });

  it('is asked for in order: new credentials, the address, the credentials', async () => {
    const order: unknown[] = [];
    const refusal = new Error('401');
    const { target, asked } = find(
      {
        renew: (cause, info) => void order.push(cause, info),
        url: async () => `ws://a/${order.push('url')}`,
        prepare: (info) => ({ headers: { N: `${order.push('prepare', info)}` } }),
      },
      refusal,
    );
    await target;
    expect(order).toEqual([refusal, INFO, 'url', 'prepare', INFO]);
    expect(asked).toEqual(['CREDENTIALS', 'URL_SOURCE', 'CREDENTIALS']);
  });

  it('is not renewed where there is no way to', async () => {
    expect(await find({}, new Error('401')).target).toMatchObject({ url: 'ws://a/' });
  });
});

describe('how an address is shown', () => {
  it.each([
    ['wss://user:secret@example.com:8443/a/b?token=hush#x', 'wss://example.com:8443/a/b'],
    ['ws://a@b@host/path', 'ws://host/path'],
    ['wss://example.com', 'wss://example.com'],
    ['wss://example.com?token=hush', 'wss://example.com'],
    ['wss://example.com/a@b', 'wss://example.com/a@b'],
    ['ws+unix:/run/app.sock:/chat?token=hush', 'ws+unix:/run/app.sock:/chat'],
    ['wss:/user:secret@example.com/', ''],
    ['token=hush', ''],
  ])('%s', (target, shown) => {
    expect(shownTarget(target)).toBe(shown);
  });

  it('takes a URL object', () => {
    expect(shownTarget(new URL('wss://example.com/?token=hush'))).toBe('wss://example.com/');
  });
});
