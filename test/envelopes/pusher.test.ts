// Frames as Pusher's protocol 7 and Laravel Reverb define them; there is no server to start.
import { describe, expect, it } from 'vitest';
import { type PusherOptions, pusher } from '../../src/envelopes/pusher.ts';
import { type Bench, setUp } from '../client/set-up.ts';
import { PROPERTY_TIMEOUT } from '../tools/property-runs.ts';
import { survives } from './hostile.ts';

type Options = Parameters<typeof setUp>[0];

interface PusherBench extends Bench {
  say(...frames: readonly unknown[]): Promise<void>;
}

async function begin(options: PusherOptions = {}, more: Options = {}): Promise<PusherBench> {
  const bench = setUp({ url: 'ws://test/app/key', envelope: pusher(options), ...more });
  await bench.open();
  const say = async (...frames: readonly unknown[]): Promise<void> => {
    for (const one of frames) bench.server.last.send(JSON.stringify(one));
    await bench.clock.settle();
  };
  return { ...bench, say };
}

const established = (socketId = '1.2', silence = 120) => ({
  event: 'pusher:connection_established',
  data: JSON.stringify({ socket_id: socketId, activity_timeout: silence }),
});

async function open(options: PusherOptions = {}, more: Options = {}): Promise<PusherBench> {
  const bench = await begin(options, more);
  await bench.say(established());
  expect(bench.client.state.status).toBe('ready');
  return bench;
}

const succeeded = (channel: string) => ({
  event: 'pusher_internal:subscription_succeeded',
  channel,
  data: '{}',
});

describe('the login', () => {
  it('waits for the id of the socket, at an address with the protocol’s parameters', async () => {
    const bench = await begin();
    expect(bench.server.last.request.url).toBe(
      'ws://test/app/key?protocol=7&client=js&version=8.4.0&flash=false',
    );
    expect(bench.client.state.status).toBe('authenticating');
    await bench.say(established());
    expect([bench.client.state.status, bench.received()]).toEqual(['ready', []]);
    void bench.client.close();
  });

  it.each([
    [4001, 'closed'],
    [4009, 'closed'],
    [4100, 'waiting'],
    [4201, 'waiting'],
    [undefined, 'waiting'],
  ])('that is refused by the error %s is %s', async (code, status) => {
    const bench = await begin();
    await bench.say({ event: 'pusher:error', data: { code, message: 'no' } });
    await bench.clock.advance(0);
    expect(bench.client.state.status).toBe(status);
    void bench.client.close();
  });

  it('gives up a server that is silent, or speaks another protocol', async () => {
    const silent = await begin();
    await silent.clock.advance(10_000);
    expect(silent.of('error')).toMatchObject([{ code: 'LOGIN_FAILED' }]);
    void silent.client.close();
    for (const one of [null, { type: 'welcome' }, { event: 'pusher:connection_established', data: '{}' }]) {
      const other = await begin();
      await other.say(one);
      expect(other.of('error')).toMatchObject([{ detail: 'other-protocol' }]);
      void other.client.close();
    }
  });
});

describe('the close codes', () => {
  it.each([4000, 4004, 4009, 4099])('%i is final', async (code) => {
    const bench = await open();
    bench.server.last.close(code, 'no');
    await bench.clock.advance(60_000);
    expect([bench.client.state.status, bench.server.connections.length]).toEqual(['closed', 1]);
  });

  it.each([4100, 4200, 4202, 1006])('%i is followed by another line', async (code) => {
    const bench = await open();
    if (code === 1006) bench.server.last.drop();
    else bench.server.last.close(code);
    await bench.clock.advance(6_000);
    expect(bench.server.connections.length).toBe(2);
    void bench.client.close();
  });
});

describe('the heartbeat', () => {
  it('asks after the time that the server has named, and gives up 30 s later', async () => {
    const bench = await begin({}, { heartbeat: {} });
    await bench.say(established('1.2', 60));
    await bench.clock.advance(60_000);
    expect(bench.received()).toEqual([{ event: 'pusher:ping', data: {} }]);
    await bench.say({ event: 'pusher:pong', data: {} });
    expect([bench.of('rtt').length, bench.of('message')]).toEqual([1, []]);
    await bench.clock.advance(90_000);
    expect(bench.of('error')).toMatchObject([{ code: 'HEARTBEAT_TIMEOUT' }]);
    void bench.client.close();
  });

  it('answers the server’s', async () => {
    const bench = await open();
    await bench.say({ event: 'pusher:ping' }, { event: 'pusher:pong' });
    expect([bench.received(), bench.of('message')]).toEqual([[{ event: 'pusher:pong', data: {} }], []]);
    void bench.client.close();
  });
});

