// The package as npm would deliver it: packed, and installed into an empty project. Needs `npm run build`, no network.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { ROOT } from '../architecture/tree.ts';
import { HANG_MS } from '../tools/patience.ts';

/** What `npm pack` put into the tarball. */
export interface Packed {
  readonly files: readonly string[];
  readonly size: number;
  readonly unpackedSize: number;
}

/** A project of its own that has installed the tarball, with React beside it. */
export interface Project {
  readonly folder: string;
  readonly packed: Packed;
  /** Runs Node on a program text in the project; resolves to what it printed. Throws when it fails. */
  node(source: string, kind: 'module' | 'commonjs', flags?: readonly string[]): string;
  /** As {@link node}, for a program that should fail; what it wrote to stderr. */
  nodeFails(source: string, kind: 'module' | 'commonjs', flags?: readonly string[]): string;
}

/** package.json. */
export const manifest: {
  readonly exports: Readonly<Record<string, unknown>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
} = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

/** The entries that a program can import: 'holdline', 'holdline/node', … */
export const specifiers: readonly string[] = Object.keys(manifest.exports)
  .filter((name) => name !== './package.json')
  .map((name) => `holdline${name.slice(1)}`);

/** What the run of the tests installed, once for all files: test/package/set-up.ts. */
interface Installed {
  readonly folder: string;
  readonly packed: Packed;
}

declare module 'vitest' {
  export interface ProvidedContext {
    holdlineInstalled: Installed;
  }
}

/** Packs holdline and installs it. Its dependency and React come from node_modules, as tarballs: nothing is fetched. */
export function packAndInstall(): Installed {
  if (!existsSync(join(ROOT, 'dist/index.js')))
    throw new Error('dist/ is missing: run `npm run build` first.');
  const folder = mkdtempSync(join(tmpdir(), 'holdline-package-'));
  const packages = [ROOT, ...['eventemitter3', 'react'].map((name) => join(ROOT, 'node_modules', name))];
  const output = npm(folder, ['pack', '--json', '--ignore-scripts', ...packages]);
  const tarballs = JSON.parse(output) as {
    name: string;
    filename: string;
    size: number;
    unpackedSize: number;
    files: { path: string }[];
  }[];
  const own = tarballs.find(({ name }) => name === 'holdline');
  if (!own) throw new Error(`npm pack did not pack holdline: ${output}`);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'empty', private: true }));
  const names = tarballs.map(({ filename }) => `./${filename}`);
  npm(folder, ['install', '--offline', '--no-audit', '--no-fund', ...names]);
  const { size, unpackedSize } = own;
  return { folder, packed: { files: own.files.map(({ path }) => path), size, unpackedSize } };
}

/** The project that has installed holdline: one for all files of a run. */
export function install(): Project {
  const { folder, packed } = inject('holdlineInstalled');
  const run = (source: string, kind: 'module' | 'commonjs', flags: readonly string[] = []) =>
    spawnSync(process.execPath, [...flags, `--input-type=${kind}`, '--eval', source], {
      cwd: folder,
      encoding: 'utf8',
      timeout: HANG_MS,
    });
  return {
    folder,
    packed,
    node(source, kind, flags) {
      const { status, stdout, stderr } = run(source, kind, flags);
      if (status !== 0) throw new Error(`Node ended with ${status}:\n${source}\n${stderr}`);
      return stdout;
    },
    nodeFails(source, kind, flags) {
      const { status, stderr } = run(source, kind, flags);
      if (status === 0) throw new Error(`This should have failed:\n${source}`);
      return stderr;
    },
  };
}

function npm(folder: string, args: readonly string[]): string {
  return execFileSync('npm', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}
