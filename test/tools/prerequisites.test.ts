import { spawnSync } from 'node:child_process';
import { expect, test, vi } from 'vitest';
import { CHROMIUM_FLAGS, ensure, findChromium, findProgram, type Machine, NEEDS } from './prerequisites.mjs';

/** A machine without a browser, with a record of what was said and run. */
function bare(options: { debian: boolean; root: boolean; cured?: boolean }) {
  const lines: string[] = [];
  const commands: string[] = [];
  let missing = ['chromium'];
  const machine: Machine = {
    needs: { browser: { why: 'tests in a browser', missing: () => missing, elsewhere: 'get a browser' } },
    debian: () => options.debian,
    root: () => options.root,
    apt: (args) => {
      commands.push(args.join(' '));
      if (args[0] === 'install' && options.cured !== false) missing = [];
    },
    say: (line) => lines.push(line),
  };
  return { machine, lines, commands };
}

test('root on Debian installs what is missing and says why', () => {
  const { machine, lines, commands } = bare({ debian: true, root: true });
  expect(ensure(undefined, machine)).toBe(true);
  expect(lines).toEqual(['missing for tests in a browser: chromium', 'installing with apt-get: chromium']);
  expect(commands).toEqual(['update', 'install -y --no-install-recommends chromium']);
});

test('an install that did not help is an error', () => {
  const { machine } = bare({ debian: true, root: true, cured: false });
  expect(() => ensure(undefined, machine)).toThrow('Still missing after apt-get install: browser');
});

test('others on Debian get the one line to run', () => {
  const { machine, lines, commands } = bare({ debian: true, root: false });
  expect(ensure(['browser'], machine)).toBe(false);
  expect(lines.at(-1)).toBe(
    '  sudo apt-get update && sudo apt-get install -y --no-install-recommends chromium',
  );
  expect(commands).toEqual([]);
});

test('other systems get theirs', () => {
  const { machine, lines } = bare({ debian: false, root: true });
  expect(ensure(['browser'], machine)).toBe(false);
  expect(lines.at(-1)).toBe('  get a browser');
});

test('an unknown need is an error that names the known ones', () => {
  expect(() => ensure(['nginx'], bare({ debian: true, root: true }).machine)).toThrow('known are: browser');
});

test('an optional need is looked at only when it is named', () => {
  const { machine, lines } = bare({ debian: false, root: true });
  const why = 'measuring';
  const needs = { bench: { why, missing: () => ['gcc'], elsewhere: 'get a compiler', optional: true } };
  expect(ensure(undefined, { ...machine, needs })).toBe(true);
  expect(ensure(['bench'], { ...machine, needs })).toBe(false);
  expect(lines.at(-1)).toBe('  get a compiler');
});

test('this machine has what the tests need', () => {
  for (const [name, need] of Object.entries(NEEDS)) {
    if (!need.optional) expect([name, need.missing()]).toEqual([name, []]);
  }
});

test('the browser that was found starts', () => {
  const path = findChromium();
  const run = spawnSync(path!, [...CHROMIUM_FLAGS, '--version'], { encoding: 'utf8' });
  expect(run.stdout).toMatch(/Chrom/);
});

test('CHROMIUM_PATH wins, and must name a program', () => {
  vi.stubEnv('CHROMIUM_PATH', process.execPath);
  expect(findChromium()).toBe(process.execPath);
  vi.stubEnv('CHROMIUM_PATH', '/no/such/browser');
  expect(() => findChromium()).toThrow('CHROMIUM_PATH is set to /no/such/browser');
  vi.unstubAllEnvs();
});

test('programs are found by name', () => {
  expect(findProgram('sh')).toMatch(/\/sh$/);
  expect(findProgram('no-such-program-here')).toBeUndefined();
});
