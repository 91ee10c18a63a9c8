// Frames as Phoenix 1.8 and Supabase Realtime define them; there is no server to start.
import { describe, expect, it } from 'vitest';
import { subprotocolToken } from '../../src/auth/subprotocol-token.ts';
import { handover } from '../../src/connection/handover.ts';
import { phoenix, phoenixToken, supabase } from '../../src/envelopes/phoenix.ts';
import { type Bench, setUp, watch } from '../client/set-up.ts';
import { PROPERTY_TIMEOUT } from '../tools/property-runs.ts';
import { survives } from './hostile.ts';

type Options = Parameters<typeof setUp>[0];

interface PhoenixBench extends Bench {
  say(...frames: readonly unknown[]): Promise<void>;
}

async function open(more: Options = {}): Promise<PhoenixBench> {
  const bench = setUp({ url: 'ws://test/socket', envelope: phoenix(), ...more });
  await bench.open();
  await bench.clock.settle();
  const say = async (...frames: readonly unknown[]): Promise<void> => {
    for (const one of frames) bench.server.last.send(JSON.stringify(one));
    await bench.clock.settle();
  };
  expect(bench.client.state.status).toBe('ready');
  return { ...bench, say };
}

const ok = (ref: string, topic = 'room:a', response: unknown = {}, joinRef = '1') => [
  joinRef,
  ref,
  topic,
  'phx_reply',
  { status: 'ok', response },
];

/** A topic that is joined, and what its subscriber hears. */
async function join(bench: PhoenixBench, topic = 'room:a') {
  const heard: unknown[] = [];
  const subscription = bench.client.subscribe(topic, { since: 5 });
  subscription.on((event) => heard.push(event));
  await bench.say(ok('1', topic));
  expect(subscription.status).toBe('active');
  return { subscription, heard };
}

describe('the address', () => {
  it.each([
    ['ws://test/socket', 'ws://test/socket/websocket?a=b&vsn=2.0.0'],
    ['ws://test/socket/?x=1', 'ws://test/socket/websocket?x=1&a=b&vsn=2.0.0'],
    ['ws://test/socket/websocket', 'ws://test/socket/websocket?a=b&vsn=2.0.0'],
    ['ws://test/socket/websocket/?x=1', 'ws://test/socket/websocket?x=1&a=b&vsn=2.0.0'],
  ])('%s is dialled as %s', async (url, dialled) => {
    const { client, server } = await open({ url, envelope: phoenix({ params: { a: 'b' } }) });
    expect(server.last.request.url).toBe(dialled);
    void client.close();
  });

  it('may have a token as a subprotocol', async () => {
    const token = 'ä-token';
    const { client, server } = await open({ auth: subprotocolToken({ token, protocols: phoenixToken }) });
    expect(server.last.request.protocols).toEqual(['phoenix', 'base64url.bearer.phx.w6QtdG9rZW4']);
    void client.close();
  });

  it('that is refused with 403 is final', async () => {
    const bench = setUp(
      { url: 'ws://test/socket', envelope: phoenix() },
      { onConnect: (end) => end.refuse(403) },
    );
    await bench.open();
    expect(bench.client.state.status).toBe('closed');
  });
});

