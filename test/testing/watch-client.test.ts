import { expect, it } from 'vitest';
import { createClient } from '../../src/client/create-client.node.ts';
import { createSimulation } from '../../src/testing/simulation.ts';

function setUp() {
  const world = createSimulation({
    server: { answer: (method, params) => ({ asked: JSON.stringify([method, params]) }) },
  });
  const client = world.watch(createClient({ ...world.options }));
  const of = (...kinds: string[]) =>
    world.history.filter(({ what }) => kinds.includes(what)).map(({ what, detail }) => ({ what, ...detail }));
  return { world, client, of };
}

it('is the client, and writes down calls and how they end', async () => {
  const { world, client, of } = setUp();
  expect(client.state.status).toBe('idle');
  const sent = [
    client.send('a', { ttl: 9_000 }),
    client.notify('b', 1, { key: 'k' }),
    client.request('c', 2, { idempotent: true }),
  ];
  await world.run(2_000);
  await Promise.all(sent);
  expect(of('call')).toMatchObject([
    { method: 'send', content: 'a', ttl: 9_000, isLoose: false },
    { method: 'notify', content: '["b",1]', isLoose: true },
    { method: 'request', content: '["c",2]', isRepeatable: true },
  ]);
  expect(of('settled')).toMatchObject([
    { outcome: 'handed-off' },
    { outcome: 'handed-off' },
    { outcome: 'replied', value: '["c",2]' },
  ]);
  await Promise.all([client.close(), world.run(2_000)]);
  await client.send('late').catch(() => {});
  await client.ready().catch(() => {});
  expect(of('settled').slice(3)).toMatchObject([
    { outcome: 'done' },
    { outcome: 'not-sent', code: 'CLIENT_CLOSED' },
    { outcome: 'not-sent' },
  ]);
});

it('writes down what a subscription tells, by listener and by loop', async () => {
  const { world, client, of } = setUp();
  const loop = client.subscribe('ticks');
  expect(loop.name).toBe('ticks');
  const heard: unknown[] = [];
  const reading = (async () => {
    for await (const event of loop) {
      heard.push(event);
      if (heard.length === 2) break;
    }
  })();
  await world.run(1_000);
  for (let count = 0; count < 2; count++) world.server.publish('ticks');
  await world.run(1_000);
  await reading;
  const other = client.subscribe('ticks', {}, { cursor: (event) => (event as { at: number }).at });
  const stop = other.on((event) => heard.push(event));
  await world.run(1_000);
  world.server.publish('ticks');
  await world.run(1_000);
  stop();
  await world.run(0);
  expect(heard).toHaveLength(3);
  expect(of('heard')).toMatchObject([{ number: 1 }, { number: 2 }, { number: 3 }]);
  expect(of('call')).toMatchObject([{ hasCursor: false }, { hasCursor: true }]);
  expect(of('settled')).toHaveLength(2);
  const ended = client.subscribe('ticks');
  const left = (async () => {
    for await (const _ of ended);
  })();
  await Promise.all([client.close(), left, world.run(2_000)]);
});

it('writes down what the end of a connection asks for, and what excuses a short wait', async () => {
  const { world, client, of } = setUp();
  client.connect();
  await world.run(1_000);
  world.server.guests[0]?.close(1001, '{"retryAfter":7000}');
  await world.run(1_000);
  world.server.guests[0]?.close(1001, 'bye');
  client.connect();
  await world.run(1_000);
  const names = of('told').map(({ name, retryAfter }: Record<string, unknown>) =>
    retryAfter === undefined ? name : retryAfter,
  );
  expect(names.filter((name) => name !== 'state')).toEqual([
    'watched',
    'ready',
    'lost',
    7_000,
    'excuse',
    'ready',
    'gap',
  ]);
});
