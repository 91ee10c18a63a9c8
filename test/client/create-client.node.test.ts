import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loginLoop } from '../../src/auth/login-loop.ts';
import { connect, createClient } from '../../src/client/create-client.node.ts';
import type { ClientOptions } from '../../src/client/options.ts';
import { HANG_MS } from '../tools/patience.ts';
import { type RpcServer, startRpcServer } from './rpc-server.ts';

let server: RpcServer;

beforeEach(async () => {
  server = await startRpcServer();
});
afterEach(() => server.close());

it('holds a conversation over TCP: login, request, answer, lost line, login again, outbox', async () => {
  const names = ['wrong', 'hlq', 'hlq'];
  const client = createClient({
    url: server.url,
    auth: loginLoop({ answer: () => names.shift() }),
    reconnect: { firstDelay: 10 },
  });
  client.handle('double', (n) => Number(n) * 2);
  const gaps: unknown[] = [];
  client.on('gap', (gap) => gaps.push(gap));
  expect(await client.request('sum', [1, 2])).toBe(3);
  await client.notify('ask me');
  await expect.poll(() => server.lines[0]?.at(-1)).toBe('{"jsonrpc":"2.0","id":"q","result":42}');
  const lost = new Promise((resolve) => client.once('lost', resolve));
  server.drop();
  await lost;
  expect(await client.send({ method: 'late' })).toEqual({ outcome: 'handed-off', epoch: 2 });
  expect(await client.request('sum', [3, 4])).toBe(7);
  expect(gaps).toEqual([{ previousEpoch: 1, epoch: 2, duration: expect.any(Number), recovered: false }]);
  expect(await client.close(1000, 'bye')).toMatchObject({ code: 1000, wasClean: true });
  expect(server.lines.map((line) => line.slice(0, 3))).toEqual([
    ['wrong', 'hlq', '{"jsonrpc":"2.0","id":1,"method":"sum","params":[1,2]}'],
    ['hlq', '{"method":"late"}', '{"jsonrpc":"2.0","id":2,"method":"sum","params":[3,4]}'],
  ]);
});

it('connects for a short conversation, with headers', async () => {
  const socket = await connect(server.url, { headers: { 'X-Team': 'blue' } });
  socket.send('hlq');
  expect(await socket.receive()).toBe('True');
  socket.send(Uint8Array.of(1, 2));
  expect(await socket.receive()).toEqual(Uint8Array.of(1, 2));
  expect(await socket.close()).toMatchObject({ code: 1005, wasClean: true });
});

it('opens with defaults alone, and refuses what is wrong at once', async () => {
  const socket = await connect(server.url);
  await socket.close();
  await expect(connect('nonsense')).rejects.toMatchObject({ code: 'INVALID_URL' });
  expect(() => createClient({} as ClientOptions)).toThrow(expect.objectContaining({ code: 'INVALID_URL' }));
});

it('lets the process exit by itself once everything is closed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdline-client-exit-'));
  const program = join(folder, 'exit.mjs');
  try {
    await build({
      entryPoints: [join(import.meta.dirname, '../tools/client-exit-program.ts')],
      outfile: program,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      // eventemitter3 is CommonJS; bundled as a module it asks for nothing that Node does not have.
      mainFields: ['module', 'main'],
    });
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [program, server.url], {
      timeout: HANG_MS / 2,
    });
    expect([stderr, JSON.parse(stdout)]).toEqual(['', [3, 'True', 'CLIENT_CLOSED']]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
