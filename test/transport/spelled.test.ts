import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { characters, formsOf } from '../../src/transport/spelled.ts';
import { PROPERTY_RUNS, PROPERTY_TIMEOUT } from '../tools/property-runs.ts';

const spelled = (text: string): string => characters(text).spelled;

describe('a text by its characters', () => {
  it.each([
    ['in lower case, without blanks and punctuation', 'A b-C_d+E/f=.'],
    ['percent-encoded', '%41b%63%2dd%45f'],
    ['percent-encoded twice', '%2541bcdef'],
    ['in JSON', String.raw`\u0041bc\u0064ef`],
    ['in HTML', '&#x41;b&#99;d&amp;ef'],
  ])('%s', (_what, text) => {
    expect(spelled(text)).toBe('abcdef');
  });

  it('each with where it begins and ends', () => {
    const { starts, ends, codes } = characters('a%42 c');
    expect(codes).toEqual(Uint16Array.from([97, 98, 99]));
    expect([...starts.subarray(0, 3)]).toEqual([0, 1, 5]);
    expect([...ends.subarray(0, 3)]).toEqual([1, 4, 6]);
  });

  it('in which escapes stand for themselves, where they do', () => {
    expect(characters('%41', false).spelled).toBe('%41');
  });
});

describe('the forms of a secret', () => {
  // A lone surrogate becomes U+FFFD, as in UTF-8.
  const secrets = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });

  it('are its bytes in hexadecimal and in base64, wherever it begins there', {
    timeout: PROPERTY_TIMEOUT,
  }, () => {
    fc.assert(
      fc.property(secrets, fc.nat(2), (secret, before) => {
        const bytes = Buffer.from(secret);
        const forms = formsOf(secret);
        expect(forms).toContain(bytes.toString('hex'));
        const base64 = spelled(
          Buffer.concat([Buffer.alloc(before, 'x'), bytes, Buffer.from('yy')]).toString('base64'),
        );
        expect(base64).toContain(forms.at(before - 3));
      }),
      { numRuns: PROPERTY_RUNS },
    );
  });

  it('are the same without TextEncoder and btoa, as in React Native', () => {
    const all = formsOf('pässwörd-\ud800-響應-🔑');
    vi.stubGlobal('TextEncoder', undefined);
    vi.stubGlobal('btoa', undefined);
    expect(formsOf('pässwörd-\ud800-響應-🔑')).toEqual(all);
    expect(all).toContain(spelled(Buffer.from('pässwörd-\ud800-響應-🔑').toString('base64')).slice(0, -1));
  });
});
