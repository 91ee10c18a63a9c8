import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../../src/base/errors.ts';
import { hasControlCharacter } from '../../../../src/protocol/url.ts';
import { parseProxy } from '../../../../src/transport/tcp/dialling/proxy.ts';
import { PROPERTY_RUNS, PROPERTY_TIMEOUT } from '../../../tools/property-runs.ts';

describe('the description of a proxy', () => {
  it.each([
    [
      'http://proxy.test',
      { kind: 'http', secure: false, hostname: 'proxy.test', port: 80, display: 'http://proxy.test:80' },
    ],
    ['https://proxy.test:3128', { kind: 'http', secure: true, hostname: 'proxy.test', port: 3128 }],
    ['socks5://10.0.0.1', { kind: 'socks', remoteNames: false, hostname: '10.0.0.1', port: 1080 }],
    [
      'socks5h://[::1]:9050',
      { kind: 'socks', remoteNames: true, hostname: '::1', port: 9050, display: 'socks5h://[::1]:9050' },
    ],
    ['http://m%40e:p%3Ass@proxy.test', { username: 'm@e', password: 'p:ss' }],
    ['http://100%25%:x@proxy.test', { username: '100%25%' }],
  ])('%s', (url, parts) => {
    expect(parseProxy(url)).toMatchObject(parts);
    expect(parseProxy(new URL(url))).toMatchObject(parts);
    expect(parseProxy({ url })).toMatchObject(parts);
  });

  it('shows neither user nor password', () => {
    expect(parseProxy('http://me:secret@proxy.test/path?secret').display).toBe('http://proxy.test:80');
  });

  it.each([
    '',
    'proxy.test:3128',
    'ftp://secret.test',
    'socks4://secret.test',
    'http://',
    'socks5://',
    { url: undefined },
    null,
    `socks5://${'secret'.repeat(50)}:x@proxy.test`,
    'http://sec%3Aret:x@proxy.test',
  ])('refuses %j', (wrong) => {
    try {
      parseProxy(wrong as string);
    } catch (error) {
      expect(error).toMatchObject({ name: 'UsageError', code: 'INVALID_OPTION' });
      expect((error as Error).message).toMatch(/^The option proxy /);
      expect((error as Error).message).not.toContain('secret');
      return;
    }
    throw new Error('accepted');
  });

  it.each([
    'http://pro\r\nxy.test',
    'http://me:pass%0d%0aX-Evil:1@proxy.test',
    'http://me%00:pass@proxy.test',
    'socks5://me:pass%0a@proxy.test',
    '\nhttp://proxy.test',
  ])('refuses line breaks and NUL, written out or encoded: %j (#28, attack 18)', (url) => {
    expect(() => parseProxy(url)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  });

  it(
    'is a proxy whose name and credentials fit on a line, or a UsageError (attack 18)',
    () => {
      const part = fc.oneof(
        fc.string({ unit: 'binary', maxLength: 6 }),
        fc.constantFrom('%0d%0a', '%00', ':', '@', 'a.test', '%', '[::1]'),
      );
      const url = fc
        .tuple(
          fc.constantFrom('http://', 'https://', 'socks5://', 'socks5h://', ''),
          fc.array(part, { maxLength: 6 }),
        )
        .map(([scheme, parts]) => scheme + parts.join(''));
      fc.assert(
        fc.property(url, (text) => {
          try {
            const { display, username, password, port } = parseProxy(text);
            expect(display).toMatch(/^[!-~]+$/);
            expect(hasControlCharacter(username + password)).toBe(false);
            expect(port).toBeLessThan(65_536);
          } catch (error) {
            if (!(error instanceof UsageError)) throw error;
          }
        }),
        { numRuns: PROPERTY_RUNS },
      );
    },
    PROPERTY_TIMEOUT,
  );

  it('refuses headers that no request may have, and those of the handshake (#28, attack 18)', () => {
    for (const headers of [{ 'X-Bad': 'a\r\nb' }, { 'X Bad': 'a' }, { Host: 'a' }]) {
      expect(() => parseProxy({ url: 'http://proxy.test', headers })).toThrow(
        expect.objectContaining({ code: 'INVALID_HEADER' }),
      );
    }
  });
});
