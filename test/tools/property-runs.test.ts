import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { listFiles } from '../architecture/tree.ts';
import { PROPERTY_SEED } from './property-runs.ts';

/** What a property was given before it failed, and the message of its failure. */
function failing(): { given: number[]; message: string } {
  const given: number[] = [];
  try {
    fc.assert(
      fc.property(fc.nat(), (number) => {
        given.push(number);
        return number < 10;
      }),
    );
  } catch (error) {
    return { given, message: (error as Error).message };
  }
  throw new Error('The property held.');
}

it('a property that fails says its seed and the path to the case', () => {
  expect(failing().message).toContain(`seed: ${PROPERTY_SEED}, path: "`);
});

it('a property is given the same values each time', () => {
  expect(failing().given).toEqual(failing().given);
});

it('every file that tests a property takes its seed from here', () => {
  const users = listFiles('test')
    .filter((path) => /\.test\.tsx?$/.test(path))
    .map((path) => ({ path, code: readFileSync(path, 'utf8') }))
    .filter(({ code }) => code.includes("from 'fast-check'"));
  expect(users.length).toBeGreaterThan(10);
  const strays = users.filter(({ code }) => !/(import|from) '[./]+(tools)?\/property-runs\.ts'/.test(code));
  expect(strays.map(({ path }) => path)).toEqual([]);
});
