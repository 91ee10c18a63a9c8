import { afterEach, expect, it, vi } from 'vitest';
import { createClient } from '../../src/client/create-client.node.ts';
import { failureOf, runSeed, type Scenario, shrink, simulate } from '../../src/testing/simulate.ts';

afterEach(() => vi.unstubAllEnvs());

const friendly: Scenario = async (world) => {
  const client = world.watch(createClient({ ...world.options }));
  await client.request('sum', [1, 2]).catch(() => {});
  await world.pause(10_000);
};

/** Sends what was lost once more, by hand: what must not be done with what is no idempotent request. */
const careless: Scenario = async (world) => {
  const client = world.watch(createClient({ ...world.options }));
  for (let number = 0; number < 10; number++) {
    // The second time it goes past the eyes of the world.
    client.request('pay', { number }).catch(() => sentAgain.push(number));
    await world.pause(5_000);
    for (const again of sentAgain.splice(0)) world.server.guests[0]?.say({ again });
  }
  const lost = world.history.filter(({ detail }) => detail.outcome === 'unknown');
  if (lost.length > 0) throw new Error(`${lost.length} payments are in doubt`);
};
const sentAgain: number[] = [];

it('plays seeds, and tells of each', async () => {
  const seeds: number[] = [];
  await simulate(friendly, { seeds: 3, from: 5, onSeed: ({ seed }) => seeds.push(seed) });
  expect(seeds).toEqual([5, 6, 7]);
});

it('fails with the seed, the faults that are needed, and how to see it again', async () => {
  const error = (await simulate(careless, { kinds: ['cut', 'lag', 'ping'], seeds: 50 }).catch(
    (reason) => reason,
  )) as Error & {
    seed: number;
    faults: readonly { kind: string }[];
    history: string;
  };
  expect(error.message).toContain('payments are in doubt');
  expect(error.message).toMatch(new RegExp(`HOLDLINE_SEED=${error.seed}(:[\\d,]+)? and the command`));
  // Nothing else than a connection that breaks puts a payment in doubt.
  expect(error.faults.map(({ kind }) => kind)).toEqual(['cut']);
  expect(error.history).toContain('fault 0 {"kind":"cut"}');
  // What it says replays it.
  const [, told = ''] = /HOLDLINE_SEED=(\S+)/.exec(error.message) ?? [];
  vi.stubEnv('HOLDLINE_SEED', told);
  const again = (await simulate(careless, { kinds: ['cut', 'lag', 'ping'] }).catch(
    (reason) => reason,
  )) as Error;
  expect(again.message).toBe(error.message);
});

it('replays a whole seed', async () => {
  vi.stubEnv('HOLDLINE_SEED', '9');
  const seeds: number[] = [];
  await simulate(friendly, {
    onSeed: ({ seed, faults, rolled }) => seeds.push(seed, faults.length - rolled.length),
  });
  expect(seeds).toEqual([9, 0]);
});

it('notices a promise that is broken, and shrinks to nothing where no fault is needed', async () => {
  const wrong: Scenario = async (world) => {
    const client = world.watch(createClient({ ...world.options }));
    await client.ready();
    client.on('ready', () => {}); // the world is told of a message twice, as if it had been sent twice
    await client.notify('once', 1);
    await world.pause(1_000);
    const [seen] = world.history.filter(({ what }) => what === 'seen');
    (world.history as unknown[]).push(seen);
  };
  const run = await runSeed(wrong, 3);
  expect(run.breaches.map(({ rule }) => rule)).toEqual(['onceOnTheWire']);
  const small = await shrink(wrong, run);
  expect(failureOf(small).message).toContain('without any fault');
});

it('notices a scenario that hangs', async () => {
  const run = await runSeed(() => new Promise(() => {}), 1, { faults: 0 });
  expect(String(run.error)).toContain('did not end');
});
