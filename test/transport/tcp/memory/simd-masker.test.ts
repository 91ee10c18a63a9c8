import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { maskInPlace } from '../../../../src/protocol/mask.ts';
import { createSimdMemory, type SimdMemory } from '../../../../src/transport/tcp/memory/simd-masker.ts';
import { GENERATED, generateMasker } from '../../../tools/build-wasm.mjs';
import { PROPERTY_RUNS, PROPERTY_TIMEOUT } from '../../../tools/property-runs.ts';

const simd = createSimdMemory(1) as SimdMemory;

/** RFC 6455, 5.3: "transformed-octet-i = original-octet-i XOR masking-key-octet-(i MOD 4)". */
function byTheBook(bytes: Uint8Array, key: number): Uint8Array {
  return bytes.map((byte, index) => byte ^ (key >>> ((index % 4) * 8)));
}

/** `bytes` at `at`, masked there by WebAssembly; with what stands before and behind them. */
function masked(bytes: Uint8Array, at: number, key: number): Uint8Array {
  simd.bytes.fill(0xee, 0, at + bytes.length + 64);
  simd.bytes.set(bytes, at);
  simd.mask(at, bytes.length, key);
  return simd.bytes.slice(0, at + bytes.length + 64);
}

function expectAgreement(bytes: Uint8Array, at: number, key: number): void {
  const expected = new Uint8Array(at + bytes.length + 64).fill(0xee);
  expected.set(byTheBook(bytes, key), at);
  const inWords = new Uint8Array(expected.length).fill(0xee);
  inWords.set(bytes, at);
  maskInPlace(inWords, at, at + bytes.length, key);
  const where = `${bytes.length} bytes at ${at}`;
  expect(Buffer.compare(inWords, expected), `words, ${where}`).toBe(0);
  expect(Buffer.compare(masked(bytes, at, key), expected), `WebAssembly, ${where}`).toBe(0);
}

describe('masking by WebAssembly', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('is what its source says', async () => {
    expect(readFileSync(GENERATED, 'utf8')).toBe(await generateMasker());
  });

  it('masks as the loop over words and the one over bytes, at every length up to 300 and every alignment', () => {
    const bytes = Uint8Array.from({ length: 300 }, (_, index) => (index * 31 + 7) & 0xff);
    for (let length = 0; length <= 300; length++) {
      for (let at = 0; at < 17; at++) expectAgreement(bytes.subarray(0, length), at, 0x9d21fa37 | 0);
    }
  });

  it.each([1023, 1024, 4099, 65_000])('masks %d bytes', (length) => {
    const bytes = Uint8Array.from({ length }, (_, index) => (index * 131 + 5) & 0xff);
    for (const at of [0, 1, 6, 14, 15, 16]) expectAgreement(bytes, at, 0x3d21fa37);
  });

  it(
    'masks any bytes with any key, wherever they lie',
    () => {
      fc.assert(fc.property(fc.uint8Array({ maxLength: 500 }), fc.nat(70), fc.integer(), expectAgreement), {
        numRuns: PROPERTY_RUNS,
      });
    },
    PROPERTY_TIMEOUT,
  );

  it('has memory of whole pages, at least what was asked for', () => {
    expect(simd.bytes.length).toBe(65_536);
    expect(createSimdMemory(65_537)?.bytes.length).toBe(131_072);
  });

  it('is not there without WebAssembly, without SIMD, or without room for it', () => {
    const { Module, Instance, Memory } = WebAssembly;
    const without = (part: object): unknown => {
      vi.stubGlobal('WebAssembly', { Module, Instance, Memory, ...part });
      return createSimdMemory(1);
    };
    const refuse = class {
      constructor() {
        throw new RangeError('not here');
      }
    };
    expect(without({})).toBeDefined();
    expect(without({ Module: refuse })).toBeUndefined();
    expect(without({ Memory: refuse })).toBeUndefined();
    vi.stubGlobal('WebAssembly', undefined); // as with `node --jitless`
    expect(createSimdMemory(1)).toBeUndefined();
  });
});
