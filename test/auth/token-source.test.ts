import { describe, expect, it, vi } from 'vitest';
import { bearer } from '../../src/auth/bearer.ts';
import { type TokenOptions, tokenSource } from '../../src/auth/token-source.ts';
import { AuthError } from '../../src/base/errors.ts';

const INFO = { attempt: 1, signal: new AbortController().signal };

describe('a token', () => {
  it('is the one given', async () => {
    const source = tokenSource({ token: 's3cret' }, 'bearer');
    expect([await source.get(INFO), source.renew]).toEqual(['s3cret', undefined]);
  });

  it('is asked for anew each time where it is a function, and told which attempt it is for', async () => {
    const asked: unknown[] = [];
    const source = tokenSource({ token: (info) => `t${asked.push(info)}` }, 'bearer');
    expect([await source.get(INFO), await source.get(INFO)]).toEqual(['t1', 't2']);
    expect(asked).toEqual([INFO, INFO]);
  });

  it('gives way to the one that refresh returns, which then stays', async () => {
    const source = tokenSource({ token: 'old', refresh: async () => 'new' }, 'bearer');
    expect(await source.get(INFO)).toBe('old');
    await source.renew?.(new Error('401'), INFO);
    expect([await source.get(INFO), await source.get(INFO)]).toEqual(['new', 'new']);
  });

  it('is asked for again where refresh returns nothing', async () => {
    let stored = 'old';
    const fresh: (string | undefined)[] = ['returned', undefined];
    const source = tokenSource({ token: () => stored, refresh: () => fresh.shift() }, 'bearer');
    await source.renew?.(undefined, INFO);
    expect(await source.get(INFO)).toBe('returned');
    stored = 'stored';
    await source.renew?.(undefined, INFO);
    expect(await source.get(INFO)).toBe('stored');
  });

  it.each<[string, TokenOptions, RegExp]>([
    ['token gives none', { token: () => '' }, /^The function token of bearer gave no token\./],
    ['token gives no text', { token: () => 7 as unknown as string }, /^The function token of bearer gave no/],
    [
      'refresh gives an empty one',
      { token: () => 't', refresh: () => '' },
      /^The function refresh of bearer gave/,
    ],
    [
      'refresh gives none for a fixed one',
      { token: 't', refresh: async () => {} },
      /^The function refresh of/,
    ],
  ])('that is none is a refusal: %s', async (_name, options, message) => {
    const { get, renew } = tokenSource(options, 'bearer');
    const run = async (): Promise<void> => {
      await get(INFO);
      await renew?.(undefined, INFO);
    };
    const error = await run().catch((error: unknown) => error);
    expect(error).toBeInstanceOf(AuthError);
    expect((error as AuthError).message).toMatch(message);
  });

  it('passes on what its functions throw', async () => {
    const fault = new Error('no network');
    const fail = (): never => {
      throw fault;
    };
    const { get, renew } = tokenSource({ token: fail, refresh: fail }, 'bearer');
    await expect(get(INFO)).rejects.toBe(fault);
    await expect(renew?.(undefined, INFO)).rejects.toBe(fault);
  });

  it.each<[unknown, string]>([
    [undefined, 'options'],
    ['s3cret', 'options'],
    [{}, 'token'],
    [{ token: '' }, 'token'],
    [{ token: 7 }, 'token'],
    [{ token: 't', refresh: 'now' }, 'refresh'],
  ])('of a wrong kind is refused at once, and not quoted: %j', (options, name) => {
    expect(() => bearer(options as TokenOptions)).toThrow(
      expect.objectContaining({
        code: 'INVALID_OPTION',
        message: expect.stringMatching(new RegExp(`^The (option )?${name} of bearer must be (?!.*s3cret)`)),
      }),
    );
  });
});

it('that is being renewed for another client is waited for, and taken as it is if that fails', async () => {
  let fail = (_: Error): void => {};
  const refresh = (): Promise<string> =>
    new Promise((_, reject) => {
      fail = reject;
    });
  const { get, renew } = tokenSource({ token: 'old', refresh }, 'bearer');
  const first = Promise.resolve(renew?.(undefined, INFO));
  const got = vi.fn();
  const second = Promise.resolve(get(INFO)).then(got);
  await Promise.resolve();
  expect(got).not.toHaveBeenCalled();
  fail(new Error('no network'));
  await expect(first).rejects.toThrow('no network');
  await second;
  expect(got).toHaveBeenCalledWith('old');
});
