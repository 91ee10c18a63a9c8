import { describe, expect, it } from 'vitest';
import { parseDialTarget } from '../../../../src/transport/tcp/dialling/unix-url.ts';

const refused = (url: string) => {
  try {
    parseDialTarget(url);
  } catch (error) {
    expect(error).toMatchObject({ name: 'UsageError', code: 'INVALID_URL' });
    expect((error as Error).message).not.toContain('secret');
    return;
  }
  throw new Error(`accepted ${JSON.stringify(url)}`);
};

describe('the target of a dial', () => {
  it('is that of parseTarget for other schemes', () => {
    expect(parseDialTarget('https://example.com/a')).toMatchObject({ href: 'wss://example.com/a' });
    expect(parseDialTarget('ws://example.com').socketPath).toBeUndefined();
  });

  it.each([
    ['ws+unix:/run/app.sock:/chat?room=1', false, '/run/app.sock', '/chat?room=1'],
    ['wss+unix:/run/app.sock:/chat', true, '/run/app.sock', '/chat'],
    ['WS+UNIX:/run/app.sock', false, '/run/app.sock', '/'],
    ['ws+unix:///run/app.sock:/', false, '/run/app.sock', '/'],
    ['ws+unix:/run/app.sock?a=1', false, '/run/app.sock', '/?a=1'],
    ['ws+unix:/run/my app%3A1.sock:/a:b', false, '/run/my app:1.sock', '/a:b'],
    ['ws+unix:/run/%C3%A4.sock:/ä', false, '/run/ä.sock', '/%C3%A4'],
  ])('%s', (url, secure, socketPath, resource) => {
    expect(parseDialTarget(url)).toMatchObject({
      secure,
      socketPath,
      resource,
      host: 'localhost',
      hostname: 'localhost',
    });
  });

  it('shows no query', () => {
    expect(parseDialTarget('ws+unix:/run/app.sock:/a?token=secret').display).toBe('ws+unix:/run/app.sock:/a');
  });

  it.each([
    'ws+unix:run/app.sock:/?secret',
    'ws+unix:',
    'ws+unix://host/run/app.sock:/?secret',
    'ws+unix://host:port/run/app.sock',
    'ws+unix:/run/app.sock:chat?secret',
    'ws+unix:/run/app.sock:/a#secret',
    'ws+unix:/run/app.sock#secret',
    'ws+unix:/run/100%:/?secret',
  ])('refuses %s (#1, #3)', refused);

  it.each(['ws+unix:/run/a\r\nb:/', 'ws+unix:/run/a%00b:/', 'ws+unix:/run/a:/\0', 'ws+unix:/run/a%0d%0a:/'])(
    'refuses control characters, written out or encoded: %j (attack 18)',
    refused,
  );
});
