// A server that takes its time with the handshake: the next attempt must be more patient than the last.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClient } from '../../src/client/create-client.node.ts';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import { type LineServer, startLineServer } from './line-server.ts';

let server: LineServer;
let proxy: FaultProxy;

beforeEach(async () => {
  server = await startLineServer();
  proxy = await startFaultProxy(server.port);
});

afterEach(async () => {
  await proxy.close();
  await server.close();
});

/** The default policy, a fiftieth of its times: 200 ms, and half as much again each time. */
const SCALED = {
  firstDelay: 100,
  baseDelay: 40,
  maxDelay: 600,
  connectTimeout: 200,
  maxConnectTimeout: 20_000,
};

describe('a slow handshake', () => {
  it('is given half as much time again with every attempt, until it succeeds', async () => {
    // There and back: 560 ms. The attempts may take 200, 300, 450, 675 ms, and more on a busy machine.
    proxy.plan = () => ({ delay: 280 });
    const client = createClient({
      url: `ws://127.0.0.1:${proxy.port}/`,
      reconnect: SCALED,
      heartbeat: false,
    });
    const began: number[] = [];
    const took: number[] = [];
    const codes: unknown[] = [];
    client.on('state', ({ current }) => {
      if (current.status === 'connecting') began.push(performance.now());
      if (current.status === 'waiting') took.push(performance.now() - began.at(-1)!);
    });
    client.on('error', (error) => codes.push(error.code));
    const { attempt } = await client.ready();
    expect(attempt).toBeGreaterThanOrEqual(4);
    expect(codes).toEqual(Array.from({ length: attempt - 1 }, () => 'TIMEOUT'));
    for (const [index, time] of took.entries()) expect(time).toBeGreaterThan(200 * 1.5 ** index - 5);
    await client.close();
  });

  it('is not cut short by a server that sends its answer byte by byte', async () => {
    // 129 bytes of a 101 at 1,000 bytes a second, behind 200 bytes of request.
    proxy.plan = () => ({ bytesPerSecond: 1_000 });
    const client = createClient({
      url: `ws://127.0.0.1:${proxy.port}/`,
      reconnect: { ...SCALED, connectTimeout: 20_000 },
      heartbeat: false,
    });
    expect((await client.ready()).attempt).toBe(1);
    expect(await client.request('echo', { id: 'slow' })).toEqual({ id: 'slow' });
    await client.close();
  });
});

describe('a port that refuses, hangs or hangs up', () => {
  it('is tried again until it serves', async () => {
    const plans = [{ instead: 'reset' }, { instead: 'close' }, { instead: 'hang' }] as const;
    proxy.plan = (index) => plans[index] ?? {};
    const client = createClient({
      url: `ws://127.0.0.1:${proxy.port}/`,
      // As long as an attempt that is served may take on a busy machine.
      reconnect: { ...SCALED, connectTimeout: 1_500 },
      heartbeat: false,
    });
    const phases: unknown[] = [];
    client.on('error', (error) => phases.push([error.code, (error as { phase?: string }).phase]));
    const { attempt } = await client.ready();
    expect([attempt, phases.length]).toEqual([4, 3]);
    expect(phases[2]).toEqual(['TIMEOUT', 'http']);
    await client.close();
  });
});
