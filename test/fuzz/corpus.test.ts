// What fuzzing has found, run again: inputs that take ways of their own through the sources, and those that were broken once.
import { expect, it } from 'vitest';
import { readCorpus } from './corpus.mjs';
import { TARGETS } from './targets.ts';

it.each(Object.keys(TARGETS))('%s: no input breaks a promise', async (name) => {
  const inputs = readCorpus(name);
  expect(inputs.length).toBeGreaterThan(10);
  const target = TARGETS[name]!;
  for (const input of [...target.examples, ...inputs]) {
    try {
      await target.run(input);
    } catch (cause) {
      const again = `npm run fuzz -- --target ${name} --input ${Buffer.from(input).toString('base64')}`;
      throw new Error(`${String(cause)}\n  ${again}`, { cause });
    }
  }
});
