import { describe, expect, it } from 'vitest';
import { HandshakeError } from '../../../src/base/errors.ts';
import {
  askOptions,
  givenOptions,
  hasFunctions,
  notAsked,
} from '../../../src/transport/tcp/asked-options.ts';

describe('options that are functions', () => {
  it('are told apart from those that are values', () => {
    const headers = { 'X-Team': 'blue' };
    expect(hasFunctions({ headers, redirects: 1 })).toBe(false);
    expect(hasFunctions({ headers, tls: () => ({}) })).toBe(true);
    expect(givenOptions({ headers, tls: () => ({}), proxy: async () => undefined, redirects: 1 })).toEqual({
      headers,
      redirects: 1,
    });
  });

  it('are all asked before any has answered, and leave the others as they are', async () => {
    const asked: string[] = [];
    let answer = (_: Record<string, string>): void => {};
    const settings = askOptions({
      headers: () => {
        asked.push('headers');
        return new Promise((resolve) => {
          answer = resolve;
        });
      },
      tls: () => {
        asked.push('tls');
        return {};
      },
      proxy: 'http://127.0.0.1:3128',
      family: 4,
    });
    expect(asked).toEqual(['headers', 'tls']);
    answer({ a: 'b' });
    expect(await settings).toEqual({
      headers: { a: 'b' },
      tls: {},
      proxy: 'http://127.0.0.1:3128',
      family: 4,
    });
  });

  it('say which of them failed, whatever it failed with', async () => {
    const own = new HandshakeError('DNS', { phase: 'dns', host: 'vault.example.com' });
    for (const cause of [new Error('no file'), own, undefined]) {
      const failed = askOptions({ proxy: () => Promise.reject(cause) });
      await expect(failed).rejects.toMatchObject({ code: 'CONNECT', option: 'proxy', phase: 'url' });
      await failed.catch((error: unknown) => expect((error as Error).cause).toBe(cause));
    }
  });

  it('what is wrong with what they gave is the cause of one error', () => {
    const wrong = new TypeError('no such header');
    const error = notAsked(wrong);
    expect(error).toMatchObject({ code: 'CONNECT', detail: 'option', cause: wrong });
    expect(error.message).toBe('What the functions among the options gave cannot be used. See the cause.');
    expect(notAsked(error)).toBe(error);
  });
});
