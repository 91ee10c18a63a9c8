#!/usr/bin/env node
// Runs a program written in TypeScript: bundles it into one module in a temporary folder (Node 20 strips no types) and
// runs that in a Node of its own, Ctrl-C and output passed through.
//
//   node test/tools/run-ts.mjs [flags of node] path/to/program.ts [arguments]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { ROOT, run } from './run.mjs';

const words = process.argv.slice(2);
const at = words.findIndex((word) => word.endsWith('.ts'));
const program = words[at];
if (program === undefined) {
  console.error('usage: node test/tools/run-ts.mjs [flags of node] path/to/program.ts [arguments]');
  process.exit(1);
}

const folder = mkdtempSync(join(tmpdir(), 'holdline-run-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
const outfile = join(folder, 'program.mjs');
await build({
  absWorkingDir: ROOT,
  entryPoints: [program],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  sourcemap: 'inline',
  logLevel: 'warning',
  // eventemitter3 as a module; CommonJS packages (ws) find the `require` that they ask for.
  mainFields: ['module', 'main'],
  plugins: [
    {
      // Ours look at where they are, and whether they were started.
      name: 'scripts-stay-where-they-are',
      setup({ onResolve }) {
        onResolve({ filter: /^\..*\.mjs$/ }, ({ path, resolveDir }) =>
          resolveDir.includes('node_modules')
            ? undefined
            : { path: pathToFileURL(join(resolveDir, path)).href, external: true },
        );
      },
    },
  ],
  banner: { js: "import { createRequire as $r } from 'node:module'; const require = $r(import.meta.url);" },
});
// Ctrl-C is for the program, which is in the same terminal and ends by it: its exit code is ours.
process.on('SIGINT', () => {});
const flags = ['--enable-source-maps', ...words.slice(0, at)];
process.exitCode = await run(process.execPath, [...flags, outfile, ...words.slice(at + 1)]);
