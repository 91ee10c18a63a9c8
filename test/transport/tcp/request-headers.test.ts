import { describe, expect, it } from 'vitest';
import { parseTarget } from '../../../src/protocol/url.ts';
import { type HeaderSources, requestHeaders } from '../../../src/transport/tcp/request-headers.ts';

const headers = (url: string, changes: Partial<HeaderSources> = {}) =>
  requestHeaders({ target: parseTarget(url), origin: undefined, common: undefined, own: [], ...changes });

describe('request headers', () => {
  it('are none by default', () => {
    expect(headers('ws://host/')).toEqual([]);
  });

  it('turn user and password of the URL into basic auth, and invent no field for them (#14)', () => {
    const value = (url: string) => Buffer.from(headers(url)[0]?.[1].slice(6) ?? '', 'base64').toString();
    expect(headers('ws://me:pass@host/')).toEqual([['Authorization', 'Basic bWU6cGFzcw==']]);
    expect(value('ws://m%C3%BC:p%3Aq@host/')).toBe('mü:p:q');
    expect(value('ws://me@host/')).toBe('me:');
    expect(value('ws://:pass@host/')).toBe(':pass');
  });

  it('take objects and pairs', () => {
    expect(headers('ws://host/', { common: { A: '1', B: '2' } })).toEqual([
      ['A', '1'],
      ['B', '2'],
    ]);
    const pairs = [
      ['A', '1'],
      ['A', '2'],
    ] as const;
    expect(headers('ws://host/', { common: pairs })).toEqual(pairs);
    expect(headers('ws://host/', { common: new Map([['A', '1']]) })).toEqual([['A', '1']]);
    expect(headers('ws://host/', { common: new Headers({ Cookie: 'a=1' }) })).toEqual([['cookie', 'a=1']]);
  });

  it.each([
    ['texts', ['Cookie: a=1'], 'no-pairs'],
    ['a text', 'Cookie: a=1', 'no-pairs'],
    ['threes', [['A', '1', '2']], 'no-pairs'],
    ['a number', { A: 1 }, 'no-text'],
    ['several values', { A: ['1', '2'] }, 'no-text'],
    ['nothing', { A: undefined }, 'no-text'],
  ])('are refused where they are %s', (_what, common, detail) => {
    expect(() => headers('ws://host/', { common: common as never })).toThrow(
      expect.objectContaining({ code: 'INVALID_HEADER', detail }),
    );
  });

  it('let the more particular source win, whatever the case of the name', () => {
    expect(
      headers('ws://me:pass@host/', {
        origin: 'https://page.test',
        common: { authorization: 'Bearer common', Cookie: 'a=1' },
        own: [['COOKIE', 'b=2']],
      }),
    ).toEqual([
      ['Origin', 'https://page.test'],
      ['authorization', 'Bearer common'],
      ['COOKIE', 'b=2'],
    ]);
  });

  it.each(['ws://a%0D%0AX-Evil:b@host/', 'ws://a:b%00@host/', 'ws://a%3Asecret:b@host/', 'ws://a%7F@host/'])(
    'refuse a user or password that basic auth cannot carry: %s (#28, attack 18)',
    (url) => {
      expect(() => headers(url)).toThrow(expect.objectContaining({ code: 'INVALID_URL' }));
      expect(() => headers(url)).not.toThrow(/secret|Evil/);
    },
  );

  it.each([
    { common: { 'X-Bad': 'a\r\nb' } },
    { common: { Host: 'other' } },
    { own: [['Upgrade', 'h2c']] as const },
    { origin: 'https://page.test\nX: y' },
    { common: { 'X-Number': 5 as unknown as string } },
    { common: [[undefined as unknown as string, 'a']] as const },
  ])('refuse %j (#28, attack 18)', (changes) => {
    expect(() => headers('ws://host/', changes)).toThrow(expect.objectContaining({ code: 'INVALID_HEADER' }));
  });
});