describe('a topic', () => {
  it('is joined and heard, by an event that comes before the reply too', async () => {
    const bench = await open();
    const heard: unknown[] = [];
    const subscription = bench.client.subscribe('room:a', { since: 5 });
    subscription.on((event) => heard.push(event));
    expect(bench.received()).toEqual([['1', '1', 'room:a', 'phx_join', { since: 5 }]]);
    await bench.say(['1', null, 'room:a', 'early', 1], ok('1'), [
      null,
      null,
      'room:a',
      'new_msg',
      { body: 'x' },
    ]);
    expect(heard).toEqual([
      { event: 'early', payload: 1 },
      { event: 'new_msg', payload: { body: 'x' } },
    ]);
    void bench.client.close();
  });

  it('that is refused ends its subscription', async () => {
    const bench = await open();
    const [one, two] = [bench.client.subscribe('room:a'), bench.client.subscribe('room:b')];
    await bench.say(
      ['1', '1', 'room:a', 'phx_reply', { status: 'error', response: { reason: 'unauthorized' } }],
      ['2', '2', 'room:b', 'phx_reply', { status: 'error', response: 'no' }],
    );
    expect(await one.closed).toMatchObject({
      code: 'REQUEST_REJECTED',
      remoteMessage: 'unauthorized',
      data: { reason: 'unauthorized' },
    });
    expect(await two.closed).toMatchObject({ remoteMessage: 'no' });
    void bench.client.close();
  });

  it('whose join is not answered times out', async () => {
    const bench = await open();
    const subscription = bench.client.subscribe('room:a');
    await bench.clock.advance(30_000);
    expect(await subscription.closed).toMatchObject({ code: 'REQUEST_TIMEOUT' });
    void bench.client.close();
  });

  it('is joined once for all, and left by the last', async () => {
    const bench = await open();
    const { subscription, heard } = await join(bench);
    const other = bench.client.subscribe('room:a', { since: 5 });
    expect([bench.received().length, other.status]).toEqual([1, 'active']);
    subscription.unsubscribe();
    expect(bench.received().length).toBe(1);
    other.unsubscribe();
    expect(bench.received()[1]).toEqual(['1', '2', 'room:a', 'phx_leave', {}]);
    await bench.say([null, null, 'room:a', 'last', {}], ok('2'), ['1', '1', 'room:a', 'phx_close', {}]);
    expect([heard, bench.of('message'), bench.of('lateReply')]).toEqual([[], [], []]);
    void bench.client.close();
  });

  it('that is joined anew hears no late words of the join before', async () => {
    const bench = await open();
    const { subscription } = await join(bench);
    subscription.unsubscribe();
    const heard: unknown[] = [];
    bench.client.subscribe('room:a').on((event) => heard.push(event));
    expect(bench.received().slice(1)).toEqual([
      ['1', '2', 'room:a', 'phx_leave', {}],
      ['3', '3', 'room:a', 'phx_join', {}],
    ]);
    await bench.say(
      ['1', null, 'room:a', 'late', {}],
      ok('2'),
      ['1', '1', 'room:a', 'phx_close', {}],
      ok('3', 'room:a', {}, '3'),
    );
    await bench.say(['1', null, 'room:a', 'late', {}], ['3', null, 'room:a', 'new', 1]);
    expect([heard, bench.of('message')]).toEqual([[{ event: 'new', payload: 1 }], []]);
    void bench.client.close();
  });

  it('whose process has died is joined again after a wait, with a new ref', async () => {
    const bench = await open();
    const { subscription, heard } = await join(bench);
    await bench.say(['1', '1', 'room:a', 'phx_error', {}], ['1', '1', 'room:a', 'phx_error', {}]);
    expect([subscription.status, bench.received().length]).toEqual(['pending', 1]);
    expect(bench.of('gap')).toMatchObject([{ subscription: 'room:a' }]);
    expect(bench.of('message')).toEqual([]);
    await bench.clock.advance(5_000);
    expect(bench.received()[1]).toEqual(['2', '2', 'room:a', 'phx_join', { since: 5 }]);
    await bench.say(ok('2', 'room:a', {}, '2'), ['2', null, 'room:a', 'x', 1]);
    expect([subscription.status, heard]).toEqual(['active', [{ event: 'x', payload: 1 }]]);
    void bench.client.close();
  });

  it('that the server closes has ended', async () => {
    const bench = await open();
    const { subscription } = await join(bench);
    await bench.say(['1', '1', 'room:a', 'phx_close', {}]);
    expect(await subscription.closed).toBeUndefined();
    await bench.clock.advance(60_000);
    expect(bench.received().filter((one) => (one as unknown[])[3] === 'phx_join').length).toBe(1);
    void bench.client.close();
  });

  it('is joined again on the next line', async () => {
    const bench = await open();
    const { heard } = await join(bench);
    bench.server.last.drop();
    await bench.clock.advance(6_000);
    expect(bench.received()).toEqual([['2', '2', 'room:a', 'phx_join', { since: 5 }]]);
    await bench.say(
      ok('2', 'room:a', {}, '2'),
      ['1', null, 'room:a', 'old', 1],
      ['2', null, 'room:a', 'new', 1],
    );
    expect([heard, bench.of('gap')]).toMatchObject([[{ event: 'new' }], [{ recovered: false }]]);
    void bench.client.close();
  });

  it('is heard on the old line of a handover until the new one has it', async () => {
    const bench = await open({ use: [handover()] });
    const { heard } = await join(bench);
    const old = bench.server.last;
    void bench.client.handover();
    await bench.clock.advance(0);
    await bench.clock.settle();
    expect(bench.received()).toEqual([['2', '2', 'room:a', 'phx_join', { since: 5 }]]);
    old.send(JSON.stringify(['1', null, 'room:a', 'on the old', 1]));
    await bench.say(ok('2', 'room:a', {}, '2'), ['2', null, 'room:a', 'on the new', 1]);
    expect(heard).toMatchObject([{ event: 'on the old' }, { event: 'on the new' }]);
    void bench.client.close();
  });

  it('that nobody has subscribed to is heard by the name of its events', async () => {
    const bench = await open();
    const told: unknown[] = [];
    bench.client.onEvent('new_msg', (...all: unknown[]) => told.push(all));
    await bench.say([null, null, 'room:b', 'new_msg', 5], ['7', null, 'room:b', 'new_msg', 6]);
    expect(told).toEqual([[5, 'room:b']]);
    void bench.client.close();
  });
});

