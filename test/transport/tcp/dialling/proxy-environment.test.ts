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
    ['fd00::/8', 'wss://x.test', false],
    ['10.0.0.0/8', 'wss://x.test', false],
    ['10.0.0.0/8:443', 'wss://10.0.0.1', true],
    ['[fd00::]/8', 'wss://[fd12::1]', true],
    ['bücher.test', 'wss://xn--bcher-kva.test', true],
    ['bücher.test', 'wss://bücher.test', true],
  ])('NO_PROXY %j for %s: %s', (noProxy, url, isExcepted) => {
    const env = { ALL_PROXY: 'http://p' };
    expect(found(url, { ...env, NO_PROXY: noProxy }) === undefined).toBe(isExcepted);
    expect(found(url, { ...env, no_proxy: noProxy, NO_PROXY: '*' }) === undefined).toBe(isExcepted);
  });

  it.each([
    '10.0.0.0/',
    '10.0.0.0/0x0',
    '10.0.0.0/8.5',
    '10.0.0.0/8/8',
    '10.0.0.0/-1',
    '10.0.0.0/99',
    '/0',
    '0/0',
    '10',
    '010.0.0.0/8',
    '127.*',
    '*.*',
    '*.',
    '.',
    'http://10.0.0.1',
    'x.test/8',
    '10.0.0.1:',
    '10.0.0.1:https',
    '[10.0.0.1',
    '%31%30.0.0.1',
  ])('NO_PROXY %j is passed over, and told (attack 41)', (entry) => {
    const ignored: string[] = [];
    const env = { ALL_PROXY: 'http://p', NO_PROXY: `other.test,${entry}` };
    const route = proxyFromEnvironment(parseTarget('wss://10.0.0.1'), env, (one) => ignored.push(one));
    expect(route?.display).toBe('http://p:80');
    expect(ignored).toEqual([entry]);
  });
});
