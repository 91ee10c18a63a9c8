#!/usr/bin/env node
// `npm run bench`: bundles the driver (Node 20 strips no types) beside the packages that it uses, and runs it.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { ROOT, run } from '../../tools/run.mjs';

const cache = join(ROOT, 'node_modules', '.cache', 'holdline', 'bench');
mkdirSync(cache, { recursive: true });
const folder = mkdtempSync(join(cache, 'driver-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
const outfile = join(folder, 'main.mjs');
await build({
  absWorkingDir: ROOT,
  entryPoints: ['test/bench/speed/main.ts'],
  outfile,
  bundle: true,
  packages: 'external',
  // These know whether they are the program that was started; inside a bundle they would think so.
  external: ['./test/tools/*.mjs'],
  platform: 'node',
  format: 'esm',
  target: 'node20',
  sourcemap: 'inline',
  logLevel: 'warning',
});
// Ctrl-C is for the driver, which is in the same terminal and ends by it: its exit code is ours.
process.on('SIGINT', () => {});
process.exitCode = await run(process.execPath, ['--enable-source-maps', outfile, ...process.argv.slice(2)]);
