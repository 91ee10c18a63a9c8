import { describe, expect, it } from 'vitest';
import { previewOf } from '../../../src/client/records/preview.ts';
import { Secrets } from '../../../src/transport/secrets.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const same = <T>(said: T): T => said;
const shown = (payload: Uint8Array, most: number, opcode = 1, clean = same, length = payload.length) =>
  previewOf(payload, { opcode, length, most, clean });

describe('a preview', () => {
  it('is nothing unless it is asked for', () => {
    expect(shown(bytes('hello'), 0)).toEqual({});
  });

  it('shows text as text and all else as base64, whole or cut', () => {
    expect(shown(bytes('hello'), 5)).toEqual({ preview: 'hello', encoding: 'text' });
    expect(shown(bytes('hello'), 4)).toEqual({ preview: 'hell', encoding: 'text', cut: true });
    expect(shown(bytes('hello'), Number.POSITIVE_INFINITY, 2)).toEqual({
      preview: 'aGVsbG8=',
      encoding: 'base64',
    });
  });

  it('never cuts a character, and loses no byte of a fragment that begins inside of one', () => {
    expect(shown(bytes('aé'), 2)).toEqual({ preview: 'a', encoding: 'text', cut: true });
    expect(shown(bytes('é').subarray(1), 9, 0)).toEqual({ preview: 'qQ==', encoding: 'base64' });
    expect(shown(bytes('é').subarray(0, 1), 9)).toEqual({ preview: 'ww==', encoding: 'base64' });
  });

  it('says that there is more where it cannot be read: a Blob, a text too long to be looked through', () => {
    expect(shown(new Uint8Array(0), 9, 2, same, 7)).toEqual({ preview: '', encoding: 'base64', cut: true });
    const secrets = new Secrets();
    secrets.add('a-token-of-mine');
    const clean = <T>(said: T): T => secrets.clean(said);
    expect(shown(bytes('x'.repeat(70_000)), Number.POSITIVE_INFINITY, 1, clean)).toMatchObject({ cut: true });
  });

  it('shows no beginning of a secret that its end would cut', () => {
    const secrets = new Secrets();
    secrets.add('a-token-of-mine');
    const clean = <T>(said: T): T => secrets.clean(said);
    for (let most = 1; most < 30; most++)
      expect(shown(bytes('say a-token-of-mine now'), most, 1, clean).preview).not.toContain('a-t');
  });
});
