import { expect, test } from 'vitest';
import type { Client } from './client-process.ts';
import type { RoundResult } from './job.ts';
import { peerOf } from './peers.ts';
import { race } from './race.ts';
import { WORKLOADS, type Workload } from './workloads.ts';

const EFFORT = { rounds: 3, roundMs: 100, patience: 1_000 };
const workload = WORKLOADS[0] as Workload;

/** A client that needs `cost` microseconds a message, and tells its rounds to `log`. */
function fake(id: string, cost: number, log: string[], failsAt = Number.POSITIVE_INFINITY): Client {
  let rounds = 0;
  return {
    ready: Promise.resolve({ ready: true, runtime: 'Node 1', library: id }),
    async round(n): Promise<RoundResult> {
      if (++rounds === failsAt) throw new Error(`${id} broke`);
      log.push(`${id} ${n}`);
      return { n, cpu: n * cost, wall: n * cost * 2, extra: { p50: cost } };
    },
    async stop() {
      log.push(`${id} stopped`);
    },
  };
}

test('rounds are run in turns, as many messages each as fill the time', async () => {
  const log: string[] = [];
  let server = 0;
  const result = await race(
    workload,
    [
      { peer: peerOf('holdline'), start: () => fake('a', 1, log) },
      { peer: peerOf('ws'), start: () => fake('b', 10, log) },
    ],
    () => (server += 5_000),
    EFFORT,
  );
  const counted = log.slice(6, -2);
  expect(counted).toEqual(Array.from({ length: 3 }, () => ['a 50000', 'b 5000']).flat());
  expect(result.peers[0]).toMatchObject({
    id: 'holdline',
    library: 'a',
    n: 50_000,
    cpu: [1, 1, 1],
    wall: [2, 2, 2],
  });
  expect(result.peers[1]).toMatchObject({
    id: 'ws',
    cpu: [10, 10, 10],
    server: [1, 1, 1],
    extra: { p50: [10, 10, 10] },
  });
});

test('a peer that fails is marked and stopped, and the others go on', async () => {
  const log: string[] = [];
  const result = await race(
    workload,
    [
      { peer: peerOf('ws'), start: () => fake('a', 1, log, 5) },
      { peer: peerOf('holdline'), start: () => fake('b', 1, log) },
    ],
    () => undefined,
    EFFORT,
  );
  expect(result.peers[0]).toMatchObject({ error: 'a broke', cpu: [1] });
  expect(result.peers[1]).toMatchObject({ cpu: [1, 1, 1], server: [] });
  expect(result.peers[1]?.error).toBeUndefined();
  expect(log.filter((entry) => entry === 'a stopped')).not.toHaveLength(0);
});

test('where processes must be fresh, every round has its own', async () => {
  const log: string[] = [];
  let started = 0;
  const start = (): Client => {
    started++;
    return fake('a', 1, log);
  };
  const fresh = { ...workload, isFresh: true, start: 7 };
  const result = await race(fresh, [{ peer: peerOf('ws'), start }], () => undefined, EFFORT);
  expect(started).toBe(3);
  expect(log).toEqual(Array.from({ length: 3 }, () => ['a 7', 'a stopped']).flat());
  expect(result.peers[0]?.cpu).toEqual([1, 1, 1]);
});
