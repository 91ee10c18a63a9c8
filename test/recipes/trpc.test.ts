// Frames as @trpc/server 11 sends them; test/servers has the real one.
import { expect, it } from 'vitest';
import { trpc } from '../../docs/recipes/trpc.ts';
import { watch } from '../client/set-up.ts';
import { begin, survives } from './talk.ts';

const data = (id: number, value: unknown) => ({ id, result: { type: 'data', data: value } });
const typed = (id: number, type: string) => ({ id, result: { type } });
const error = (id: number | null, code = 'CONFLICT') => ({
  id,
  error: { message: 'as asked', code: -32_009, data: { code, path: 'x' } },
});

it('answers queries and mutations, and tells streams, which look the same', async () => {
  const talk = await begin({ url: 'ws://test/trpc', envelope: trpc(() => ({ token: 'hush-hush' })) });
  const { client, say, received } = talk;
  expect(talk.server.last.request.url).toBe('ws://test/trpc?connectionParams=1');
  const [sum, wrong] = [
    watch(client.request('sum', [1])),
    watch(client.request('x', 1, { meta: 'mutation' })),
  ];
  const heard: unknown[] = [];
  const stream = client.subscribe('ticks', { lastEventId: '4' });
  stream.on((one) => heard.push(one));
  expect(received()).toEqual([
    { method: 'connectionParams', data: { token: 'hush-hush' } },
    { id: 1, method: 'query', params: { path: 'sum', input: [1] } },
    { id: 2, method: 'mutation', params: { path: 'x', input: 1 } },
    {
      id: 3,
      method: 'subscription',
      params: { path: 'ticks', input: { lastEventId: '4' }, lastEventId: '4' },
    },
  ]);
  await say(typed(3, 'started'), [data(1, 7), data(3, { id: '5', data: 'a' })], error(2));
  expect([sum.value, heard]).toEqual([7, [{ id: '5', data: 'a' }]]);
  expect(wrong.value).toMatchObject({ remoteMessage: 'as asked' });
  stream.unsubscribe();
  expect(received().at(-1)).toEqual({ id: 3, method: 'subscription.stop' });
  await say(data(3, 'late'), typed(3, 'stopped'));
  expect([talk.of('error'), talk.of('message'), talk.of('lateReply')]).toEqual([[], [], []]);
  void client.close();
});

it('pongs without a heartbeat too, and reads a refusal of the whole line', async () => {
  const { client, say, server, of } = await begin({ envelope: trpc() });
  await say('PING', 'PONG');
  expect([server.last.received, of('error')]).toEqual([['PONG'], []]);
  await say(error(null, 'UNAUTHORIZED'));
  expect(client.state.status).toBe('closed');
});

it('survives whatever comes', () =>
  survives(trpc(), [
    ...[typed(1, 'started'), data(1, 'x'), typed(1, 'stopped'), error(2), error(null), data(3, null)],
    ...[{ id: null, method: 'reconnect' }, 'PING'],
  ]));
