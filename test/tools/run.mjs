// Small helpers for the scripts in this folder: run a program with its output passed through, compare ages of files.
import { spawn } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of package.json. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Runs a program in the project's folder, with the programs of node_modules in reach and the output passed
 * through. Resolves to its exit code; a signal counts as 1, as does a program that cannot be started.
 * @param {string} program
 * @param {string[]} [args]
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<number>}
 */
export function run(program, args = [], env = {}) {
  const path = join(ROOT, 'node_modules', '.bin') + delimiter + (process.env.PATH ?? '');
  const child = spawn(program, args, {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, PATH: path, ...env },
    // npm's programs are .cmd files on Windows, which only a shell can start.
    shell: process.platform === 'win32',
  });
  return new Promise((resolve) => {
    child.once('error', (error) => {
      console.error(`${program}: ${error.message}`);
      resolve(1);
    });
    child.once('close', (code) => resolve(code ?? 1));
  });
}

/** Whether dist/ is missing, or older than what it is made of. */
export function isStale() {
  const built = newest('dist/index.node.js');
  const sources = ['src', 'package.json', 'tsup.config.ts', 'test/tools/build.mjs'];
  return sources.some((source) => newest(source) > built);
}

/**
 * Time of the newest change in a file or a folder with all that is in it, 0 when there is none.
 * @param {string} path from the project's folder
 * @returns {number} milliseconds since 1970
 */
export function newest(path) {
  const full = join(ROOT, path);
  const stat = statSync(full, { throwIfNoEntry: false });
  if (!stat) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(stat.mtimeMs, ...readdirSync(full).map((name) => newest(join(path, name))));
}
