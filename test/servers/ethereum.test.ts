// ethereum() with anvil, a node of Ethereum for tests.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../src/client/client.ts';
import { ethereum } from '../../src/envelopes/json-rpc-presets.ts';
import { freePort, type Program, startProgram } from '../interop/program.ts';
import { clientOf as clientFor, heardOf, next } from './clients.ts';
import { PEERS } from './peers.ts';
import { server } from './results.ts';

let port: number;
let node: Program;

async function startNode(): Promise<void> {
  const program = join(PEERS.folder, 'node_modules/.bin/anvil');
  // Its starter in JavaScript starts the program itself.
  node = startProgram(program, ['--host', '127.0.0.1', '--port', String(port), '--block-time', '1'], {
    group: true,
  });
  await node.listens(port);
}

beforeAll(async () => {
  port = await freePort();
  await startNode();
  server(import.meta.filename, 'anvil', PEERS.versionOf('@foundry-rs/anvil'));
});
afterAll(() => node?.stop());

const clientOf = (more: object = {}): Client =>
  clientFor({ url: `ws://127.0.0.1:${port}`, envelope: ethereum(), ...more });

interface Head {
  readonly number: string;
  readonly hash: string;
  readonly parentHash: string;
}

describe('ethereum', () => {
  it('request: is answered, in whatever order, and refused', async () => {
    await using client = clientOf();
    const ids = await Promise.all(Array.from({ length: 20 }, () => client.request('eth_chainId')));
    expect(new Set(ids)).toEqual(new Set(['0x7a69']));
    await expect(client.request('no_such_method')).rejects.toMatchObject({
      code: 'REQUEST_REJECTED',
      remoteCode: expect.any(Number),
    });
  });

  it('stream: brings the heads of the chain in order, and logs, until it is left', async () => {
    await using client = clientOf();
    const heads: Head[] = [];
    for await (const head of client.subscribe('newHeads')) {
      heads.push(head as Head);
      if (heads.length === 3) break;
    }
    expect(heads[1]?.parentHash).toBe(heads[0]?.hash);
    expect(heads[2]?.parentHash).toBe(heads[1]?.hash);
    // The loop has unsubscribed: of nobody's heads none come.
    const told: unknown[] = [];
    client.onEvent('eth_subscription', (one) => told.push(one));
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(told).toEqual([]);
  });

  it('stream: a name that the node does not know is refused', async () => {
    await using client = clientOf();
    expect(await client.subscribe('noSuchThing').closed).toMatchObject({ code: 'REQUEST_REJECTED' });
  });

  it('heartbeat: a call where the transport has no pings; silence is noticed', async () => {
    await using client = clientOf({ heartbeat: { interval: 1_000, timeout: 1_000 } });
    await client.ready();
    await next(client, 'rtt');
    const error = next(client, 'error');
    node.signal('SIGSTOP');
    try {
      expect(await error).toMatchObject({ code: 'HEARTBEAT_TIMEOUT' });
    } finally {
      node.signal('SIGCONT');
    }
  });

  it('restart: the client comes back and subscribes again', async () => {
    await using client = clientOf();
    const heads = heardOf<Head>(client.subscribe('newHeads'));
    await expect.poll(() => heads.length).toBeGreaterThan(0);
    const [lost, gap] = [next(client, 'lost'), next(client, 'gap')];
    await node.stop();
    await lost;
    heads.splice(0);
    await startNode();
    expect(await gap).toMatchObject({ recovered: false });
    await expect.poll(() => heads.length).toBeGreaterThan(0);
  });
});
