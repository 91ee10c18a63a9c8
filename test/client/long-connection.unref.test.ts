// A library that holds a line in the background must not keep its host program alive.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, inject, it } from 'vitest';

it.each(['for good', 'and back'])('a client that is unref()ed lets its program end (%s)', async (when) => {
  const words = [
    'test/tools/run-ts.mjs',
    'test/tools/unref-program.ts',
    `${inject('conformanceUrl')}/echo`,
    when,
  ];
  // A program that does not end is killed, and the call rejects.
  const { stdout } = await promisify(execFile)(process.execPath, words, { timeout: 30_000 });
  expect(stdout).toBe('done\n');
});
