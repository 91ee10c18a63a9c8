import { describe, expect, it } from 'vitest';
import { parseTarget } from '../../../../src/protocol/url.ts';
import { checkDialOptions, proxyFor } from '../../../../src/transport/tcp/dialling/check-dial-options.ts';
import type { DialOptions } from '../../../../src/transport/tcp/dialling/options.ts';
import { parseDialTarget } from '../../../../src/transport/tcp/dialling/unix-url.ts';

describe('dial options', () => {
  it('may all be left out, or be right', () => {
    checkDialOptions({});
    checkDialOptions({
      tls: { ca: 'x', servername: 'a.test' },
      proxy: { url: 'https://proxy.test', tls: { servername: '' } },
      lookup: () => {},
      family: 4,
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: 10,
      localAddress: '::1',
      connectsPerHost: Number.POSITIVE_INFINITY,
    });
    checkDialOptions({ createConnection: () => null });
    checkDialOptions({ proxy: 'environment' });
  });

  it.each([
    ['tls.servername', { tls: { servername: '::1' } }],
    ['tls.servername', { tls: { servername: 5 } }],
    ['proxy.tls.servername', { proxy: { url: 'https://p.test', tls: { servername: '10.0.0.1' } } }],
    ['proxy', { proxy: 'p.test' }],
    ['proxy', { proxy: 5 }],
    ['autoSelectFamilyAttemptTimeout', { autoSelectFamilyAttemptTimeout: 0 }],
    ['localAddress', { localAddress: 'a.test' }],
    ['createConnection', { createConnection: () => null, proxy: 'http://p.test' }],
  ])('a wrong %s is refused by its name: %j', (name, options) => {
    expect(() => checkDialOptions(options as DialOptions)).toThrow(
      expect.objectContaining({
        name: 'UsageError',
        code: 'INVALID_OPTION',
        message: expect.stringContaining(`The option ${name} `),
      }),
    );
  });

  it('lead to a proxy: the one that is named, that of the environment, or none', () => {
    const target = parseTarget('wss://a.test');
    const env = { HTTPS_PROXY: 'http://env.test' };
    expect(proxyFor(target, {}, { env })).toBeUndefined();
    expect(proxyFor(target, { proxy: 'http://own.test' }, { env })?.hostname).toBe('own.test');
    expect(proxyFor(target, { proxy: 'environment' }, { env })?.hostname).toBe('env.test');
    expect(proxyFor(parseDialTarget('ws+unix:/a'), { proxy: 'http://own.test' }, { env })).toBeUndefined();
  });
});
