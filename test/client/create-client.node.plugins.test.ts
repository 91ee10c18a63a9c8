import { expect, it } from 'vitest';
import type { ClientPlugin } from '../../src/client/core.ts';
import { failover } from '../../src/connection/failover.ts';
import { handover } from '../../src/connection/handover.ts';
import { requests } from '../../src/messaging/requests.ts';
import { subscriptions } from '../../src/messaging/subscriptions.ts';
import { setUp } from './set-up.ts';

it('a client has requests and subscriptions without a plugin for them', async () => {
  const { client, open } = setUp();
  await open();
  expect(() => client.subscribe('ticks')).not.toThrow();
  void client.request('sum').catch(() => {});
  expect(client.stats().pending).toBe(2);
  void client.close({ flush: false });
});

it('and what the plugins in `use` add', async () => {
  const { client, clock, open } = setUp({ use: [handover()] });
  await open();
  const moved = client.handover();
  await clock.advance(1_000);
  expect(await moved).toMatchObject({ status: 'ready', epoch: 2 });
  void client.close();
});

it('a plugin that is given takes the place of the one that a client has anyway', async () => {
  const { client, clock, server, open } = setUp({ use: [subscriptions({ maxEvents: 1 })] });
  await open();
  const ticks = client.subscribe('ticks');
  server.last.send('{"jsonrpc":"2.0","id":1,"result":"s"}');
  for (const result of [1, 2]) {
    const params = { subscription: 's', result };
    server.last.send(JSON.stringify({ jsonrpc: '2.0', method: 'subscription', params }));
  }
  await clock.settle();
  expect(await ticks.closed).toMatchObject({ code: 'SUBSCRIPTION_OVERFLOW' });
  void client.close();
});

it('a plugin of the user gets the core: it listens, sends, and sends ahead of what waits', async () => {
  const seen: string[] = [];
  let ahead: boolean | undefined;
  const plugin: ClientPlugin = (core) => {
    ahead = core.sendAhead({ method: 'too early' });
    core.on('state', ({ current }) => seen.push(current.status));
    core.on('ready', () => {
      ahead = core.sendAhead({ method: 'hello', at: core.clock.now(), as: core.state.status });
      void core.send({ method: 'there' });
    });
  };
  const { client, server, received, open } = setUp({ use: [plugin] });
  expect(ahead).toBe(false);
  void client.send({ method: 'waiting' });
  await open();
  expect(ahead).toBe(true);
  expect(received()).toEqual([
    { method: 'hello', at: 0, as: 'ready' },
    { method: 'there' },
    { method: 'waiting' },
  ]);
  expect(seen).toEqual(['connecting', 'ready']);
  expect(server.connections.length).toBe(1);
  void client.close();
});

it('without its plugin a method says which one it needs', async () => {
  const { client } = setUp();
  await expect(client.handover()).rejects.toMatchObject({
    code: 'UNSUPPORTED',
    message: 'This client has no handover. Make it with use: [handover()].',
  });
});

it.each([failover, handover, requests, subscriptions])(
  '%o that was not called is refused, with the way to write it',
  (factory) => {
    expect(() => setUp({ use: [factory as never] })).toThrow(
      'The option use must be a list of plugins, each made by a call: use: [failover()].',
    );
  },
);

it('is not needed to keep a line, or to be told of a gap', async () => {
  const { client, clock, server, of, open } = setUp({}, {}, true);
  await open();
  server.last.drop();
  await clock.advance(5_000);
  expect(client.state).toMatchObject({ status: 'ready', epoch: 2 });
  expect(of('gap')).toMatchObject([{ previousEpoch: 1, epoch: 2, recovered: false }]);
  client.once('ready', () => void client.close());
  server.last.drop();
  await clock.advance(5_000);
  expect(client.state.status).toBe('closed');
});
