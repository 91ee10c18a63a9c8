import { randomBytes } from 'node:crypto';
import * as zlib from 'node:zlib';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { Deflater } from '../../../../src/protocol/ports.ts';
import {
  createDeflater,
  MessageWiseDeflater,
  StreamDeflater,
} from '../../../../src/transport/tcp/deflate/deflater.ts';
import { PeerInflater, TAIL } from '../../../tools/deflate.ts';
import { farthestDistance } from '../../../tools/farthest-distance.ts';
import { PROPERTY_RUNS, PROPERTY_TIMEOUT } from '../../../tools/property-runs.ts';
import { withoutInsides } from '../../../tools/zlib.ts';

const made: Deflater[] = [];
afterEach(() => {
  for (const deflater of made.splice(0)) deflater.release();
});

function deflaters(windowBits: number, level = 6): [name: string, deflater: Deflater][] {
  const settings = { windowBits, level, memLevel: 8 };
  const output = new Uint8Array(1024);
  const pair: [string, Deflater][] = [
    ['by the stream', createDeflater(zlib, settings, output)],
    ['message by message', createDeflater(withoutInsides(), settings, output)],
  ];
  made.push(...pair.map(([, deflater]) => deflater));
  return pair;
}

const body = (deflater: Deflater, bytes: Uint8Array): Uint8Array => deflater.deflate(bytes).slice(0, -4);

describe('a deflater', () => {
  it('drives a stream where this runtime lets it, else makes do with what is documented', () => {
    expect(deflaters(15).map(([, one]) => one.constructor)).toEqual([StreamDeflater, MessageWiseDeflater]);
  });

  it(
    'ends each part in a flush, and is read back in any window, with memory of parts before or without (#97)',
    () => {
      const parts = fc.array(
        fc.oneof(
          fc.uint8Array({ maxLength: 40 }),
          fc
            .tuple(fc.uint8Array({ minLength: 1, maxLength: 9 }), fc.nat(2_000))
            .map(([some, count]) =>
              Uint8Array.from({ length: count }, (_, at) => some[at % some.length] as number),
            ),
        ),
        { maxLength: 5 },
      );
      fc.assert(
        fc.property(parts, fc.integer({ min: 8, max: 15 }), fc.boolean(), (list, bits, takeover) => {
          for (const [, deflater] of deflaters(bits)) {
            const peer = new PeerInflater(takeover, bits);
            for (const bytes of list) {
              const result = deflater.deflate(bytes);
              if (bytes.length > 0) expect([...result.subarray(-4)]).toEqual([...TAIL]);
              if (result.length > 0) expect(Buffer.compare(peer.inflate(result.slice(0, -4)), bytes)).toBe(0);
              if (!takeover) deflater.reset();
            }
            deflater.release();
          }
          made.length = 0;
        }),
        { numRuns: Math.ceil(PROPERTY_RUNS / 20) },
      );
    },
    PROPERTY_TIMEOUT,
  );

  it('never refers further back than the window agreed on, 2^8 included, which zlib does not have (#94, #97)', () => {
    const noise = randomBytes(200);
    // Something to refer to at every third distance up to 337.
    const bytes = Buffer.concat(
      Array.from({ length: 100 }, (_, index) =>
        Buffer.concat([noise.subarray(0, 40), randomBytes(index * 3), noise.subarray(0, 40)]),
      ),
    );
    for (const bits of [8, 9, 10]) {
      for (const level of [1, 3, 6, 9]) {
        for (const [name, deflater] of deflaters(bits, level)) {
          const farthest = farthestDistance(deflater.deflate(bytes));
          expect(farthest, `${name}, ${bits} bits`).toBeLessThanOrEqual(2 ** bits);
          expect(farthest, `${name}, ${bits} bits`).toBeGreaterThan(200);
          const again = farthestDistance(deflater.deflate(bytes));
          expect(again).toBeLessThanOrEqual(2 ** bits);
        }
      }
    }
  });

  it('forgets when told to', () => {
    for (const [, deflater] of deflaters(15)) {
      const bytes = randomBytes(500);
      const first = body(deflater, bytes).length;
      expect(body(deflater, bytes).length).toBeLessThan(20);
      deflater.reset();
      expect(body(deflater, bytes).length).toBe(first);
    }
  });

  it('takes what outgrows its memory', () => {
    for (const [, deflater] of deflaters(15)) {
      const bytes = randomBytes(300_000);
      const peer = new PeerInflater(true, 15);
      for (let round = 0; round < 2; round++) {
        expect(Buffer.compare(peer.inflate(body(deflater, bytes)), bytes)).toBe(0);
      }
    }
  });

  it('works harder the higher its level', () => {
    const words = randomBytes(40).toString('hex').match(/.{8}/g) as string[];
    const text = Buffer.from(Array.from({ length: 5_000 }, (_, at) => words[(at * at) % 7]).join(' '));
    const size = (level: number): number =>
      (deflaters(15, level)[0] as [string, Deflater])[1].deflate(text).length;
    expect(size(9)).toBeLessThan(size(1));
  });
});
