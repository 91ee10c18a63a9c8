import { describe, expect, it } from 'vitest';
import { MAX_TLS_SESSIONS, SessionCache } from '../../../../src/transport/tcp/dialling/session-cache.ts';

describe('session cache', () => {
  it('keeps the newest session of a host, until it is deleted', () => {
    const cache = new SessionCache();
    const key = cache.key('a:443', undefined);
    expect(cache.get(key)).toBeUndefined();
    cache.set(key, Buffer.from('1'));
    cache.set(key, Buffer.from('2'));
    expect(String(cache.get(key))).toBe('2');
    cache.delete(key);
    expect(cache.get(key)).toBeUndefined();
  });

  it('tells options apart by identity, not by their look', () => {
    const cache = new SessionCache();
    const options = {};
    const keys = [undefined, options, {}].map((one) => cache.key('a:443', one));
    expect(new Set(keys).size).toBe(3);
    expect(cache.key('a:443', options)).toBe(keys[1]);
    expect(cache.key('b:443', options)).not.toBe(keys[1]);
  });

  it('forgets the host that was not used for longest', () => {
    const cache = new SessionCache();
    const keyOf = (index: number): string => cache.key(`${index}:443`, undefined);
    for (let index = 0; index < MAX_TLS_SESSIONS; index++) cache.set(keyOf(index), Buffer.alloc(1));
    cache.get(keyOf(0));
    cache.set('new', Buffer.alloc(1));
    expect(cache.get(keyOf(0))).toBeDefined();
    expect(cache.get(keyOf(1))).toBeUndefined();
    expect(cache.get('new')).toBeDefined();
  });
});
