import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Secrets, withWords } from '../../src/transport/secrets.ts';
import { PROPERTY_RUNS, PROPERTY_TIMEOUT } from '../tools/property-runs.ts';
import { SPELLINGS } from '../tools/spellings.ts';

function hiding(...secrets: string[]): Secrets {
  const made = new Secrets();
  made.add(secrets);
  return made;
}

const SECRET = 'eyJhbGc.k-9_Q/z+4=wX"p\\q';
const { 'cut off': _, ...WHOLE } = SPELLINGS;

describe('a secret is found however it is written (attack 32)', () => {
  it.each(Object.entries(SPELLINGS))('%s', (_name, spell) => {
    const text = `no entry, ${spell(SECRET)}: go`;
    const clean = hiding(SECRET).clean(text);
    expect(clean).toMatch(/^no entry, .{0,8}\[redacted\].{0,8}: go$/);
    expect(clean.length).toBeLessThan(40);
  });

  it(
    'whatever it is and whatever is around it',
    () => {
      const secrets = fc
        .string({ minLength: 12, maxLength: 60, unit: 'grapheme-ascii' })
        .map((one) => one.replace(/^[^a-z0-9]+|[^a-z0-9]+$/gi, ''))
        .filter((one) => /[a-z0-9]{8}/i.test(one));
      const around = fc.string({ maxLength: 20 });
      fc.assert(
        fc.property(
          secrets,
          fc.constantFrom(...Object.values(WHOLE)),
          around,
          around,
          (secret, spell, a, b) => {
            const spelled = spell(secret);
            expect(hiding(secret).clean(`${a}${spelled}${b}`)).not.toContain(spelled);
          },
        ),
        { numRuns: PROPERTY_RUNS },
      );
    },
    PROPERTY_TIMEOUT,
  );
});

describe('what is not a secret stays', () => {
  it('every other text', () => {
    const text = 'HTTP 401: the token "abc" has expired; see https://example.com/help?code=42';
    expect(hiding(SECRET).clean(text)).toBe(text);
  });

  it('one under six characters, which would take out every such word', () => {
    expect(hiding('true', 'chat').clean('{"error":true}')).toBe('{"error":true}');
  });

  it('the address that an error names, though a secret holds it', () => {
    const secrets = new Secrets();
    secrets.addUrl('wss://example.com/socket?next=https://example.com/back');
    expect(secrets.clean('No connection to example.com:443 (ECONNREFUSED).')).toBe(
      'No connection to example.com:443 (ECONNREFUSED).',
    );
  });

  it('an object in which nothing was found: the same one', () => {
    const cause = { reason: 'gone' };
    const error = new Error('no', { cause });
    expect(hiding(SECRET).clean(error)).toBe(error);
    expect(error.cause).toBe(cause);
  });
});

describe('it is taken out of everything that is kept', () => {
  it('an error: its message, stack, fields, hidden ones too, and causes', () => {
    const error = new Error(`no ${SECRET}`, { cause: new AggregateError([new Error(SECRET)], 'all') });
    Object.defineProperty(error, 'body', { value: SECRET, writable: true });
    Object.assign(error, { headers: new Map([[SECRET.toLowerCase(), SECRET]]), data: { list: [SECRET] } });
    expect(hiding(SECRET).clean(error)).toBe(error);
    const text = inspect(error, { depth: 9, showHidden: true });
    expect(text.toLowerCase()).not.toContain(SECRET.toLowerCase());
    expect(error.message).toBe('no [redacted]');
    expect(Object.keys(error)).not.toContain('body');
  });

  it('bytes, as a trace has them', () => {
    const { payload } = hiding(SECRET).clean({ payload: Buffer.from(`login ${SECRET}`) });
    expect(new TextDecoder().decode(payload)).toBe('login [redacted]');
  });

  it('what holds itself', () => {
    const certificate: Record<string, unknown> = { subject: { CN: SECRET } };
    certificate.issuerCertificate = certificate;
    expect(inspect(hiding(SECRET).clean(certificate))).not.toContain(SECRET);
  });

  it('a text without end: what is beyond 64 KiB is dropped, not looked through', () => {
    expect(hiding(SECRET).clean('x'.repeat(1e6) + SECRET)).toBe('x'.repeat(65_536));
  });

  it('not what is somebody else’s: a signal, a socket', () => {
    const { signal } = new AbortController();
    expect(hiding(SECRET).clean({ signal, SECRET }).signal).toBe(signal);
  });
});

it('the user, the password and the query of an address are secrets; of a parameter without a value its name', () => {
  const secrets = new Secrets();
  secrets.addUrl('wss://somebody:pass%20word@example.com/path?ticket=abc%2Bdef%2Bgh&lonely-ticket');
  const clean = secrets.clean(
    'somebody, 1, pass word, 2, abc+def+gh, 3, lonely-ticket, 4, path, example.com, ticket',
  );
  expect(clean).toBe('[redacted], 1, [redacted], 2, [redacted], 3, [redacted], 4, path, example.com, ticket');
});

it('of a header each word is one: what stands behind Bearer, each cookie', () => {
  expect(withWords('a=first; b=second')).toEqual(['a=first; b=second', 'a', 'first', 'b', 'second']);
  expect(withWords('Basic dTpw==')).toEqual(['Basic dTpw==', 'Basic', 'dTpw==']);
});
