// A program that sends much and closes at once, in a process of its own: all that can goes out, and the process ends.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { HANG_MS } from '../tools/patience.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdline-closing-'));
const program = join(folder, 'closing.mjs');

beforeAll(async () => {
  await build({
    entryPoints: [join(import.meta.dirname, '../tools/closing-program.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    mainFields: ['module', 'main'],
  });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the program against a server that treats its connection so; what it printed, and what came. */
async function run(count: number, closeTimeout: number, treat: (socket: WebSocket) => void) {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  await once(server, 'listening');
  const received: number[] = [];
  server.on('connection', (socket) => {
    socket.on('message', (data: Buffer) => received.push(data[0] as number));
    treat(socket);
  });
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    const args = [program, url, String(count), String(closeTimeout)];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { timeout: HANG_MS / 2 });
    return { stderr, received, ...JSON.parse(stdout) };
  } finally {
    for (const socket of server.clients) socket.terminate();
    server.close();
  }
}

it('delivers 48 MiB to a server that is slow to read, in order, before it closes', async () => {
  const { stderr, received, wasClean, counts } = await run(48, 10_000, (socket) => {
    socket.pause();
    setTimeout(() => socket.resume(), 200);
  });
  expect([stderr, wasClean, counts]).toEqual(['', true, { 'handed-off': 48 }]);
  expect(received).toEqual(Array.from({ length: 48 }, (_, at) => at));
});

it('does not wait for ever for a server that reads nothing', async () => {
  const { stderr, received, wasClean, counts } = await run(64, 400, (socket) => socket.pause());
  expect([stderr, received, wasClean]).toEqual(['', [], false]);
  expect(counts['CLIENT_CLOSED not-sent']).toBeGreaterThan(0);
  expect(counts['CLIENT_CLOSED not-sent'] + counts['handed-off']).toBe(64);
});
