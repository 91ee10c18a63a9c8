#!/usr/bin/env node
// `npm run test:tools`: starts main.ts. Node 20 strips no types, and the campaign needs the packages as they are installed:
// only its own files are bundled.
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { ROOT } from '../tools/run.mjs';

const outfile = join(ROOT, 'node_modules/.cache/holdline/tools-matrix.mjs');
await build({
  entryPoints: [fileURLToPath(new URL('main.ts', import.meta.url))],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  sourcemap: 'inline',
  plugins: [
    {
      name: 'scripts-stay-where-they-are',
      setup({ onResolve }) {
        onResolve({ filter: /\.mjs$/ }, ({ path, resolveDir }) => ({
          path: pathToFileURL(join(resolveDir, path)).href,
          external: true,
        }));
      },
    },
  ],
});
process.chdir(ROOT);
await import(pathToFileURL(outfile).href);
