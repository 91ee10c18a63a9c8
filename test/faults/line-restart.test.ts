// A server that restarts under many clients of one process: 300 in `npm test`, 2,000 in `npm run test:nightly`.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import { IN_FULL } from '../tools/campaign.ts';
import { startLineServer } from './line-server.ts';

const CLIENTS = IN_FULL ? 2_000 : 300;

/** As long as the real one of the storm, in the scale of the program's policy: 5 s, a fifth. */
const OUTAGE_MS = 1_000;

it('all clients of one process are back after a restart, with at most 4 attempts each on average', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdline-restart-'));
  const program = join(folder, 'clients.mjs');
  let server = await startLineServer();
  const { port } = server;
  try {
    await build({
      entryPoints: [join(import.meta.dirname, 'line-restart-program.ts')],
      outfile: program,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      mainFields: ['module', 'main'],
    });
    const child = spawn(process.execPath, [program, String(port), String(CLIENTS)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = new Promise((resolve) => child.once('exit', resolve));
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    expect((await lines.next()).value).toBe('ready');
    expect(server.open).toBe(CLIENTS);

    await server.close();
    await new Promise((resolve) => setTimeout(resolve, OUTAGE_MS));
    server = await startLineServer(port);

    const { lost, attempts, most } = JSON.parse((await lines.next()).value);
    expect(lost).toBe(CLIENTS);
    expect(attempts / CLIENTS).toBeLessThanOrEqual(4);
    expect(most).toBeGreaterThan(1);
    expect(await exited).toBe(0);
  } finally {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
