import { expect, it } from 'vitest';
import type { ClientOptions } from '../../src/client/options.ts';
import { withParts } from '../../src/client/with-parts.ts';
import { handover } from '../../src/connection/handover.ts';
import { raw } from '../../src/messaging/raw.ts';
import { subscriptions } from '../../src/messaging/subscriptions.ts';
import { setUp } from './set-up.ts';

it('gives a client all its methods without an option for them', async () => {
  const { client, clock, open } = setUp();
  await open();
  expect(() => client.subscribe('ticks')).not.toThrow();
  const moved = client.handover();
  await clock.advance(1_000);
  expect(await moved).toMatchObject({ status: 'ready', epoch: 2 });
  void client.close();
});

it('keeps the parts that are given, with their options', () => {
  const given = {
    url: 'ws://test',
    envelope: raw(),
    subscriptions: subscriptions({ maxEvents: 1 }),
    handover: handover(),
  };
  expect(withParts(given)).toEqual(given);
});

it('leaves what is no object to those who check it', () => {
  for (const wrong of [undefined, null, 'ws://test'])
    expect(withParts(wrong as unknown as ClientOptions)).toBe(wrong);
});

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
