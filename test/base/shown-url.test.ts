import { describe, expect, it } from 'vitest';
import { shownUrl } from '../../src/base/shown-url.ts';

describe('how an address is shown', () => {
  it.each([
    ['wss://user:secret@example.com:8443/a/b?token=hush#x', 'wss://example.com:8443/a/b'],
    ['ws://a@b@host/path', 'ws://host/path'],
    ['wss://example.com', 'wss://example.com/'],
    ['wss://example.com?token=hush', 'wss://example.com/'],
    ['wss://example.com/a@b', 'wss://example.com/a@b'],
    ['ws+unix:/run/app.sock:/chat?token=hush', 'ws+unix:/run/app.sock:/chat'],
    ['wss:/user:secret@example.com/', 'wss://example.com/'],
    ['wss:\\\\user:secret@example.com\\path?token=hush', 'wss://example.com/path'],
    ['mailto:token@example.com', ''],
    ['token=hush', ''],
  ])('%s', (target, shown) => {
    expect(shownUrl(target)).toBe(shown);
  });

  it('takes a URL object', () => {
    expect(shownUrl(new URL('wss://example.com/?token=hush'))).toBe('wss://example.com/');
  });
});
