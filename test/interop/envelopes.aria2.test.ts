// jsonRpc() with aria2, a download manager that is driven by JSON-RPC over a WebSocket.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../src/client/client.ts';
import { createClient } from '../../src/client/create-client.node.ts';
import { jsonRpc } from '../../src/messaging/json-rpc.ts';
import { findProgram } from '../tools/prerequisites.mjs';

const SECRET = 'token:of-the-test';

let port = 0;
let folder = '';
let files: Server;
let aria2: ChildProcess;

async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function startAria2(): ChildProcess {
  const program = findProgram('aria2c');
  if (program === undefined) throw new Error('There is no aria2c: npm run test:interop says how to get it.');
  const flags = [
    '--no-conf',
    '--quiet',
    '--enable-rpc',
    '--disable-ipv6',
    '--enable-dht=false',
    '--file-allocation=none',
  ];
  const own = [
    `--rpc-listen-port=${port}`,
    '--rpc-secret=of-the-test',
    `--dir=${folder}`,
    `--stop-with-process=${process.pid}`,
  ];
  return spawn(program, [...flags, ...own], { stdio: 'ignore' });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

/** It may take a moment to listen: the client tries again. */
const clientOf = (options = {}): Client =>
  createClient({
    url: `ws://127.0.0.1:${port}/jsonrpc`,
    envelope: jsonRpc(),
    reconnect: { firstDelay: 50, baseDelay: 50, maxDelay: 200 },
    ...options,
  });

beforeAll(async () => {
  port = await freePort();
  folder = mkdtempSync(join(tmpdir(), 'holdline-aria2-'));
  files = createServer((_, response) => response.end('a file')).listen(0, '127.0.0.1');
  await once(files, 'listening');
  aria2 = startAria2();
});

afterAll(async () => {
  await stop(aria2);
  files.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('aria2', () => {
  it('answers, and refuses a wrong secret and an unknown method', async () => {
    await using client = clientOf();
    expect(await client.request('aria2.getVersion', [SECRET])).toMatchObject({ version: expect.any(String) });
    const slow = expect(client.request('aria2.getVersion', ['token:wrong'])).rejects.toMatchObject({
      code: 'REQUEST_REJECTED',
      remoteCode: 1,
      remoteMessage: 'Unauthorized',
    });
    // The refusal takes a second: others overtake it.
    expect(await client.request('system.listMethods')).toContain('aria2.addUri');
    await slow;
    await expect(client.request('no.such', [])).rejects.toMatchObject({ code: 'REQUEST_REJECTED' });
  });

  it('tells of downloads by their id, as events', async () => {
    await using client = clientOf();
    await client.ready();
    const told: unknown[] = [];
    const complete = new Promise((resolve) => {
      client.onEvent('aria2.onDownloadStart', (params) => told.push(params));
      client.onEvent('aria2.onDownloadComplete', resolve);
    });
    const { port: from } = files.address() as AddressInfo;
    const gid = await client.request('aria2.addUri', [SECRET, [`http://127.0.0.1:${from}/file`]]);
    expect(await complete).toEqual([{ gid }]);
    expect(told).toEqual([[{ gid }]]);
    expect(await client.request('aria2.tellStatus', [SECRET, gid, ['status']])).toEqual({
      status: 'complete',
    });
  });

  it('takes a batch, and its list of answers is read', async () => {
    await using client = clientOf();
    await client.ready();
    const late: unknown[] = [];
    client.on('lateReply', ({ key }) => late.push(key));
    const call = (id: number) => ({ jsonrpc: '2.0', id, method: 'aria2.getVersion', params: [SECRET] });
    await client.send([call(1_001), call(1_002)]);
    await expect.poll(() => late).toEqual([1_001, 1_002]);
  });

  it('says what it cannot read by an id that is null', async () => {
    await using client = clientOf();
    await client.ready();
    const refused = new Promise((resolve) => client.once('error', resolve));
    await client.send({ jsonrpc: '2.0', no: 'method' });
    expect(await refused).toMatchObject({ code: 'SERVER_ERROR', remoteCode: -32_600 });
  });

  it('answers pings', async () => {
    await using client = clientOf({ heartbeat: { interval: 50, timeout: 5_000 } });
    await client.ready();
    expect(await new Promise((resolve) => client.once('rtt', resolve))).toMatchObject({
      rtt: expect.any(Number),
    });
  });

  it('ends when it is told to, and is found again after a restart', async () => {
    await using client = clientOf();
    expect(await client.request('aria2.getVersion', [SECRET])).toBeDefined();
    const lost = new Promise((resolve) => client.once('lost', resolve));
    const exited = once(aria2, 'exit');
    expect(await client.request('aria2.forceShutdown', [SECRET])).toBe('OK');
    await lost;
    await exited;
    aria2 = startAria2();
    const again = new Promise((resolve) => client.once('reconnected', resolve));
    const version = client.request('aria2.getVersion', [SECRET]);
    expect(await again).toEqual({ epoch: 2 });
    expect(await version).toBeDefined();
  });
});
