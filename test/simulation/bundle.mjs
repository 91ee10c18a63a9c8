// Makes the program that plays seeds, as one module in a temporary folder: of the sources as they are, or with one text in
// them replaced.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { build } from 'esbuild';
import { ROOT } from '../tools/run.mjs';

/** @typedef {import('./mutants.mjs').Mutant} Mutant */

/** @type {string[]} */
const folders = [];
process.once('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/**
 * Returns the path of the program. It is taken away when this process ends.
 * @param {Mutant} [mutant]
 * @returns {Promise<string>}
 */
export async function bundleSeeds(mutant) {
  const folder = mkdtempSync(join(tmpdir(), 'holdline-seeds-'));
  folders.push(folder);
  const outfile = join(folder, 'seeds.mjs');
  /** @type {import('esbuild').Plugin[]} */
  const plugins = mutant === undefined ? [] : [{ name: 'mutant', setup: (hooks) => mutate(hooks, mutant) }];
  await build({
    absWorkingDir: ROOT,
    entryPoints: ['test/simulation/seeds.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'warning',
    mainFields: ['module', 'main'],
    plugins,
  });
  return outfile;
}

/**
 * @param {import('esbuild').PluginBuild} hooks
 * @param {Mutant} mutant
 */
function mutate({ onLoad }, mutant) {
  onLoad({ filter: /\.ts$/ }, ({ path }) => {
    const file = relative(join(ROOT, 'src'), path).replaceAll('\\', '/');
    if (!mutant.edits.some((edit) => edit.file === file)) return undefined;
    return { contents: mutated(file, readFileSync(path, 'utf8'), mutant), loader: 'ts' };
  });
}

/**
 * The source with the mistake in it.
 * @param {string} file
 * @param {string} source
 * @param {Mutant} mutant
 */
export function mutated(file, source, { name, edits }) {
  let text = source;
  for (const edit of edits) {
    if (edit.file !== file) continue;
    const parts = text.split(edit.find);
    if (parts.length !== 2) {
      throw new Error(
        `${name}: its text stands ${parts.length - 1} times in src/${file}, and must stand there once.`,
      );
    }
    text = parts.join(edit.put);
  }
  return text;
}
