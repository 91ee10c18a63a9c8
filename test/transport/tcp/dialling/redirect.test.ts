import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolveRedirect, tlsElsewhere } from '../../../../src/transport/tcp/dialling/redirect.ts';
import { parseDialTarget } from '../../../../src/transport/tcp/dialling/unix-url.ts';
import { PROPERTY_RUNS, PROPERTY_TIMEOUT } from '../../../tools/property-runs.ts';

const from = (url: string, location: string) => resolveRedirect(parseDialTarget(url), location);

describe('a redirect', () => {
  it.each([
    ['ws://a.test/x/y?z', '/next', 'ws://a.test/next', true],
    ['ws://a.test/x/y?z', 'next?a=1', 'ws://a.test/x/next?a=1', true],
    ['ws://a.test/x', '?a', 'ws://a.test/x?a', true],
    ['ws://a.test/x', '', 'ws://a.test/x', true],
    ['ws://a.test/x', 'http://a.test:80/y#part', 'ws://a.test/y', true],
    ['ws://a.test/x', '//b.test/y', 'ws://b.test/y', false],
    ['ws://a.test/x', 'https://a.test/y', 'wss://a.test/y', false],
    ['ws://a.test/x', 'http://a.test:8080/y', 'ws://a.test:8080/y', false],
    ['ws://me:p%40ss@a.test/x', '/y', 'ws://me:p%40ss@a.test/y', true],
    ['ws://me:p%40ss@a.test/x', 'http://a.test/y', 'ws://me:p%40ss@a.test/y', true],
    ['ws://a.test/x', 'http://you:pw@a.test/y', 'ws://a.test/y', true],
    ['ws://me:pw@a.test/x', 'http://you:pw@b.test/y', 'ws://b.test/y', false],
    ['wss://a.test/x', 'wss://a.test/y', 'wss://a.test/y', true],
    ['wss://a.test:25/x', '/y', 'wss://a.test:25/y', true],
    ['ws+unix:/run/a.sock:/x/y', 'next', 'ws+unix:/run/a.sock:/x/next', true],
    ['wss+unix:/run/a%3A.sock', '/next?a', 'wss+unix:/run/a%3A.sock:/next?a', true],
  ])('from %s to %j leads to %s', (start, location, url, sameOrigin) => {
    expect(from(start, location)).toEqual({ url, sameOrigin });
    parseDialTarget(url);
  });

  it.each([
    ['wss://a.test', 'http://a.test', 'unencrypted'],
    ['wss://a.test', 'ws://a.test', 'unencrypted'],
    ['ws://a.test', 'mailto:a@a.test', 'scheme'],
    ['ws://a.test', 'ws+unix:/run/a.sock', 'scheme'],
    ['ws://a.test', 'file:///etc/passwd', 'scheme'],
    ['ws://a.test', 'http://[', 'unreadable'],
    ['ws://a.test', 'http://b.test:6667/', 'port'],
    ['ws+unix:/run/a.sock', 'http://localhost/', 'off-the-socket'],
    ['ws+unix:/run/a.sock', '//localhost/', 'off-the-socket'],
    ['ws+unix:/run/a.sock', '\\\\localhost/', 'off-the-socket'],
    ['ws+unix:/run/a.sock', 'ws+unix:/run/b.sock', 'off-the-socket'],
    ['ws+unix:/run/a.sock', ' http://', 'off-the-socket'],
    ['ws+unix:/run/a.sock', '\x01http://localhost/', 'off-the-socket'],
  ])('from %s to %j is not followed (attack 17)', (start, location, detail) => {
    expect(from(start, location)).toMatchObject({ detail });
  });

  it(
    'leads to an address that can be dialled, as safe as the one before, without credentials of others; or nowhere (attack 17)',
    () => {
      const start = fc.constantFrom(
        'ws://me:pw@a.test/x/y',
        'wss://me:pw@a.test:8443/x',
        'ws+unix:/run/a.sock:/x',
      );
      const part = fc.constantFrom(
        'http://',
        'https:',
        'wss://',
        'ws+unix:/run/b:',
        '//',
        '/',
        '..',
        'a.test',
        'b.test',
        ':8443',
        'you:pw@',
        '?q',
        '#f',
        '\\\\',
      );
      const location = fc.oneof(
        fc.string(),
        fc.webUrl(),
        fc
          .array(fc.oneof(part, fc.string({ maxLength: 3 })), { maxLength: 6 })
          .map((parts) => parts.join('')),
      );
      fc.assert(
        fc.property(start, location, (url, where) => {
          const from = parseDialTarget(url);
          const redirect = resolveRedirect(from, where);
          if ('detail' in redirect) return;
          const to = parseDialTarget(redirect.url);
          expect(to.secure || !from.secure).toBe(true);
          expect(to.socketPath).toBe(from.socketPath);
          expect(redirect.sameOrigin).toBe(to.host === from.host && to.secure === from.secure);
          expect(to.username).toBe(redirect.sameOrigin ? from.username : '');
        }),
        { numRuns: PROPERTY_RUNS },
      );
    },
    PROPERTY_TIMEOUT,
  );

  it('takes along whom to trust, not who we are, nor any exemption', () => {
    expect(tlsElsewhere(undefined)).toBeUndefined();
    const all = {
      ca: 'a',
      minVersion: 'TLSv1.3',
      cert: 'c',
      key: 'k',
      pfx: 'p',
      passphrase: 'w',
      servername: 'a.test',
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
    } as const;
    expect(tlsElsewhere(all)).toEqual({ ca: 'a', minVersion: 'TLSv1.3' });
  });

  it('everything that makes TLS strict stays (attack 46)', () => {
    const strict = { secureContext: {}, secureOptions: 4, minDHSize: 2_048, crl: 'r', ciphers: 'c' };
    expect(tlsElsewhere({ ...strict, maxVersion: undefined })).toEqual(strict);
  });
});
