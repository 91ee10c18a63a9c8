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
  folder = mkdtempSync(join(tmpdir(), 'holdline-exit-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it.each(['esm', 'cjs'] as const)(
  'a closed connection leaves nothing behind, and the process exits by itself (%s)',
  async (format) => {
    const program = join(folder, format === 'esm' ? 'exit.mjs' : 'exit.cjs');
    await build({
      entryPoints: [join(import.meta.dirname, '../../tools/exit-program.ts')],
      outfile: program,
      bundle: true,
      platform: 'node',
      format,
      target: 'node20',
    });
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      [program, inject('conformanceUrl')],
      {
        timeout: HANG_MS / 2,
      },
    );
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      ends: [
        '1000',
        'CONNECTION_LOST',
        '4000',
        'HANDSHAKE_STATUS',
        'HANDSHAKE_CLOSED',
        'PROTOCOL',
        'HANDSHAKE_ABORTED',
        'HANDSHAKE_ABORTED',
        'CLOSE_TIMEOUT',
        'DNS',
        'HANDSHAKE_ABORTED',
        'PROXY',
        'PROXY',
        'CONNECT',
        'CONNECT',
        'CONNECT',
      ],
      held: [],
    });
  },
);
