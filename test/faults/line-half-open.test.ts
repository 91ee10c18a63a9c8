// A line that is dead without a word: nothing comes, nothing goes, nobody says so.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClient } from '../../src/client/create-client.node.ts';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import { type LineServer, startLineServer } from './line-server.ts';

const INTERVAL_MS = 800;
const TIMEOUT_MS = 600;
/**
 * What a busy machine may add; that the two times are kept to the millisecond is shown on a virtual clock, in
 * test/connection/heartbeat.test.ts. Far below what it would take by the default heartbeat, or by closing politely.
 */
const SLACK_MS = 15_000;

/** How long a question may have been on its way when the line died, on a busy machine. */
const IN_FLIGHT_MS = 200;

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

describe('a half-open line', () => {
  it('is noticed within interval + timeout, and another attempt begins at once: 20 lines, at any moment', async () => {
    const found = await Promise.all(Array.from({ length: 20 }, (_, index) => lose(index * 37)));
    for (const { noticed, again, code, rule } of found) {
      expect(noticed).toBeLessThan(INTERVAL_MS + TIMEOUT_MS + SLACK_MS);
      // The question may have left just before the line died.
      expect(noticed).toBeGreaterThan(TIMEOUT_MS - IN_FLIGHT_MS);
      // Closing politely would have taken a minute.
      expect(again - noticed).toBeLessThan(SLACK_MS);
      expect([code, rule]).toEqual(['HEARTBEAT_TIMEOUT', 'the connection was lost']);
    }
  });

  it('ends a request that waits for its reply as unknown, in the same time', async () => {
    const client = createClient({ url: urlOf(proxy), ...QUICK });
    await client.ready();
    proxy.lines[0]!.blackhole();
    const begin = performance.now();
    await expect(client.request('echo', { id: 'x' })).rejects.toMatchObject({ outcome: 'unknown' });
    expect(performance.now() - begin).toBeLessThan(INTERVAL_MS + TIMEOUT_MS + SLACK_MS);
    await client.close();
  });
});

/** Delays switched off: an attempt begins as soon as the policy lets it. */
const QUICK = {
  reconnect: { firstDelay: 0 },
  heartbeat: { interval: INTERVAL_MS, timeout: TIMEOUT_MS },
  closeTimeout: 60_000,
};

interface Found {
  /** Milliseconds from the fault until the client said that the line was lost. */
  readonly noticed: number;
  /** And until it was ready again. */
  readonly again: number;
  readonly code: string | undefined;
  readonly rule: string | undefined;
}

/** Makes a line a black hole after `life` milliseconds and watches its client. */
async function lose(life: number): Promise<Found> {
  const own = await startFaultProxy(server.port);
  const client = createClient({ url: urlOf(own), ...QUICK });
  await client.ready();
  await new Promise((resolve) => setTimeout(resolve, life));
  const begin = performance.now();
  const since = (): number => performance.now() - begin;
  const lost = new Promise<number>((resolve) => {
    client.once('lost', () => resolve(since()));
  });
  const again = new Promise<number>((resolve) => {
    client.once('reconnected', () => resolve(since()));
  });
  own.lines[0]!.blackhole();
  const [noticed, ready] = [await lost, await again];
  const { lastError, rule } = client.why();
  const found = { noticed, again: ready, code: lastError?.code, rule };
  await client.close();
  await own.close();
  return found;
}

function urlOf({ port }: FaultProxy): string {
  return `ws://127.0.0.1:${port}/`;
}
