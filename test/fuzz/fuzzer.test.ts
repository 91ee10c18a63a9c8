import { expect, it } from 'vitest';
import { Fuzzer } from './fuzzer.mjs';
import { withCounters } from './instrument.mjs';
import { chanceOf, mutate } from './mutate.mjs';

/** A target out of JavaScript with counters in it. */
function targetOf(body: string, words: readonly Uint8Array[] = []) {
  let count = 0;
  const counters = new Uint8Array(100);
  const code = withCounters(`function run(bytes) {${body}}`, () => `$b[${count++}]++`);
  const run = new Function(
    'counters',
    `${code.replace('globalThis.holdlineBranches', 'counters')};return run`,
  )(counters) as (bytes: Uint8Array) => void;
  const target = { examples: [], words, mostBytes: 20, run };
  return { target, counters: counters.subarray(0, count), code };
}

it('finds a way behind three bytes that chance alone would not guess, by the branches before it', async () => {
  const { target, counters } = targetOf(
    'if (bytes[0] === 0x48) if (bytes[1] === 0x69) if (bytes[2] === 0x21) throw new Error("deep");',
  );
  const fuzzer = new Fuzzer(target, counters, 1);
  await fuzzer.begin([]);
  while (fuzzer.findings.length === 0 && fuzzer.runs < 100_000) await fuzzer.step();
  expect(fuzzer.findings.map(({ error }) => (error as Error).message)).toEqual(['deep']);
  expect(String.fromCharCode(...(fuzzer.findings[0]?.input.subarray(0, 3) ?? []))).toBe('Hi!');
  for (let left = 1_000; left > 0; left--) await fuzzer.step();
  expect(fuzzer.findings.length).toBe(1); // the same error is one finding
});

it('keeps of its inputs the short ones that take all the ways', async () => {
  const { target, counters } = targetOf('for (const byte of bytes) if (byte > 0x7f) return; else continue;');
  const fuzzer = new Fuzzer(target, counters, 2);
  await fuzzer.begin([]);
  for (let left = 3_000; left > 0; left--) await fuzzer.step();
  const kept = await fuzzer.minimised();
  expect(kept.length).toBeLessThanOrEqual(fuzzer.corpus.length);
  const again = new Fuzzer(target, counters, 3);
  await again.begin(kept);
  expect([again.branches, again.features]).toEqual([fuzzer.branches, fuzzer.features]);
});

it('a counter stands in every way, and the program means the same', () => {
  const source = `
    const f = (a, b = a && 1) => a ? b ?? 2 : ({ b });
    function g(x) {
      if (x) for (let i = 0; i < x; i++) if (i === 1) break; else continue;
      switch (x) { case 1: case 'a:b': return 'one'; default: }
      try { if (x === 3) throw 0; } catch { return 'caught'; }
      do x++; while (x < 3);
      return x;
    }
    return [f(0), f(1), f(1, null), f(null, 4), g(0), g(1), g('a:b'), g(2), g(3)];`;
  let count = 0;
  const counters = new Uint8Array(100);
  const code = withCounters(`(() => {${source}})()`, () => `$b[${count++}]++`);
  const plain: unknown = new Function(source)();
  const body = code.replace('globalThis.holdlineBranches', 'counters').replace('(() =>', 'return (() =>');
  expect(new Function('counters', body)(counters)).toEqual(plain);
  expect([...counters.subarray(0, count)].filter((taken) => taken === 0)).toEqual([]);
  expect(count).toBe(19);
});

it('an input is changed by chance, chance by the seed, and no longer than it may be', () => {
  const all = (seed: number): string[] => {
    const chance = chanceOf(seed);
    const input = Uint8Array.of(1, 2, 3);
    return Array.from({ length: 500 }, () =>
      [...mutate(input, Uint8Array.of(9, 9), [Uint8Array.of(7, 7, 7)], 8, chance)].join(),
    );
  };
  expect(all(1)).toEqual(all(1));
  expect(all(1)).not.toEqual(all(2));
  expect(new Set(all(1)).size).toBeGreaterThan(300);
  expect(Math.max(...all(1).map((bytes) => bytes.split(',').length))).toBeLessThanOrEqual(8);
});
