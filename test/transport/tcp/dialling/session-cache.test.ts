import { createSecureContext } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { MAX_TLS_SESSIONS, SessionCache } from '../../../../src/transport/tcp/dialling/session-cache.ts';

const keyOf = (cache: SessionCache, host: string, options?: object): string =>
  cache.key(host, options) as string;

const kept = (session: string, until = Number.POSITIVE_INFINITY) => ({
  session: Buffer.from(session),
  until,
});

describe('session cache', () => {
  it('keeps the newest session of a host, until it is deleted', () => {
    const cache = new SessionCache();
    const key = keyOf(cache, 'a:443');
    expect(cache.get(key, 0)).toBeUndefined();
    cache.set(key, kept('1'));
    cache.set(key, kept('2'));
    expect(String(cache.get(key, 0)?.session)).toBe('2');
    cache.delete(key);
    expect(cache.get(key, 0)).toBeUndefined();
  });

  it('forgets a session when it is over, however often it was used (attack 34)', () => {
    const cache = new SessionCache();
    cache.set('a', kept('1', 1_000));
    expect(cache.get('a', 999)).toBeDefined();
    expect(cache.get('a', 1_000)).toBeUndefined();
    expect(cache.get('a', 0)).toBeUndefined();
  });

  it('takes options of the same content for the same, whatever the order of their names', () => {
    const cache = new SessionCache();
    const key = keyOf(cache, 'a:443', { ca: ['one', Buffer.from('two')], minVersion: 'TLSv1.2' });
    const same = { minVersion: 'TLSv1.2', ca: ['one', Buffer.from('two')], crl: undefined };
    expect(keyOf(cache, 'a:443', same)).toBe(key);
  });

  it('tells options apart by their content, also in one object that was changed (attack 34)', () => {
    const cache = new SessionCache();
    const secureContext = createSecureContext();
    const changed = { ca: 'one' };
    const before = keyOf(cache, 'a:443', changed);
    changed.ca = 'two';
    const keys = [
      before,
      ...[
        changed,
        { ca: ['one'] },
        { ca: ['o', 'ne'] },
        { ca: Buffer.from('one') },
        { cert: 'one' },
        { ca: 'one', minDHSize: 1_024 },
        { ca: 'one', minDHSize: 2_048 },
        { key: [{ pem: 'one', passphrase: 'x' }] },
        { secureContext },
        { secureContext: createSecureContext() },
        {},
      ].map((options) => keyOf(cache, 'a:443', options)),
      keyOf(cache, 'a:443'),
      keyOf(cache, 'b:443', changed),
    ];
    expect(new Set(keys).size).toBe(keys.length);
    expect(keyOf(cache, 'a:443', { secureContext })).toBe(keys[9]);
  });

  it.each([
    ['is not checked', { rejectUnauthorized: false }],
    ['is checked by a function of the caller’s', { checkServerIdentity: () => undefined }],
  ])('keeps no session where the certificate %s (attack 34)', (_what, options) => {
    const cache = new SessionCache();
    expect(cache.key('a:443', options)).toBeUndefined();
    expect(cache.get(undefined, 0)).toBeUndefined();
  });

  it('forgets the host that was not used for longest', () => {
    const cache = new SessionCache();
    for (let index = 0; index < MAX_TLS_SESSIONS; index++) cache.set(`${index}`, kept('1'));
    cache.get('0', 0);
    cache.set('new', kept('1'));
    expect(cache.get('0', 0)).toBeDefined();
    expect(cache.get('1', 0)).toBeUndefined();
    expect(cache.get('new', 0)).toBeDefined();
  });
});
