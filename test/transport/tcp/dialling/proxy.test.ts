import { describe, expect, it } from 'vitest';
import { parseProxy } from '../../../../src/transport/tcp/dialling/proxy.ts';

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

  it('refuses headers that no request may have, and those of the handshake (#28, attack 18)', () => {
    for (const headers of [{ 'X-Bad': 'a\r\nb' }, { 'X Bad': 'a' }, { Host: 'a' }]) {
      expect(() => parseProxy({ url: 'http://proxy.test', headers })).toThrow(
        expect.objectContaining({ code: 'INVALID_HEADER' }),
      );
    }
  });
});
