import { describe, expect, it } from 'vitest';
import { parseTarget } from '../../../../src/protocol/url.ts';
import {
  type Environment,
  proxyFromEnvironment,
} from '../../../../src/transport/tcp/dialling/proxy-environment.ts';

const found = (url: string, env: Environment) => proxyFromEnvironment(parseTarget(url), env)?.display;

describe('the proxy of the environment', () => {
  it('is the one for the scheme, else the one for all', () => {
    const env = { HTTPS_PROXY: 'http://a', HTTP_PROXY: 'http://b', ALL_PROXY: 'socks5://c' };
    expect(found('wss://x.test', env)).toBe('http://a:80');
    expect(found('ws://x.test', env)).toBe('http://b:80');
    expect(found('wss://x.test', { ALL_PROXY: 'socks5://c' })).toBe('socks5://c:1080');
    expect(found('wss://x.test', { HTTP_PROXY: 'http://b' })).toBeUndefined();
    expect(found('wss://x.test', {})).toBeUndefined();
  });

  it('is read in lower case first, and an empty variable is none', () => {
    expect(found('wss://x.test', { https_proxy: 'http://low', HTTPS_PROXY: 'http://up' })).toBe(
      'http://low:80',
    );
    expect(found('wss://x.test', { https_proxy: '', HTTPS_PROXY: '', all_proxy: 'http://all' })).toBe(
      'http://all:80',
    );
  });

  it('is an HTTP proxy where there is no scheme', () => {
    expect(found('ws://x.test', { http_proxy: 'proxy.test:3128' })).toBe('http://proxy.test:3128');
    expect(found('ws://x.test', { http_proxy: 'me:secret@proxy.test:3128' })).toBe('http://proxy.test:3128');
  });

  it('is not taken from HTTP_PROXY in a CGI program, where a request’s header sets it', () => {
    expect(found('ws://x.test', { HTTP_PROXY: 'http://evil', REQUEST_METHOD: 'GET' })).toBeUndefined();
    expect(found('ws://x.test', { http_proxy: 'http://good', REQUEST_METHOD: 'GET' })).toBe('http://good:80');
  });

  it('that cannot be read is refused by the name of its variable', () => {
    const env = { https_proxy: 'gopher://secret.test' };
    expect(() => found('wss://x.test', env)).toThrow(/^The variable https_proxy is no URL/);
    expect(() => found('wss://x.test', env)).not.toThrow(/secret/);
  });

  it.each([
    ['*', 'wss://x.test', true],
    ['x.test', 'wss://x.test', true],
    ['X.TEST', 'wss://x.test', true],
    ['x.test', 'wss://x.test.', true],
    ['x.test', 'wss://a.x.test', true],
    ['.x.test', 'wss://a.x.test', true],
    ['.x.test', 'wss://x.test', true],
    ['*.x.test', 'wss://a.x.test', true],
    ['x.test', 'wss://ax.test', false],
    ['x.test', 'wss://x.test.evil', false],
    ['x.test:8443', 'wss://x.test:8443', true],
    ['x.test:8443', 'wss://x.test', false],
    ['x.test:443', 'wss://x.test', true],
    ['a.test, x.test', 'wss://x.test', true],
    ['a.test x.test', 'wss://x.test', true],
    [' , ,', 'wss://x.test', false],
    ['10.0.0.1', 'wss://10.0.0.1', true],
    ['10.0.0.1', 'wss://10.0.0.10', false],
    ['0.0.1', 'wss://10.0.0.1', false],
    ['10.0.0.0/8', 'wss://10.200.0.1', true],
    ['10.0.0.0/8', 'wss://11.0.0.1', false],
    ['10.0.0.0/99', 'wss://10.0.0.1', false],
    ['10.0.0.0/x', 'wss://10.0.0.1', false],
    ['10.0.0.1:443', 'wss://10.0.0.1', true],
    ['::1', 'wss://[::1]', true],
    ['[::1]', 'wss://[::1]', true],
    ['[::1]:443', 'wss://[::1]', true],
    ['[::1]:444', 'wss://[::1]', false],
    ['fd00::/8', 'wss://[fd12::1]', true],
    ['fd00::/8', 'wss://[fe80::1]', false],
    ['fd00::/8', 'wss://10.0.0.1', false],
  ])('NO_PROXY %j for %s: %s', (noProxy, url, isExcepted) => {
    const env = { ALL_PROXY: 'http://p' };
    expect(found(url, { ...env, NO_PROXY: noProxy }) === undefined).toBe(isExcepted);
    expect(found(url, { ...env, no_proxy: noProxy, NO_PROXY: '*' }) === undefined).toBe(isExcepted);
  });
});
