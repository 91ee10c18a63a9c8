import { describe, expect, it } from 'vitest';
import { acceptFor, createKey } from '../../src/protocol/accept.ts';
import { createScriptedRandom } from '../../src/testing/scripted-random.ts';
import { acceptOf, SAMPLE_ACCEPT, SAMPLE_KEY, SAMPLE_NONCE } from '../tools/engine-harness.ts';

describe('Sec-WebSocket-Key and -Accept', () => {
  it('is base64 of 16 random bytes, as in RFC 6455, 1.3 (#20)', () => {
    expect(createKey(createScriptedRandom({ bytes: SAMPLE_NONCE }))).toBe(SAMPLE_KEY);
  });

  it('draws exactly 16 bytes, new ones for each key (#21)', () => {
    const random = createScriptedRandom({ bytes: Array.from({ length: 32 }, (_, index) => index) });
    expect(createKey(random)).toBe('AAECAwQFBgcICQoLDA0ODw==');
    expect(createKey(random)).toBe('EBESExQVFhcYGRobHB0eHw==');
    expect(() => createKey(random)).toThrow('no more bytes');
  });

  it('is proved read by the accept of RFC 6455, 1.3 (#32)', () => {
    expect(acceptFor(SAMPLE_KEY)).toBe(SAMPLE_ACCEPT);
  });

  it('agrees with the platform about any key', () => {
    for (const key of ['', 'AAECAwQFBgcICQoLDA0ODw==', 'x'.repeat(200)]) {
      expect(acceptFor(key)).toBe(acceptOf(key));
    }
  });
});