describe('pushes', () => {
  it('are requests to a topic, answered in any order', async () => {
    const bench = await open();
    await join(bench);
    const one = watch(bench.client.request('new_msg', { body: 'x' }, { meta: 'room:a' }));
    const two = watch(bench.client.request('bad', undefined, { meta: 'room:a' }));
    const other = watch(bench.client.request('any', {}, { meta: 'room:b' }));
    expect(bench.received().slice(1)).toEqual([
      ['1', '2', 'room:a', 'new_msg', { body: 'x' }],
      ['1', '3', 'room:a', 'bad', {}],
      [null, '4', 'room:b', 'any', {}],
    ]);
    await bench.say(
      ['1', '3', 'room:a', 'phx_reply', { status: 'error', response: {} }],
      ok('2', 'room:a', { id: 7 }),
      ok('2', 'room:a', { id: 8 }),
      [null, '4', 'room:b', 'phx_reply', { status: 'error', response: { reason: 'unmatched topic' } }],
    );
    expect([one.value, two.value, other.value]).toMatchObject([
      { id: 7 },
      { code: 'REQUEST_REJECTED', remoteMessage: 'no message', data: {} },
      { remoteMessage: 'unmatched topic' },
    ]);
    expect(bench.of('lateReply')).toEqual([{ key: 2 }]);
    void bench.client.close();
  });

  it('may want no reply, and only a refusal is told', async () => {
    const bench = await open();
    await join(bench);
    await bench.client.notify('typing', {}, { meta: 'room:a' });
    expect(bench.received()[1]).toEqual(['1', 'n2', 'room:a', 'typing', {}]);
    await bench.say(ok('n2'), [
      '1',
      'n3',
      'room:a',
      'phx_reply',
      { status: 'error', response: { reason: 'no' } },
    ]);
    expect(bench.of('error')).toMatchObject([{ code: 'SERVER_ERROR', remoteMessage: 'no' }]);
    expect([bench.of('message'), bench.of('lateReply')]).toEqual([[], []]);
    void bench.client.close();
  });

  it('without a topic are refused', async () => {
    const { client } = await open();
    const refusal = { code: 'INVALID_OPTION', message: 'The option meta must be the topic to push to.' };
    await expect(client.request('x')).rejects.toMatchObject(refusal);
    await expect(client.notify('x', {})).rejects.toMatchObject(refusal);
    void client.close();
  });
});