describe('a channel', () => {
  it('is subscribed to and heard, with data of any form', async () => {
    const bench = await open();
    const heard: unknown[] = [];
    const room = bench.client.subscribe('room');
    room.on((event) => heard.push(event));
    expect(bench.received()).toEqual([{ event: 'pusher:subscribe', data: { channel: 'room' } }]);
    await bench.say({ event: 'early', channel: 'room', data: '1' }, succeeded('room'), succeeded('room'));
    expect([room.status, bench.of('lateReply')]).toEqual(['active', []]);
    await bench.say(
      { event: 'created', channel: 'room', data: '{"a":1}' },
      { event: 'created', channel: 'room', data: 'no json' },
      { event: 'client-typing', channel: 'room', data: { b: 2 }, user_id: 'u' },
    );
    expect(heard).toEqual([
      { event: 'early', data: 1 },
      { event: 'created', data: { a: 1 } },
      { event: 'created', data: 'no json' },
      { event: 'client-typing', data: { b: 2 }, userId: 'u' },
    ]);
    void bench.client.close();
  });

  it('that is private has a credential of its own on every connection', async () => {
    const asked: unknown[] = [];
    const bench = await open({
      authorize: async ({ channel, socketId, meta, signal }) => {
        asked.push([channel, socketId, meta, signal.aborted]);
        return {
          auth: `key:${socketId}`,
          channel_data: channel.startsWith('pre') ? '{"user_id":"u"}' : undefined,
        };
      },
    });
    bench.client.subscribe('private-x', undefined, { meta: 'mine' });
    bench.client.subscribe('presence-x');
    bench.client.subscribe('open');
    await bench.clock.settle();
    expect(bench.received()).toEqual([
      { event: 'pusher:subscribe', data: { channel: 'open' } },
      { event: 'pusher:subscribe', data: { channel: 'private-x', auth: 'key:1.2' } },
      {
        event: 'pusher:subscribe',
        data: { channel: 'presence-x', auth: 'key:1.2', channel_data: '{"user_id":"u"}' },
      },
    ]);
    bench.server.last.drop();
    await bench.clock.advance(6_000);
    await bench.say(established('3.4'));
    expect(bench.received()).toContainEqual({
      event: 'pusher:subscribe',
      data: { channel: 'private-x', auth: 'key:3.4' },
    });
    expect(asked[0]).toEqual(['private-x', '1.2', 'mine', false]);
    void bench.client.close();
  });

  it('whose credential cannot be had, or is refused, ends; and no error tells it', async () => {
    const fault = new Error('403');
    const bench = await open({
      authorize: ({ channel }) =>
        channel === 'private-no' ? Promise.reject(fault) : { auth: 'key:hush-hush-hush' },
    });
    const none = bench.client.subscribe('private-no');
    const bad = bench.client.subscribe('private-x');
    await bench.clock.settle();
    expect(await none.closed).toBe(fault);
    const data = { type: 'AuthError', error: 'key:hush-hush-hush is wrong', status: 401 };
    await bench.say({ event: 'pusher:subscription_error', channel: 'private-x', data });
    const error = (await bad.closed) as Error;
    expect(error).toMatchObject({ code: 'REQUEST_REJECTED', remoteCode: 'AuthError' });
    expect(JSON.stringify([error, error.message])).not.toContain('hush-hush');
    void bench.client.close();
  });

  it('that is refused without its name times out, and the error is the cause', async () => {
    const bench = await open();
    const room = bench.client.subscribe('room');
    await bench.say({ event: 'pusher:error', data: '{"code":4009,"message":"Connection is unauthorized"}' });
    expect(bench.of('error')).toMatchObject([{ code: 'SERVER_ERROR', remoteCode: 4009 }]);
    await bench.clock.advance(30_000);
    expect(await room.closed).toMatchObject({
      code: 'REQUEST_TIMEOUT',
      cause: { remoteMessage: 'Connection is unauthorized' },
    });
    void bench.client.close();
  });

  it('is shared, left by the last, and may be subscribed to anew', async () => {
    const bench = await open();
    const one = bench.client.subscribe('room');
    const two = bench.client.subscribe('room');
    await bench.say(succeeded('room'));
    one.unsubscribe();
    expect(bench.received().length).toBe(1);
    two.unsubscribe();
    const three = bench.client.subscribe('room');
    await bench.say(succeeded('room'));
    expect(bench.received().slice(1)).toEqual([
      { event: 'pusher:unsubscribe', data: { channel: 'room' } },
      { event: 'pusher:subscribe', data: { channel: 'room' } },
    ]);
    expect(three.status).toBe('active');
    void bench.client.close();
  });

  it('that nobody has subscribed to is heard by its events, as is what has no channel', async () => {
    const bench = await open();
    const told: unknown[] = [];
    bench.client.onEvent('created', (...all: unknown[]) => told.push(all));
    await bench.say({ event: 'created', channel: 'x', data: '1' }, { event: 'created', data: 2 });
    expect(told).toEqual([[1, 'x'], [2]]);
    void bench.client.close();
  });

  it('takes events of ours', async () => {
    const { client, received } = await open();
    await client.notify('client-typing', { a: 1 }, { meta: 'private-x' });
    await client.notify('client-seen', undefined, { meta: 'private-x' });
    expect(received()).toEqual([
      { event: 'client-typing', channel: 'private-x', data: { a: 1 } },
      { event: 'client-seen', channel: 'private-x', data: {} },
    ]);
    await expect(client.notify('client-x')).rejects.toMatchObject({ code: 'INVALID_OPTION', option: 'meta' });
    await expect(client.request('x')).rejects.toMatchObject({ code: 'UNSUPPORTED', detail: 'no-replies' });
    void client.close();
  });
});

describe('what a server must not send', () => {
  it('is told as a message, or nothing', async () => {
    const bench = await open();
    const odd = [null, [], 5, {}, { event: 5 }, { channel: 'x' }];
    await bench.say(...odd);
    expect(bench.of('message')).toEqual(odd);
    await bench.say(succeeded('nobody'), { event: 'pusher:subscription_error', channel: 'nobody' });
    expect([bench.of('message').length, bench.of('error')]).toEqual([odd.length, []]);
    void bench.client.close();
  });

  it(
    'never makes its reader throw',
    () => {
      survives(
        () => ({ ...pusher()(), rpc: undefined }),
        [
          established(),
          succeeded('room'),
          { event: 'pusher:subscription_error', channel: 'room', data: { type: 'AuthError', status: 401 } },
          { event: 'pusher:error', data: { message: 'x', code: 4009 } },
          { event: 'created', channel: 'room', data: '{"a":1}', user_id: 'u' },
          { event: 'pusher:ping', data: {} },
        ],
      );
    },
    PROPERTY_TIMEOUT,
  );
});
