import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { MUTANTS } from '../simulation/mutants.mjs';

// A run makes a few of them only; a change of the sources must not be heard of by the one that meets another.
it.each(MUTANTS.flatMap(({ name, edits }) => edits.map(({ file, find }) => [name, file, find] as const)))(
  'the mistake "%s" can still be made in %s',
  (_name, file, find) => {
    const source = readFileSync(join(import.meta.dirname, '../../src', file), 'utf8');
    expect(source.split(find).length - 1).toBe(1);
  },
);
