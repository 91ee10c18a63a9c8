import { expect, it } from 'vitest';
import { createClient } from '../../src/client/create-client.node.ts';
import { printHistory } from '../../src/testing/history.ts';
import { createSimulation, World } from '../../src/testing/simulation.ts';

async function story(seed: number): Promise<string> {
  const world = createSimulation({ seed });
  const client = world.watch(createClient({ ...world.options }));
  client.request('sum', [1, 2]).catch(() => {});
  await world.run(30_000);
  void client.close();
  await world.run(10_000);
  return printHistory(world.history);
}

it('the same seed gives the same history, byte for byte: frames over raw TCP among them', async () => {
  const first = await story(7);
  expect(await story(7)).toBe(first);
  expect(await story(8)).not.toBe(first);
  expect(first).toMatch(/ up \d+ \{"bytes":"474554202f20/); // GET /
});

it('time passes while it runs, and only then', async () => {
  const world = createSimulation();
  let isOver = false;
  void world.pause(1_000).then(() => {
    isOver = true;
  });
  await world.run(999);
  expect([isOver, world.now()]).toEqual([false, 999]);
  await world.run(1);
  expect([isOver, world.now()]).toEqual([true, 1_000]);
});

it('writes down renewals, and one that nobody waits for any more as over', async () => {
  const world = createSimulation();
  const renew = world.renewal(async (_info: object) => {
    await world.pause(100);
    return 'token';
  });
  const controller = new AbortController();
  const renewed = renew({ signal: controller.signal });
  controller.abort();
  await world.run(200);
  expect(await renewed).toBe('token');
  const failing = world.renewal(() => Promise.reject(new Error('no')));
  await expect(failing()).rejects.toThrow('no');
  expect(world.history.map(({ what, detail }) => [what, detail.isGivenUp])).toEqual([
    ['renewing', undefined],
    ['renewed', true],
    ['renewing', undefined],
    ['renewed', false],
  ]);
});

it('tells the page what happens to it, and when credentials expire', async () => {
  const world = createSimulation({
    faults: [
      { at: 10, kind: 'offline', time: 10, amount: 0, aim: 0 },
      { at: 30, kind: 'expire', time: 1, amount: 1, aim: 0 },
    ],
  });
  const told: unknown[] = [];
  world.onExpire = () => told.push('expired');
  const stop = world.options.environment.watch((event) =>
    told.push([event, world.options.environment.online]),
  );
  await world.run(40);
  stop();
  expect(told).toEqual([['offline', false], ['online', true], 'expired']);
});

it('a way that leads nowhere, or is refused', async () => {
  const faults = (kind: 'void' | 'refuse') => [{ at: 0, kind, time: 20_000, amount: 0, aim: 0 }] as const;
  for (const [kind, code] of [
    ['void', 'TIMEOUT'],
    ['refuse', 'CONNECT'],
  ] as const) {
    const world = createSimulation({ faults: faults(kind) });
    const client = createClient({ ...world.options, reconnect: false });
    await world.run(1);
    const fate = client.ready().catch((error: { code: string }) => error.code);
    await world.run(20_000);
    expect(await fate).toBe(code);
  }
});

it('sees what is left, and who has not come back', async () => {
  const world = new World({
    noticeWithin: 5_000,
    faults: [{ at: 1_000, kind: 'halfOpen', time: 1, amount: 1, aim: 1 }],
  });
  const client = world.watch(createClient({ ...world.options, environment: world.options.environment }));
  void client.notify('a').catch(() => {});
  await world.run(60_000);
  world.options.clock.setTimer(() => {}, 1_000_000);
  world.inspect(); // not yet: the client lives
  const left = (): unknown[] =>
    world.history.filter(({ what }) => what === 'left').map(({ detail }) => detail.what);
  expect(left()).toEqual(['dead']);
  void client.close();
  await world.run(20_000);
  expect(left()).toEqual(['dead', 'timers']);
  client.connect();
  world.judgeClients();
  expect(left()).toEqual(['dead', 'timers', 'status']);
});

it('does not look for what is left while the client is closed once more (seed 9029)', async () => {
  const world = new World({});
  const client = world.watch(createClient({ ...world.options }));
  void world.pause(1).then(() => {
    client.reconnect('on a whim');
    void client.close();
  });
  void client.close();
  client.connect();
  await world.run(1);
  expect([client.state.status, world.history.filter(({ what }) => what === 'left')]).toEqual(['closed', []]);
  await world.run(1);
  world.inspect();
  expect(world.history.filter(({ what }) => what === 'left')).toEqual([]);
});
