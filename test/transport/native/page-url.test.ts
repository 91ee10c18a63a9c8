import { afterEach, describe, expect, it, vi } from 'vitest';
import { pageBase, resolveUrl } from '../../../src/transport/native/page-url.ts';

afterEach(() => vi.unstubAllGlobals());

describe('an address in a page', () => {
  it.each([
    ['/socket?a=1', 'wss://example.com/socket?a=1'],
    ['socket', 'wss://example.com/app/socket'],
    ['//other.example/x', 'wss://other.example/x'],
    ['', 'wss://example.com/app/page.html'],
    ['http://plain.example', 'ws://plain.example/'],
    ['HTTPS://safe.example/x', 'wss://safe.example/x'],
    ['ws://as.it.stands?x', 'ws://as.it.stands?x'],
    ['WSS://as.it.stands', 'WSS://as.it.stands'],
    ['http://[', 'http://['],
  ])('%j is %s', (url, expected) => {
    vi.stubGlobal('document', { baseURI: 'https://example.com/app/page.html' });
    vi.stubGlobal('location', { href: 'https://example.com/other/' });
    expect(resolveUrl(url)).toBe(expected);
  });

  it('counts from the worker where there is no document, and from nothing elsewhere', () => {
    vi.stubGlobal('location', { href: 'http://example.com/worker.js' });
    expect(resolveUrl('/socket')).toBe('ws://example.com/socket');
    vi.unstubAllGlobals();
    expect([pageBase(), resolveUrl('/socket')]).toEqual([undefined, '/socket']);
  });
});
