import { inspect } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import { createVirtualClock } from '../../../src/testing/virtual-clock.ts';
import { type CookieJar, cookieJar } from '../../../src/transport/tcp/cookie-jar.ts';

const AT = 'https://shop.example.com/app/socket';

/** What a jar sends to each address, after these were set at one. */
function sent(set: string | readonly string[], to: readonly string[] = [AT], from = AT): unknown[] {
  const jar = cookieJar();
  for (const cookie of [set].flat()) jar.setCookie(cookie, from);
  return to.map((url) => jar.getCookieString(url));
}

describe('a jar', () => {
  it('sends what was set, with its last value, longer paths first and then the older ones', () => {
    expect(sent(['a=1', 'b=2; Path=/', 'a=3; HttpOnly; SameSite=Lax', 'c="x=y"; path=/app'])).toEqual([
      'a=3; c="x=y"; b=2',
    ]);
    expect(sent([])).toEqual(['']);
  });

  it.each([
    [
      'a host alone',
      'a=1; Path=/',
      ['https://shop.example.com/', 'https://www.shop.example.com/', 'https://example.com/'],
      [1, 0, 0],
    ],
    [
      'a domain and those below',
      'a=1; Path=/; Domain=.Example.com',
      ['https://example.com/', 'https://x.example.com/', 'https://notexample.com/'],
      [1, 1, 0],
    ],
    [
      'its own domain, and those below',
      'a=1; Path=/; Domain=shop.example.com',
      [AT, 'https://x.shop.example.com/', 'https://example.com/'],
      [1, 1, 0],
    ],
    ['another domain: never', 'a=1; Path=/; Domain=other.com', ['https://other.com/', AT], [0, 0]],
    [
      'one below: never',
      'a=1; Path=/; Domain=x.shop.example.com',
      [AT, 'https://x.shop.example.com/'],
      [0, 0],
    ],
    ['a whole top-level domain: never', 'a=1; Path=/; Domain=com', [AT, 'https://com/'], [0, 0]],
    [
      'the path where it was set',
      'a=1',
      [
        'https://shop.example.com/app',
        'https://shop.example.com/app/x',
        'https://shop.example.com/apple',
        'https://shop.example.com/',
      ],
      [1, 1, 0, 0],
    ],
    [
      'a path',
      'a=1; Path=/b/',
      ['https://shop.example.com/b/', 'https://shop.example.com/b/c', 'https://shop.example.com/b'],
      [1, 1, 0],
    ],
    [
      'what is no path: the default',
      'a=1; Path=b',
      ['https://shop.example.com/app', 'https://shop.example.com/b'],
      [1, 0],
    ],
    ['secure', 'a=1; Path=/; Secure', [AT, 'http://shop.example.com/'], [1, 0]],
    ['not secure', 'a=1; Path=/', ['http://shop.example.com/'], [1]],
    ['__Secure- with and without', ['__Secure-a=1; Secure', '__Secure-b=1'], [AT], ['__Secure-a=1']],
    [
      '__Host- with and without',
      [
        '__Host-a=1; Secure; Path=/',
        '__Host-b=1; Secure',
        '__Host-c=1; Path=/',
        '__Host-d=1; Secure; Path=/; Domain=shop.example.com',
      ],
      [AT],
      ['__Host-a=1'],
    ],
    [
      'what is none',
      ['', '=x', 'novalue', 'a\u0001=1', 'a=\n', `a=${'x'.repeat(5_000)}`, 'a=1; Max-Age=0'],
      [AT],
      [''],
    ],
  ])('obeys %s', (_what, set, to, expected) => {
    const texts = expected.map((one) => (one === 1 ? 'a=1' : one === 0 ? '' : one));
    expect(sent(set as string | string[], to as string[])).toEqual(texts);
  });

  it('takes nothing secure from what is not, and no domain from an address of numbers', () => {
    expect(sent('a=1; Secure; Path=/', [AT], 'http://shop.example.com/')).toEqual(['']);
    const numbers = ['http://10.0.0.1/', 'http://11.0.0.1/'];
    expect(sent('a=1; Domain=0.0.1', numbers, 'http://10.0.0.1/')).toEqual(['', '']);
    expect(sent('a=1', ['http://10.0.0.1/', 'http://[::1]/'], 'http://10.0.0.1/')).toEqual(['a=1', '']);
    expect(sent('a=1', ['http://[::1]/x'], 'http://[::1]/')).toEqual(['a=1']);
  });

  it('takes no top-level domain from a name with a dot behind it', () => {
    expect(sent('a=1; Path=/; Domain=com.', ['https://other.com./'], 'https://example.com./')).toEqual(['']);
    expect(sent('a=1; Path=/; Domain=localhost', ['http://x.localhost/'], 'http://localhost/')).toEqual(['']);
    expect(sent('a=1; Domain=localhost', ['http://localhost/'], 'http://localhost/')).toEqual(['a=1']);
  });

  it('lets no connection that is not secure replace, or hide, what a secure one has set', () => {
    const jar = cookieJar();
    jar.setCookie('a=good; Path=/app; Secure', AT);
    for (const evil of ['a=evil; Path=/app', 'a=evil; Path=/app/socket', 'a=; Path=/app; Max-Age=0'])
      jar.setCookie(evil, AT.replace('https', 'http'));
    jar.setCookie('a=evil; Path=/app; Domain=example.com', 'http://www.example.com/');
    expect(jar.getCookieString(AT)).toBe('a=good');
    jar.setCookie('a=other; Path=/', AT.replace('https', 'http'));
    expect(jar.getCookieString(AT)).toBe('a=good; a=other');
    jar.setCookie('a=newer; Path=/app', AT);
    expect(jar.getCookieString(AT)).toBe('a=newer; a=other');
  });

  it('reads dates as those of UTC, and nothing else as a date', () => {
    vi.stubEnv('TZ', 'America/New_York');
    try {
      const clock = createVirtualClock();
      const jar = cookieJar(clock);
      const past = new Date(clock.wallTime() - 60_000).toUTCString().replace(' GMT', '');
      for (const expires of ['0', '-1', '2001']) jar.setCookie(`n${expires}=1; Expires=${expires}`, AT);
      jar.setCookie(`a=1; Expires=${past}`, AT);
      expect(jar.getCookieString(AT)).toBe('n0=1; n-1=1; n2001=1');
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('forgets what has expired: by Max-Age ahead of Expires, and by a date; nonsense is a session', async () => {
    const clock = createVirtualClock();
    const jar = cookieJar(clock);
    const at = (seconds: number): string => new Date(clock.wallTime() + seconds * 1_000).toUTCString();
    jar.setCookie(`a=1; Max-Age=10; Expires=${at(-5)}`, AT);
    jar.setCookie(`b=2; Expires=${at(20)}`, AT);
    jar.setCookie('c=3; Max-Age=soon; Expires=never', AT);
    const seen: unknown[] = [];
    for (let at = 0; at < 3; at++) {
      seen.push(jar.getCookieString(AT));
      await clock.advance(10_001);
    }
    expect(seen).toEqual(['a=1; b=2; c=3', 'b=2; c=3', 'c=3']);
  });

  it('is bounded: the oldest of a domain have to go, then the oldest of all', () => {
    const jar = cookieJar();
    for (let at = 0; at < 60; at++) jar.setCookie(`n${at}=1`, AT);
    const names = String(jar.getCookieString(AT)).split('; ');
    expect([names.length, names[0]]).toEqual([50, 'n10=1']);
    for (let at = 0; at < 3_000; at++) jar.setCookie('a=1', `https://h${at}.example.org/`);
    expect(jar.getCookieString(AT)).toBe('');
    expect([
      jar.getCookieString('https://h0.example.org/'),
      jar.getCookieString('https://h2999.example.org/'),
    ]).toEqual(['a=1', 'a=1']);
  });

  it('shows nothing of what it keeps', () => {
    const jar: CookieJar = cookieJar();
    jar.setCookie('session=hush-hush', AT);
    expect(inspect(jar, { depth: 9, showHidden: true }) + JSON.stringify(jar)).not.toContain('hush-hush');
  });
});
