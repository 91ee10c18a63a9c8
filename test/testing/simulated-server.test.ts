import { expect, it } from 'vitest';
import { isHoldlineError } from '../../src/base/errors.ts';
import { createClient } from '../../src/client/create-client.node.ts';
import { contentOf, type SimulatedServerOptions } from '../../src/testing/simulated-server.ts';
import { createSimulation } from '../../src/testing/simulation.ts';

function setUp(server: SimulatedServerOptions = {}, options = {}) {
  const world = createSimulation({ server });
  const client = createClient({ ...world.options, ...options });
  /** What a promise comes to, with the time that it needs. */
  const come = async (promise: Promise<unknown>): Promise<unknown> => {
    const caught = promise.catch((error: unknown) => error);
    await world.run(60_000);
    return caught;
  };
  return { world, client, come };
}

it('answers with the params, with what it is told to, or with an error', async () => {
  const { client, come } = setUp();
  expect(await come(client.request('sum', [1, 2]))).toEqual([1, 2]);
  const other = setUp({
    answer: (method) => {
      if (method === 'refuse') throw new Error('no');
      return undefined;
    },
  });
  expect(await other.come(other.client.request('any'))).toBe(null);
  expect(await other.come(other.client.request('refuse'))).toMatchObject({ code: 'REQUEST_REJECTED' });
});

it('tells what is published, and resumes behind an event', async () => {
  const { world, client, come } = setUp();
  const heard: unknown[] = [];
  const subscription = client.subscribe(
    'ticks',
    {},
    {
      cursor: (event) => (event as { at: number }).at,
      resume: (_params, after) => ({ after }),
      resumed: (reply) => (reply as { resumed: boolean }).resumed,
    },
  );
  subscription.on((event) => heard.push(event));
  const gaps: unknown[] = [];
  client.on('gap', ({ recovered }) => gaps.push(recovered));
  await world.run(1_000);
  world.server.publish('ticks', 'one');
  await world.run(1_000);
  world.server.guests[0]?.drop();
  world.server.publish('ticks', 'two');
  await world.run(60_000);
  expect([heard, gaps]).toEqual([
    [
      { at: 1, value: 'one' },
      { at: 2, value: 'two' },
    ],
    [true],
  ]);
  world.server.forget();
  world.server.guests[0]?.close(1001, 'bye');
  world.server.publish('ticks', 'three');
  await world.run(60_000);
  expect([heard.length, gaps]).toEqual([2, [true, false]]);
  subscription.unsubscribe();
  await world.run(1_000);
  world.server.publish('ticks');
  expect(await come(client.close())).toMatchObject({ wasClean: true });
  expect([heard.length, world.server.guests]).toEqual([2, []]);
});

it('refuses handshakes, and lets nobody in before the login', async () => {
  const refused = setUp(
    { upgrade: ({ headers }) => (headers.has('authorization') ? undefined : 403) },
    { reconnect: false },
  );
  expect(await refused.come(refused.client.ready())).toSatisfy(isHoldlineError);
  const { client, come, world } = setUp({
    login: (guest, message) => {
      if (message !== 'me') return false;
      guest.admit();
      guest.say('in');
      return true;
    },
  });
  void come(client.send('not me'));
  await world.run(10);
  expect(await come(client.send('me'))).toMatchObject({ outcome: 'handed-off' });
  const kinds = world.history.filter(({ what }) => what === 'seen').map(({ detail }) => detail.kind);
  expect(kinds).toEqual(['early', 'login']);
});

it('asks, pings, and takes large and odd messages', async () => {
  const { world, client, come } = setUp();
  client.handle('confirm', () => 'yes');
  await come(client.ready());
  const [guest] = world.server.guests;
  guest?.say({ jsonrpc: '2.0', id: 's1', method: 'confirm' });
  guest?.ping();
  expect(await come(client.request('large', 'x'.repeat(70_000)))).toHaveLength(70_000);
  await come(client.send(null));
  const contents = world.history.filter(({ what }) => what === 'seen').map(({ detail }) => detail.content);
  expect(contents).toContain(contentOf({ jsonrpc: '2.0', id: 's1', result: 'yes' }));
  expect(contents).toContain('null');
});

it('knows a request by method and params, anything else by itself', () => {
  expect([{ id: 1, method: 'a', params: [1] }, 'text', { a: 1 }, undefined].map(contentOf)).toEqual([
    '["a",[1]]',
    'text',
    '{"a":1}',
    '',
  ]);
});