describe('frames of bytes', () => {
  const bytes = (kind: number, fields: readonly string[], payload: readonly number[]): Uint8Array =>
    new Uint8Array([
      kind,
      ...fields.map(({ length }) => length),
      ...fields.flatMap((one) => [...new TextEncoder().encode(one)]),
      ...payload,
    ]);

  it('are pushes, replies and broadcasts with bytes as payload', async () => {
    const bench = await open();
    const { heard } = await join(bench);
    const reply = watch(bench.client.request('get', {}, { meta: 'room:a' }));
    bench.server.last.send(bytes(0, ['1', 'room:a', 'pushed'], [1, 2]));
    bench.server.last.send(bytes(2, ['room:a', 'told'], [3]));
    bench.server.last.send(bytes(0, ['9', 'room:a', 'stale'], [4]));
    bench.server.last.send(bytes(1, ['1', '2', 'room:a', 'ok'], [5]));
    await bench.clock.settle();
    expect(heard).toEqual([
      { event: 'pushed', payload: new Uint8Array([1, 2]) },
      { event: 'told', payload: new Uint8Array([3]) },
    ]);
    expect(reply.value).toEqual(new Uint8Array([5]));
    void bench.client.close();
  });

  it.each([[[]], [[0]], [[0, 1, 1]], [[0, 9, 9, 9, 65]], [[7, 1, 2]], [[2, 255, 255, 1]]])(
    'that are not whole are messages: %j',
    async (all) => {
      const bench = await open();
      bench.server.last.send(new Uint8Array(all));
      expect(bench.of('message')).toEqual([new Uint8Array(all)]);
      void bench.client.close();
    },
  );
});

describe('the heartbeat', () => {
  it('is ours, every 30 s, and a line that does not answer is given up', async () => {
    const bench = await open({ heartbeat: {} });
    await bench.clock.advance(30_000);
    expect(bench.received()).toEqual([[null, '1', 'phoenix', 'heartbeat', {}]]);
    await bench.say([null, '1', 'phoenix', 'phx_reply', { status: 'ok', response: {} }]);
    expect([bench.of('rtt').length, bench.of('message'), bench.of('lateReply')]).toEqual([1, [], []]);
    await bench.clock.advance(40_000);
    expect(bench.of('error')).toMatchObject([{ code: 'HEARTBEAT_TIMEOUT' }]);
    void bench.client.close();
  });
});

