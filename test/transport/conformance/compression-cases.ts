import { describe, expect, it } from 'vitest';
import type { Context } from './describe-transport.ts';
import { firstDifference, sampleBytes } from './sample-bytes.ts';

/** What a server may agree to when it is offered what browsers offer (RFC 7692, 7.1). */
const AGREEMENTS: readonly [what: string, deflate: object][] = [
  ['as it was offered', {}],
  ['without memory on either side', { serverNoContextTakeover: true, clientNoContextTakeover: true }],
  ['without memory on the server’s side', { serverNoContextTakeover: true }],
  ['without memory on ours', { clientNoContextTakeover: true }],
  ['with windows of 2^9', { serverMaxWindowBits: 9, clientMaxWindowBits: 9 }],
  [
    'with windows of 2^12, ours without memory',
    { serverMaxWindowBits: 12, clientMaxWindowBits: 12, clientNoContextTakeover: true },
  ],
];

/** Text that repeats itself; now and then something new. */
function wordy(length: number): string {
  const words: string[] = [];
  for (let at = 0; at <= length / 8; at++) words.push(((at * at * 2_654_435_761) % 9_973).toString(36));
  return words.join(' é ').slice(0, length);
}

const SAMPLES = [0, 1, 125, 1_024, 5_000, 70_000, 1024 * 1024].map(
  (length) => [length, wordy(length), sampleBytes(length, 31)] as const,
);

export function compressionCases({ connect, abilities }: Context): void {
  const to = (path: string, deflate: object): string =>
    `${path}${path.includes('?') ? '&' : '?'}deflate=${encodeURIComponent(JSON.stringify(deflate))}`;

  describe('compression', () => {
    it.each(AGREEMENTS)(
      '%s: text and bytes of any size come back as they were (#93, #94, #97, #98)',
      async (_, deflate) => {
        const session = connect(to('/echo', deflate));
        const { info } = await session.until('open');
        expect(info.extensions).toMatch(/^permessage-deflate/);
        for (const [length, text, bytes] of SAMPLES) {
          session.transport.send(text);
          session.transport.send(bytes);
          session.transport.send(text);
          expect((await session.message()) === text, `text of ${length}`).toBe(true);
          const back = (await session.message()) as Uint8Array;
          expect(back.length).toBe(length);
          expect(firstDifference(back, bytes)).toBe(-1);
          expect((await session.message()) === text, `text of ${length} again`).toBe(true);
        }
      },
    );

    it('puts compressed fragments together, a Ping and an empty fragment between them (#61, #95)', async () => {
      expect(await connect(to('/fragments', {})).message()).toBe('Grüße, 世界');
    });

    it('delivers a burst of 200 in order, the first with the 101', async () => {
      const session = connect(to('/burst?n=200', {}));
      for (let index = 0; index < 200; index += 1) expect(await session.message()).toBe(`message ${index}`);
    });

    it('sends 200 in order, some compressed, some not, some Blobs (#96, #100)', async () => {
      const session = await connect(to('/echo', {})).open();
      const texts = Array.from({ length: 200 }, (_, index) => `${index} ${wordy((index * 37) % 3_000)}`);
      texts.forEach((text, index) => {
        const data = index % 7 === 3 ? new Blob([text]) : text;
        session.transport.send(data, index % 3 === 0 ? { compress: false } : {});
      });
      for (const text of texts) {
        const message = await session.message();
        expect(typeof message === 'string' ? message : new TextDecoder().decode(message)).toBe(text);
      }
    });

    it('is off where the server does not agree (#101)', async () => {
      const session = connect('/echo');
      expect((await session.until('open')).info.extensions).toBe('');
      const text = wordy(5_000);
      session.transport.send(text);
      expect(await session.message()).toBe(text);
    });

    it('that was not offered is no connection (#33)', async () => {
      const { error } = await connect('/unoffered-extension').closed();
      expect(error).toMatchObject({
        name: 'HandshakeError',
        ...(abilities.evidence ? { code: 'HANDSHAKE_EXTENSION' } : {}),
      });
    });

    it('that is corrupt ends the connection (#99, attack 4)', async () => {
      const session = connect('/corrupt-deflate');
      const closure = await session.closed();
      expect(session.types).toEqual(['open', 'close']);
      expect(closure).toMatchObject({ code: 1006, reason: '', wasClean: false });
      expect(closure.error?.code).toBe(abilities.evidence ? 'INVALID_PAYLOAD' : 'CONNECTION_LOST');
    });
  });
}
