import { expect, test } from 'vitest';
import { RandomPool } from '../../../../src/transport/tcp/memory/random-pool.ts';

/** Counts up, so that a byte which comes twice is seen; and counts the calls. */
function counting(): { fills: number[]; fill(target: Uint8Array): void } {
  let next = 0;
  const fills: number[] = [];
  return {
    fills,
    fill(target) {
      fills.push(target.length);
      for (let at = 0; at < target.length; at += 4) {
        new DataView(target.buffer, target.byteOffset).setUint32(at, ++next);
      }
    },
  };
}

test('many small fills are one of the source, and no part of it comes twice', () => {
  const source = counting();
  const pool = new RandomPool(source);
  const seen = new Set<number>();
  for (let round = 0; round < 200; round++) {
    const target = new Uint8Array(64);
    pool.fill(target);
    for (let at = 0; at < 64; at += 4) seen.add(new DataView(target.buffer).getUint32(at));
  }
  expect(seen.size).toBe(200 * 16);
  expect(seen.has(0)).toBe(false);
  expect(source.fills).toEqual([256, 4096, 4096, 4096, 4096]);
});

test('what is larger comes from the source', () => {
  const source = counting();
  const pool = new RandomPool(source);
  pool.fill(new Uint8Array(68));
  expect(source.fills).toEqual([68]);
});

test('of the machine’s generator, if nothing else is said', () => {
  const [one, other] = [new Uint8Array(16), new Uint8Array(16)];
  const pool = new RandomPool();
  pool.fill(one);
  pool.fill(other);
  expect(one).not.toEqual(other);
});

test('wipes what it has given out: a heap dump shows no key that was used', () => {
  let block = new Uint8Array(0);
  const pool = new RandomPool({
    fill: (target) => {
      block = target.fill(7) as typeof block;
    },
  });
  const key = new Uint8Array(16);
  pool.fill(key);
  expect([...key]).toEqual(new Array(16).fill(7));
  expect([...block.subarray(0, 17)]).toEqual([...new Array(16).fill(0), 7]);
});
