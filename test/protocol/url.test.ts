import { describe, expect, it } from 'vitest';
import { checkTarget, displayUrl, parseTarget, parseWebSocketUrl } from '../../src/protocol/url.ts';

const invalid = (message: string): unknown =>
  expect.objectContaining({ name: 'UsageError', code: 'INVALID_URL', message });

describe('a target', () => {
  it('has everything that dialling and asking need', () => {
    expect(parseTarget('wss://user%40:p%3Ass@Example.COM:8443/a/b%20c?token=x&y')).toEqual({
      secure: true,
      hostname: 'example.com',
      port: 8443,
      host: 'example.com:8443',
      resource: '/a/b%20c?token=x&y',
      username: 'user@',
      password: 'p:ss',
      href: 'wss://user%40:p%3Ass@example.com:8443/a/b%20c?token=x&y',
      display: 'wss://example.com:8443/a/b%20c',
    });
  });

  it.each([
    ['ws://h', false, 'h', 80, 'h', '/'],
    ['wss://h', true, 'h', 443, 'h', '/'],
    ['ws://h:80/', false, 'h', 80, 'h', '/'],
    ['ws://h:443/', false, 'h', 443, 'h:443', '/'],
    ['wss://h:80?q', true, 'h', 80, 'h:80', '/?q'],
    ['ws://127.0.0.1:1/x', false, '127.0.0.1', 1, '127.0.0.1:1', '/x'],
    ['ws://[::1]/', false, '::1', 80, '[::1]', '/'],
    ['ws://[2001:db8::1]:99/', false, '2001:db8::1', 99, '[2001:db8::1]:99', '/'],
    ['ws://bücher.example/ü', false, 'xn--bcher-kva.example', 80, 'xn--bcher-kva.example', '/%C3%BC'],
    ['WS://H/%23', false, 'h', 80, 'h', '/%23'],
    ['http://h/a', false, 'h', 80, 'h', '/a'],
    ['https://h:444/a', true, 'h', 444, 'h:444', '/a'],
    ['https://h/', true, 'h', 443, 'h', '/'],
  ])('of %s (#2, #17, #102)', (url, secure, hostname, port, host, resource) => {
    expect(parseTarget(url)).toMatchObject({
      secure,
      hostname,
      port,
      host,
      resource,
      username: '',
      password: '',
    });
    expect(parseTarget(new URL(url))).toEqual(parseTarget(url));
  });

  it('keeps a user name that is not percent-encoding as it stands', () => {
    expect(parseTarget('ws://%zz:100%@h')).toMatchObject({ username: '%zz', password: '100%' });
  });
});

describe('a URL is refused, its query and password not quoted', () => {
  it.each([
    '',
    'example.com',
    '/path',
    '//host/path',
    'ws://',
    'ws://h:99999/?token=hunter2',
    'ws://u:hunter2@ h/',
  ])('when it is not absolute or cannot be read: %j (#3)', (url) => {
    expect(() => parseTarget(url)).toThrow(
      invalid(
        'The URL is not absolute, or cannot be read. Write it whole, like wss://example.com/path.',
      ) as Error,
    );
  });

  it('without the error of the platform as its cause, which would quote it', () => {
    try {
      parseTarget('ws://h:bad/?token=hunter2');
      expect.unreachable();
    } catch (error) {
      expect((error as Error).cause).toBeUndefined();
      expect((error as Error).stack).not.toContain('hunter2');
    }
  });

  it.each([
    ['localhost:8080', 'localhost:'],
    ['ftp://h/', 'ftp:'],
    ['file:///x', 'file:'],
    ['wsx://h/', 'wsx:'],
  ])('when its scheme is another: %s (#102)', (url, scheme) => {
    expect(() => parseTarget(url)).toThrow(
      invalid(`The URL has the scheme "${scheme}". Use ws: or wss:.`) as Error,
    );
  });

  it.each(['ws://h/#', 'ws://h/a#b', 'https://h/?q#f', 'wss://h#'])(
    'when it has a fragment: %s (#1)',
    (url) => {
      expect(() => parseTarget(url)).toThrow(
        invalid('A WebSocket URL has no fragment. Remove the "#", or write it as %23.') as Error,
      );
    },
  );

  it.each([
    'ws://h/\r\nX: y',
    'ws://h/a\nb',
    'ws://h/\0',
    'ws://h/\t',
    'ws://h/\n',
    '\u001fws://h',
    'ws://h/\u007f',
  ])('when it holds a control character: %j (attack 18)', (url) => {
    expect(() => parseTarget(url)).toThrow(
      invalid('The URL holds a control character, such as a line break. Remove it.') as Error,
    );
  });
});

describe('parseWebSocketUrl and displayUrl', () => {
  it('give a URL with the scheme of a WebSocket', () => {
    expect(parseWebSocketUrl('https://a:b@h:1/p?q').href).toBe('wss://a:b@h:1/p?q');
    expect(parseWebSocketUrl('http://h/http://x').href).toBe('ws://h/http://x');
    expect(parseWebSocketUrl('ws://h').href).toBe('ws://h/');
    expect(parseWebSocketUrl(' ws://h ').href).toBe('ws://h/');
  });

  it('show neither user nor password nor query', () => {
    expect(displayUrl(new URL('wss://user:secret@h:1/p?token=secret'))).toBe('wss://h:1/p');
  });
});

describe('checkTarget (#28, attack 18)', () => {
  const target = parseTarget('ws://h/x?y');

  it('takes what parseTarget makes', () => {
    expect(() => checkTarget(target)).not.toThrow();
  });

  it.each([
    { resource: '' },
    { resource: '/a b' },
    { resource: '/\r\nX: y' },
    { resource: '/é' },
    { resource: '/\u007f' },
    { host: '' },
    { host: 'h\nX: y' },
  ])('refuses what could break a line: %j', (change) => {
    expect(() => checkTarget({ ...target, ...change })).toThrow(
      invalid(
        'The host or the resource of the target is empty, or not visible ASCII throughout. Let parseTarget() make it.',
      ) as Error,
    );
  });
});
