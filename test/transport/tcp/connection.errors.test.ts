import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { HANG_MS } from '../../tools/patience.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdline-errors-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('a clean connection and its end make no error and no AbortController that nobody hears of', async () => {
  await build({
    entryPoints: [join(import.meta.dirname, '../../tools/count-errors-program.ts')],
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    // The program counts before it loads what is counted.
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
  });
  const program = join(folder, 'count-errors-program.mjs');
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [program, `${inject('conformanceUrl')}/echo`],
    {
      timeout: HANG_MS / 2,
    },
  );
  expect(JSON.parse(stdout)).toEqual({ seen: 2, codes: [1000, 1000, 1000, 1005], made: [] });
});
