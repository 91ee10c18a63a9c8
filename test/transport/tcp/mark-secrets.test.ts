import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { systemRandom } from '../../../src/base/random.ts';
import { DEFAULT_LIMITS } from '../../../src/protocol/limits.ts';
import { Secrets } from '../../../src/transport/secrets.ts';
import type { TcpOptions } from '../../../src/transport/tcp/options.ts';
import { planConnection } from '../../../src/transport/tcp/tcp-transport.ts';

/** What becomes of a text once a connection was planned with these options. */
function cleanerOf(options: TcpOptions, url = 'wss://server.test/'): (text: string) => string {
  const secrets = new Secrets();
  const request = {
    url,
    protocols: [],
    headers: [['X-Own', 'own-secret-1']] as const,
    handshakeTimeout: 0,
    closeTimeout: 0,
    limits: DEFAULT_LIMITS,
    clock: systemClock,
    random: systemRandom,
  };
  planConnection(secrets.request(request), options);
  return (text) => secrets.clean(text);
}

const basic = (text: string) => Buffer.from(text).toString('base64');

describe('what a transport knows to be secret (attack 32)', () => {
  it.each<[what: string, options: TcpOptions, secret: string]>([
    ['a header of this connection', {}, 'own-secret-1'],
    ['a header of every connection', { headers: { 'X-Key': 'key-of-mine-2' } }, 'key-of-mine-2'],
    ['what stands behind Bearer', { headers: { Authorization: 'Bearer abc-123' } }, 'abc-123'],
    ['a cookie', { headers: { Cookie: 'a=b; sid=abc-456; c=d' } }, 'abc-456'],
    ['the password in Basic', { headers: { Authorization: `Basic ${basic('me:pass:word')}` } }, 'pass:word'],
    ['the user in Basic', { headers: { Authorization: `Basic ${basic('somebody:x')}` } }, 'somebody'],
    ['the password of the proxy', { proxy: 'http://u:proxy-pass@p.test' }, 'proxy-pass'],
    ['the same as Basic has it', { proxy: 'http://u:pppp@p.test' }, basic('u:pppp')],
    [
      'a header for the proxy',
      { proxy: { url: 'http://p.test', headers: { 'X-Proxy': 'proxy-key-3' } } },
      'proxy-key-3',
    ],
    ['the passphrase', { tls: { passphrase: 'open sesame' } }, 'open sesame'],
    ['the key', { tls: { key: '-----BEGIN\nMIGHAgEAMBMGByqGSM49\n-----END' } }, 'MIGHAgEAMBMGByqGSM49'],
    [
      'the key with a passphrase of its own',
      { tls: { key: [{ pem: 'x', passphrase: 'sesame-4' }] } },
      'sesame-4',
    ],
    [
      'the passphrase for the proxy',
      { proxy: { url: 'https://p.test', tls: { passphrase: 'sesame-5' } } },
      'sesame-5',
    ],
  ])('is %s', (_what, options, secret) => {
    expect(cleanerOf(options)(`no, ${secret}, no`)).toBe('no, [redacted], no');
  });

  it('is not what a server names when it refuses it: the origin, the program', () => {
    const clean = cleanerOf({
      origin: 'https://app.example.com',
      headers: { 'User-Agent': 'my-program/1.0' },
    });
    const text = 'Origin https://app.example.com of my-program/1.0 is not allowed';
    expect(clean(text)).toBe(text);
  });
});
