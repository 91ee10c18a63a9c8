import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../../../src/base/errors.ts';
import { hasControlCharacter } from '../../../../src/protocol/url.ts';
import { parseDialTarget } from '../../../../src/transport/tcp/dialling/unix-url.ts';
import { PROPERTY_RUNS, PROPERTY_TIMEOUT } from '../../../tools/property-runs.ts';

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

  it(
    'is nothing that could end a line, or a UsageError, whatever is asked for (attack 18)',
    () => {
      const part = fc.oneof(
        fc.string({ unit: 'binary', maxLength: 8 }),
        fc.constantFrom('/', ':', '%0a', '%00', '?', '#', '%'),
      );
      const rest = fc.array(part, { maxLength: 8 }).map((parts) => parts.join(''));
      fc.assert(
        fc.property(rest, (text) => {
          try {
            const { resource, host, socketPath } = parseDialTarget(`ws+unix:/${text}`);
            expect(resource).toMatch(/^\/[!-~]*$/);
            expect(host).toBe('localhost');
            expect(hasControlCharacter(socketPath as string)).toBe(false);
          } catch (error) {
            if (!(error instanceof UsageError)) throw error;
          }
        }),
        { numRuns: PROPERTY_RUNS },
      );
    },
    PROPERTY_TIMEOUT,
  );

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
