// What a client holds has one account: who is done with something gives its room back.
import { expect, it, vi } from 'vitest';
import { login } from '../../src/auth/login.ts';
import { raw } from '../../src/messaging/raw.ts';
import { setUp } from '../client/set-up.ts';

const half = 'x'.repeat(500);

async function open(options: Parameters<typeof setUp>[0] = {}) {
  const bench = setUp({ limits: { maxHeldBytes: 1_000 }, ...options });
  await bench.open();
  const say = async (message: object): Promise<void> => {
    bench.server.last.send(JSON.stringify(message));
    await bench.clock.settle();
  };
  const subscribe = async (id: string, how: object = {}) => {
    const subscription = bench.client.subscribe(id, undefined, how);
    await bench.clock.settle();
    await say({ id: (bench.received().at(-1) as { id: number }).id, result: id });
    return subscription;
  };
  const tell = (subscription: string, result: unknown) =>
    say({ method: 'subscription', params: { subscription, result } });
  return { ...bench, say, subscribe, tell };
}

it('the params of a request whose handler is done', async () => {
  const { client, say, received } = await open();
  client.handle('confirm', () => 'yes');
  for (let id = 0; id < 5; id++) await say({ id, method: 'confirm', params: half });
  expect(received()).toMatchObject(Array(5).fill({ result: 'yes' }));
});

it('events of a subscription that has ended', async () => {
  const { subscribe, tell, of } = await open();
  const first = await subscribe('a');
  for (let count = 0; count < 2; count++) await tell('a', half);
  expect(first.status).toBe('closed');
  const second = await subscribe('b');
  await tell('b', half);
  await tell('b', 'x'.repeat(400));
  expect([second.status, of('error').length]).toEqual(['active', 1]);
});

it('an event for whose subscription others leave no room is left out, and a gap tells', async () => {
  const { subscribe, tell, of } = await open();
  const full = await subscribe('a');
  await tell('a', 'x'.repeat(900));
  const second = await subscribe('b', { overflow: 'drop-oldest' });
  await tell('b', half);
  expect([full.status, second.status]).toEqual(['active', 'active']);
  expect(of('gap')).toEqual([expect.objectContaining({ subscription: 'b', recovered: false })]);
});

it('events before the reply of a subscription, when their connection is lost', async () => {
  const { client, subscribe, tell, server, clock } = await open();
  const waiting = client.subscribe('later');
  await clock.settle();
  await tell('later', 'x'.repeat(800));
  server.last.drop();
  waiting.unsubscribe();
  await clock.advance(6_000);
  const second = await subscribe('b');
  await tell('b', half);
  await tell('b', 'x'.repeat(400));
  expect(second.status).toBe('active');
});

it('a cursor of more than 1,024 characters is none: its event is told again', async () => {
  const { subscribe, tell } = await open();
  const seen: unknown[] = [];
  const subscription = await subscribe('a', { cursor: (event: string) => event });
  subscription.on((event) => seen.push(event));
  for (const length of [1_024, 1_024, 1_025, 1_025]) await tell('a', 'c'.repeat(length));
  expect(seen.map((event) => (event as string).length)).toEqual([1_024, 1_025, 1_025]);
});

it.each([
  ['a list with a text of any size', ['c'.repeat(2_000)]],
  ['an object with one', { at: 'c'.repeat(2_000) }],
  ['null', null],
  ['a boolean', true],
])('%s is no cursor: its event is told again, and nothing of it kept', async (_what, id) => {
  const { subscribe, tell, server, clock } = await open({ limits: { maxHeldBytes: 10_000 } });
  const seen: unknown[] = [];
  const resume = vi.fn();
  const subscription = await subscribe('a', { cursor: (event: { id: unknown }) => event.id, resume });
  subscription.on((event) => seen.push(event));
  for (let count = 0; count < 2; count++) await tell('a', { id });
  expect([seen, subscription.status]).toEqual([[{ id }, { id }], 'active']);
  server.last.drop();
  await clock.advance(6_000);
  expect(resume).not.toHaveBeenCalled();
});

it('messages for a loop are left out, and a gap tells once, until it reads', async () => {
  const { client, server, of } = await open({ envelope: raw() });
  const loop = client.messages();
  for (let count = 0; count < 4; count++) server.last.send(half);
  expect(of('gap')).toHaveLength(1);
  await loop.next();
  for (let count = 0; count < 2; count++) server.last.send(half);
  expect(of('gap')).toHaveLength(2);
});

it('a login that gives back more than may be kept fails', async () => {
  const { of } = await open({
    reconnect: false,
    auth: login(async (line) => {
      for (let count = 0; count <= 1_000; count++) line.deliver('x');
    }),
  });
  expect(of('error')).toEqual([expect.objectContaining({ code: 'LOGIN_FAILED', detail: 'flooded' })]);
});

it('the cursors that subscriptions remember: a quarter, then the oldest are forgotten', async () => {
  const { subscribe, tell, of } = await open({ limits: { maxHeldBytes: 4_000 } });
  const heard: unknown[] = [];
  const how = { cursor: (event: { at: string }) => event.at };
  const cursor = (name: string) => ({ at: name.repeat(284) }); // 300 bytes
  const first = await subscribe('a', how);
  first.on((event) => heard.push(event));
  for (const name of ['1', '2', '3', '2']) await tell('a', cursor(name));
  expect(heard).toHaveLength(3);
  await tell('a', cursor('4')); // and 1 is forgotten
  await tell('a', cursor('1'));
  expect(heard).toHaveLength(5);
  // They leave events less room, and none when they have ended.
  const second = await subscribe('b');
  await tell('b', 'x'.repeat(2_000));
  await tell('b', 'x'.repeat(1_200));
  expect([second.status, of('error')]).toEqual(['closed', [expect.objectContaining({ detail: 'bytes' })]]);
  first.unsubscribe();
  const third = await subscribe('c', how);
  await tell('c', { ...cursor('5'), text: 'x'.repeat(2_000) });
  await tell('c', { ...cursor('6'), text: 'x'.repeat(300) });
  expect(third.status).toBe('active');
});