describe('supabase', () => {
  const tokens = ['token-one-1', 'token-two-2', 'token-three'];

  async function openSupabase(): Promise<PhoenixBench> {
    let count = 0;
    return open({
      url: 'wss://abc.supabase.co/realtime/v1',
      envelope: supabase({
        apikey: 'key-of-the-project',
        accessToken: async () => tokens[count++] as string,
      }),
    });
  }

  const config = { postgres_changes: [{ event: '*', schema: 'public', table: 't' }] };

  it('joins a channel with its config and a token', async () => {
    const bench = await openSupabase();
    expect(bench.server.last.request.url).toBe(
      'wss://abc.supabase.co/realtime/v1/websocket?apikey=key-of-the-project&vsn=2.0.0',
    );
    const heard: unknown[] = [];
    const todos = bench.client.subscribe('todos', config);
    todos.on((event) => heard.push(event));
    await bench.clock.settle();
    expect(bench.received()).toEqual([
      ['1', '1', 'realtime:todos', 'phx_join', { config, access_token: 'token-one-1' }],
    ]);
    const change = { ids: [1], data: { type: 'INSERT', record: {} } };
    await bench.say(ok('1', 'realtime:todos', { postgres_changes: [{ id: 1 }] }), [
      '1',
      null,
      'realtime:todos',
      'postgres_changes',
      change,
    ]);
    expect([todos.status, heard]).toEqual(['active', [{ event: 'postgres_changes', payload: change }]]);
    await bench.client.notify('access_token', { access_token: 'next' }, { meta: 'todos' });
    expect(bench.received()[1]).toEqual([
      '1',
      'n2',
      'realtime:todos',
      'access_token',
      { access_token: 'next' },
    ]);
    todos.unsubscribe();
    expect(bench.received()[2]).toEqual(['1', '3', 'realtime:todos', 'phx_leave', {}]);
    void bench.client.close();
  });

  it('joins with the key of the project where there is no user', async () => {
    const bench = await open({ envelope: supabase({ apikey: 'anon' }) });
    bench.client.subscribe('room');
    await bench.clock.settle();
    expect(bench.received()).toEqual([
      ['1', '1', 'realtime:room', 'phx_join', { config: {}, access_token: 'anon' }],
    ]);
    void bench.client.close();
  });

  it('joins again with a new token where the server has closed the channel, and tells no token', async () => {
    const bench = await openSupabase();
    const told: unknown[] = [];
    bench.client.onEvent('system', (payload: unknown) => told.push(payload));
    const todos = bench.client.subscribe('todos', config);
    await bench.clock.settle();
    await bench.say(ok('1', 'realtime:todos'), ['1', '1', 'realtime:todos', 'phx_close', {}]);
    expect(todos.status).toBe('pending');
    await bench.clock.advance(5_000);
    expect(bench.received()[1]).toEqual([
      '2',
      '2',
      'realtime:todos',
      'phx_join',
      { config, access_token: 'token-two-2' },
    ]);
    const response = { reason: 'token-two-2 is expired' };
    await bench.say(['2', '2', 'realtime:todos', 'phx_reply', { status: 'error', response }]);
    expect(bench.of('error')).toMatchObject([
      { code: 'SUBSCRIPTION_ENDED' },
      { code: 'REQUEST_REJECTED', remoteMessage: '[redacted] is expired' },
    ]);
    void bench.client.close();
  });

  it('asks for a sign of life every 25 s', async () => {
    const bench = await open({ envelope: supabase({ apikey: 'anon' }), heartbeat: {} });
    await bench.clock.advance(25_000);
    expect(bench.received()).toEqual([[null, '1', 'phoenix', 'heartbeat', {}]]);
    void bench.client.close();
  });
});

describe('what a server must not send', () => {
  it('is told as a message, or nothing', async () => {
    const bench = await open();
    await join(bench);
    const odd = [
      ...[null, {}, [], 5, ['1', '1', 'room:a', 'x'], ['1', '1', 'room:a', 5, {}], [null, null, 5, 'x', {}]],
      [null, null, 'k'.repeat(2_000), 'x', {}],
    ];
    await bench.say(...odd);
    expect(bench.of('message')).toEqual(odd);
    await bench.say(
      ...[null, 5, 'x', '9'.repeat(20)].map((ref) => ['1', ref, 'room:a', 'phx_reply', null]),
      [5, null, 'room:a', 'x', {}],
      ['1', '99', 'room:a', 'phx_reply', null],
      [null, '98', 'phoenix', 'phx_reply', { status: 'ok', response: {} }],
    );
    expect(bench.of('message')).toEqual(odd);
    expect(bench.of('lateReply')).toEqual([{ key: 99 }]);
    void bench.client.close();
  });

  it(
    'never makes its reader throw',
    () => {
      for (const factory of [phoenix(), supabase({ apikey: 'k' })])
        survives(
          () => ({ ...factory(), rpc: undefined }),
          [
            ok('1'),
            ['1', 'n2', 'room:a', 'phx_reply', { status: 'error', response: { reason: 'x' } }],
            [null, null, 'room:a', 'new_msg', { body: 'x' }],
            ['1', '1', 'room:a', 'phx_error', {}],
            ['1', '1', 'room:a', 'phx_close', {}],
            [null, '9', 'phoenix', 'phx_reply', { status: 'ok', response: {} }],
          ],
        );
    },
    PROPERTY_TIMEOUT,
  );
});
