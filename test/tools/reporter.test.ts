import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ROOT } from '../architecture/tree.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdline-reporter-'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  mkdirSync(join(folder, 'test'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs vitest with the reporter on a test file of this text. */
function run(text: string, env: NodeJS.ProcessEnv, ...args: string[]) {
  writeFileSync(join(folder, 'test/some.test.js'), `import { expect, test } from 'vitest';\n${text}`);
  const counts = join(folder, 'counts.json');
  const reporter = `--reporter=${join(ROOT, 'test/tools/reporter.ts')}`;
  const vitest = join(ROOT, 'node_modules/vitest/vitest.mjs');
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    // Threads start faster than processes.
    [vitest, 'run', '--pool=threads', '--root', folder, reporter, ...args],
    {
      encoding: 'utf8',
      env: { ...process.env, ...env, HOLDLINE_COUNTS_FILE: counts },
    },
  );
  return { status, output: stdout + stderr, counts: JSON.parse(readFileSync(counts, 'utf8')) as unknown };
}

const ONE_OF_EACH = `
test('good', () => {});
test.skip('skipped', () => {});
test.todo('later');
`;

test('what passes is counted', () => {
  const { status, counts } = run("test('one', () => {}); test('two', () => {});", { CI: 'true' });
  expect({ status, counts }).toEqual({ status: 0, counts: { passed: 2, failed: 0, skipped: 0 } });
});

test('a skipped test fails the run with CI=true, and is named', () => {
  const { status, output, counts } = run(ONE_OF_EACH, { CI: 'true' });
  expect({ status, counts }).toEqual({ status: 1, counts: { passed: 1, failed: 0, skipped: 2 } });
  expect(output).toContain('test/some.test.js > skipped');
  expect(output).toContain('test/some.test.js > later');
  expect(output).toContain('With CI=true no test may be skipped.');
});

test('elsewhere it is only named', () => {
  const { status, output } = run(ONE_OF_EACH, { CI: '' });
  expect(status).toBe(0);
  expect(output).toContain('test/some.test.js > skipped');
});

test('a test that a name pattern left out is not a skipped one', () => {
  const { status } = run("test('one', () => {}); test('two', () => {});", { CI: 'true' }, '-t', 'one');
  expect(status).toBe(0);
});

test('failures are counted, so are files that do not load', () => {
  writeFileSync(join(folder, 'test/broken.test.js'), "throw new Error('no');");
  const { status, counts } = run("test('bad', () => expect(1).toBe(2)); test('good', () => {});", {});
  expect({ status, counts }).toEqual({ status: 1, counts: { passed: 1, failed: 2, skipped: 0 } });
});
