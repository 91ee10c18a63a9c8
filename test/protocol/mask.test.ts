import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { systemRandom } from '../../src/base/random.ts';
import { MaskKeys, maskInPlace } from '../../src/protocol/mask.ts';
import { createScriptedRandom } from '../../src/testing/scripted-random.ts';
import { hex } from '../tools/engine-harness.ts';
import { PROPERTY_RUNS, PROPERTY_TIMEOUT } from '../tools/property-runs.ts';

/** The sample key 37 FA 21 3D as a number, the first byte lowest. */
const KEY = 0x3d21fa37;

/** RFC 6455, 5.3, word by word: "transformed-octet-i = original-octet-i XOR masking-key-octet-(i MOD 4)". */
function maskedByTheBook(bytes: Uint8Array, key: number): number[] {
  const octets = [key & 0xff, (key >>> 8) & 0xff, (key >>> 16) & 0xff, key >>> 24];
  return [...bytes].map((octet, index) => octet ^ (octets[index % 4] as number));
}

describe('maskInPlace', () => {
  it('masks "Hello" as in RFC 6455, 5.7', () => {
    const memory = hex('48 65 6c 6c 6f');
    maskInPlace(memory, 0, 5, KEY);
    expect(memory).toEqual(hex('7f 9f 4d 51 58'));
  });

  it('obeys the book at every alignment and length, and touches nothing else', () => {
    for (let offset = 0; offset < 4; offset++) {
      for (let start = 0; start < 5; start++) {
        for (const length of [0, 1, 3, 4, 5, 46, 47, 48, 49, 50, 51, 52, 53, 63, 64, 100, 4099]) {
          const block = new Uint8Array(new ArrayBuffer(offset + start + length + 9), offset);
          for (let at = 0; at < block.length; at++) block[at] = (at * 31 + 7) & 0xff;
          const before = [...block];
          const end = start + length;
          maskInPlace(block, start, end, KEY | 0x80000000);
          const expected = maskedByTheBook(Uint8Array.from(before.slice(start, end)), KEY | 0x80000000);
          const where = `offset ${offset}, start ${start}, length ${length}`;
          expect([...block.subarray(start, end)], where).toEqual(expected);
          expect([...block.subarray(0, start)], where).toEqual(before.slice(0, start));
          expect([...block.subarray(end)], where).toEqual(before.slice(end));
        }
      }
    }
  });

  it(
    'obeys the book for any bytes and key, and undoes itself',
    () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(7), fc.integer(), (bytes, start, key) => {
          const from = Math.min(start, bytes.length);
          const memory = bytes.slice();
          maskInPlace(memory, from, memory.length, key);
          expect([...memory.subarray(from)]).toEqual(maskedByTheBook(bytes.subarray(from), key));
          maskInPlace(memory, from, memory.length, key);
          expect(memory).toEqual(bytes);
        }),
        { numRuns: PROPERTY_RUNS },
      );
    },
    PROPERTY_TIMEOUT,
  );
});

describe('MaskKeys (#45, attack 21)', () => {
  const counting = (): number[] => Array.from({ length: 64 + 4096 }, (_, index) => (index * 5 + 1) & 0xff);

  it('cuts keys from the random bytes in order, the first byte lowest', () => {
    const keys = new MaskKeys(createScriptedRandom({ bytes: [...SAMPLE, ...new Array(56).fill(0)] }));
    expect(keys.next()).toBe(KEY);
    expect(keys.next()).toBe(-1);
    expect(keys.next()).toBe(0);
  });

  it('uses every random byte once, over the first small block and the large ones', () => {
    const bytes = counting();
    const keys = new MaskKeys(createScriptedRandom({ bytes }));
    const seen: number[] = [];
    for (let index = 0; index < bytes.length / 4; index++) {
      const key = keys.next();
      seen.push(key & 0xff, (key >>> 8) & 0xff, (key >>> 16) & 0xff, key >>> 24);
    }
    expect(seen).toEqual(bytes);
    expect(() => keys.next()).toThrow('no more bytes');
  });

  it('draws 16 keys for a start, 1,024 at a time after that', () => {
    const sizes: number[] = [];
    const keys = new MaskKeys({ fill: (target) => sizes.push(target.length) });
    for (let index = 0; index < 16; index++) keys.next();
    expect(sizes).toEqual([64]);
    for (let index = 0; index < 1024; index++) keys.next();
    expect(sizes).toEqual([64, 4096]);
    keys.next();
    expect(sizes).toEqual([64, 4096, 4096]);
  });

  it('leaves no spent key in its memory', () => {
    let pool = new Uint8Array(0);
    const keys = new MaskKeys({
      fill: (target) => {
        pool = target as typeof pool;
        target.fill(0xaa);
      },
    });
    keys.next();
    keys.next();
    expect([...pool.subarray(0, 12)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0xaa, 0xaa, 0xaa, 0xaa]);
  });

  it('gives 100,000 keys of the machine, spread as chance spreads them', () => {
    const keys = new MaskKeys(systemRandom);
    const seen = new Set<number>();
    let ones = 0;
    for (let index = 0; index < 100_000; index++) {
      const key = keys.next();
      seen.add(key);
      for (let bit = 0; bit < 32; bit++) ones += (key >>> bit) & 1;
    }
    // About one pair among 100,000 numbers of 32 bits is equal; twenty are not chance.
    expect(seen.size).toBeGreaterThan(100_000 - 20);
    expect(Math.abs(ones / 3_200_000 - 0.5)).toBeLessThan(0.005);
  });
});

/** 37 FA 21 3D, then a key of ones. */
const SAMPLE = [0x37, 0xfa, 0x21, 0x3d, 0xff, 0xff, 0xff, 0xff];
