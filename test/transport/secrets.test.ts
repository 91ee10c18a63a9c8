import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  MAX_CLEANED,
  MAX_CLEANED_A_SECOND,
  MAX_MARKED,
  Secrets,
  withWords,
} from '../../src/transport/secrets.ts';
import { cpuMilliseconds } from '../tools/cpu-time.ts';
import { PROPERTY_RUNS, PROPERTY_TIMEOUT } from '../tools/property-runs.ts';
import { SPELLINGS } from '../tools/spellings.ts';

function hiding(...secrets: string[]): Secrets {
  const made = new Secrets();
  made.add(secrets);
  return made;
}

const SECRET = 'eyJhbGc.k-9_Q/z+4=wX"p\\q';
/** One that JSON writes as it is. */
const TOKEN = 'eyJhbGci.Zm9vYmFyYmF6';
const { 'cut off': _, ...WHOLE } = SPELLINGS;

describe('a secret is found however it is written (attack 32)', () => {
  it.each(Object.entries(SPELLINGS))('%s', (_name, spell) => {
    const text = `no entry, ${spell(SECRET)}: go`;
    const clean = hiding(SECRET).clean(text);
    expect(clean).toMatch(/^no entry, .{0,8}\[redacted\].{0,8}: go$/);
    expect(clean.length).toBeLessThan(40);
  });

  it('in time that grows with the text, not with the text times the secret', () => {
    // Nearly every run of the text is nearly one of the secret.
    const secrets = hiding(`${'a'.repeat(15_999)}b`);
    const text = 'aaaaaaaaaaab'.repeat(5_400);
    expect(cpuMilliseconds(() => secrets.clean(text))).toBeLessThan(1_000);
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

describe('the attempt that follows', () => {
  it('knows the newest secrets of those before it', () => {
    let before = hiding(SECRET);
    for (let attempt = 0; attempt < 3; attempt++) before = new Secrets(before);
    expect(before.clean(`was ${SECRET}`)).toBe('was [redacted]');
    before.add(Array.from({ length: 200 }, (_, at) => `${at}`.padStart(100, 'token')));
    const next = new Secrets(before);
    expect(next.clean(`was ${SECRET}`)).toBe(`was ${SECRET}`);
    expect(next.clean(`was ${'199'.padStart(100, 'token')}`)).toBe('was [redacted]');
  });

  it('may be given a subprotocol that another was refused with', () => {
    const first = hiding(SECRET);
    const sink = { open() {}, text() {}, binary() {}, ping() {}, pong() {}, drain() {}, close() {} };
    first.sink(sink, ['graphql-ws', 'bearer']).close({ code: 1006, reason: '', wasClean: false });
    expect(first.clean('graphql-ws')).toBe('[redacted]');
    expect(new Secrets(first).clean('graphql-ws')).toBe('graphql-ws');
  });
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

  it('the names of fields, which a server may choose, of an object and of an error', () => {
    const data: unknown = JSON.parse(`{"${TOKEN}":1,"in":{"x-${TOKEN}":[2]}}`);
    const error = Object.assign(new Error('no', { cause: { data } }), { [TOKEN]: 'asked' });
    hiding(TOKEN).clean(error);
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(TOKEN);
    expect(error).toMatchObject({ '[redacted]': 'asked', cause: { data: { '[redacted]': 1 } } });
  });

  it('what is called __proto__, which stays a field and becomes nobody’s prototype', () => {
    const data = hiding(TOKEN).clean(JSON.parse(`{"__proto__":{"isAdmin":true,"said":"${TOKEN}"}}`));
    expect((data as { isAdmin?: true }).isAdmin).toBeUndefined();
    expect(JSON.stringify(data)).toBe('{"__proto__":{"isAdmin":true,"said":"[redacted]"}}');
  });

  it('bytes that are no text, of which the others stay as they are: the code of a Close frame, a BOM', () => {
    const secret = 'Schlüssel-4711-hush';
    const secrets = new Secrets();
    secrets.add(secret);
    const said = new TextEncoder().encode(secret);
    const redacted = new TextEncoder().encode('[redacted]');
    for (const [head, tail] of [
      [[0x03, 0xe8], []],
      [
        [0x0f, 0xa0, 0x20],
        [0x80, 0xff, 0x00],
      ],
      [[0xef, 0xbb, 0xbf], [0x21]],
    ] as const)
      expect([...secrets.clean(Uint8Array.of(...head, ...said, ...tail))]).toEqual([
        ...head,
        ...redacted,
        ...tail,
      ]);
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

  it('a million texts: what is beyond 64 KiB altogether is dropped', () => {
    const text = 'x'.repeat(100);
    const clean = hiding(SECRET).clean({ list: Array<string>(1e6).fill(text) });
    expect(clean.list.length).toBeLessThan(660);
    expect(clean.list.at(1)).toBe(text);
    expect(hiding(SECRET).clean(Array<number>(1e6).fill(0)).length).toBeLessThan(65_537);
    const named = Object.fromEntries(clean.list.map((one, at) => [`at ${at}`, one + one]));
    expect(Object.keys(hiding(SECRET).clean(named)).length).toBeLessThan(330);
    const map = new Map(Object.entries(named));
    expect(hiding(SECRET).clean(map).size).toBeLessThan(330);
    expect(hiding(SECRET).clean({ payload: new Uint8Array(1e6) }).payload.length).toBeLessThan(65_537);
  });

  it('what is nested a million deep', () => {
    const deep: unknown = JSON.parse(`${'['.repeat(1e6)}${']'.repeat(1e6)}`);
    const { cause } = hiding(SECRET).clean(new Error('no', { cause: { deep, SECRET } }));
    expect(JSON.stringify(cause).length).toBeLessThan(1_000);
    expect(JSON.stringify(cause)).not.toContain(SECRET);
  });

  it('an error of any size, whose code stays', () => {
    const error = Object.assign(new Error('x'.repeat(1e6), { cause: { page: 'y'.repeat(1e6) } }), {
      code: 'LOGIN_FAILED',
      SECRET,
    });
    const fields = Object.fromEntries(Array.from({ length: 1e5 }, (_, at) => [`at${at}`, SECRET]));
    expect(hiding(SECRET).clean(Object.assign(error, fields)).code).toBe('LOGIN_FAILED');
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(SECRET);
    expect(error.message.length).toBeLessThan(65_537);
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

describe('what a server makes us look for and through', () => {
  /** Texts that have nothing in common. */
  const strange = (of: number): string => createHash('sha512').update(String(of)).digest('base64url');

  it('is of all that one connection brings in a second so much, and then a little of each', () => {
    const secrets = hiding(SECRET);
    const said = (): { code: number; data: string } =>
      secrets.clean({ code: 1, data: `${SECRET} ${'x'.repeat(MAX_CLEANED)}` }, 5_000);
    const lengths = Array.from({ length: 40 }, () => said().data.length);
    expect(lengths.filter((length) => length > 60_000)).toHaveLength(MAX_CLEANED_A_SECOND / MAX_CLEANED);
    expect(lengths.at(-1)).toBeLessThan(1_024);
    expect(said()).toMatchObject({ code: 1, data: expect.stringMatching(/^\[redacted\] x/) });
    expect(secrets.clean('x'.repeat(MAX_CLEANED), 5_999)).toHaveLength(1_024);
    expect(secrets.clean('x'.repeat(MAX_CLEANED), 6_000)).toHaveLength(MAX_CLEANED);
  });

  it('is the first and the newest of a login that sends without end', () => {
    const secrets = hiding(SECRET);
    const most = Math.floor(MAX_MARKED / strange(0).length);
    for (let at = 0; at < 4 * most; at++) secrets.addMessage(JSON.stringify({ answer: strange(at) }));
    expect(secrets.clean(SECRET)).toBe('[redacted]');
    expect(secrets.clean(strange(Math.floor(most / 4)))).toBe('[redacted]');
    expect(secrets.clean(strange(2 * most))).toBe(strange(2 * most));
    expect(secrets.clean(strange(4 * most - 1))).toBe('[redacted]');
  });

  it('is found in no time, though the login sent megabytes', () => {
    const secrets = new Secrets();
    secrets.addMessage(JSON.stringify(Array.from({ length: 300 }, (_, at) => strange(at).repeat(180))));
    let clean = '';
    const took = cpuMilliseconds(() => {
      clean = secrets.clean(`${strange(0)} ${'y'.repeat(1_000)}`);
    });
    expect(clean).toMatch(/^\[redacted\] y/);
    expect(took).toBeLessThan(5_000); // a minute and a gigabyte, when all of it was looked for
  });
});
