// Frames as ActionCable 6.1 sends them.
import { describe, expect, it } from 'vitest';
import { actionCable } from '../../src/envelopes/action-cable.ts';
import { type Bench, setUp } from '../client/set-up.ts';
import { PROPERTY_TIMEOUT } from '../tools/property-runs.ts';
import { survives } from './hostile.ts';

type Options = Parameters<typeof setUp>[0];

interface CableBench extends Bench {
  say(...frames: readonly unknown[]): Promise<void>;
}

async function begin(more: Options = {}, protocol = 'actioncable-v1-json'): Promise<CableBench> {
  const bench = setUp(
    { url: 'ws://test/cable', envelope: actionCable(), ...more },
    { onConnect: (end) => end.accept(protocol) },
  );
  await bench.open();
  const say = async (...frames: readonly unknown[]): Promise<void> => {
    for (const one of frames) bench.server.last.send(JSON.stringify(one));
    await bench.clock.settle();
  };
  return { ...bench, say };
}

async function open(more: Options = {}): Promise<CableBench> {
  const bench = await begin(more);
  await bench.say({ type: 'welcome' });
  expect(bench.client.state.status).toBe('ready');
  return bench;
}

const CHAT = '{"channel":"ChatChannel","room":1}';
const confirm = (identifier = CHAT) => ({ identifier, type: 'confirm_subscription' });
const PING = { type: 'ping', message: 1_764_430_000 };

describe('the login', () => {
  it('offers both subprotocols and waits for the welcome, whatever pings come before', async () => {
    const bench = await begin();
    expect(bench.server.last.request.protocols).toEqual(['actioncable-v1-json', 'actioncable-unsupported']);
    await bench.say(PING);
    expect(bench.client.state.status).toBe('authenticating');
    await bench.say({ type: 'welcome' });
    expect([bench.client.state.status, bench.received()]).toEqual(['ready', []]);
    void bench.client.close();
  });

  it.each([
    [{ reason: 'unauthorized', reconnect: false }, 'closed'],
    [{ reason: 'server_restart', reconnect: true }, 'waiting'],
    [{}, 'waiting'],
  ])('that is refused by %j is %s', async (how, status) => {
    const bench = await begin();
    await bench.say({ type: 'disconnect', ...how });
    await bench.clock.advance(0);
    expect(bench.client.state.status).toBe(status);
    void bench.client.close();
  });

  it('that chooses no version of ours is final', async () => {
    const bench = await begin({}, 'actioncable-unsupported');
    await bench.clock.advance(0);
    expect(bench.client.state.status).toBe('closed');
    const [{ error }] = bench.of('closed') as [{ error: Error }];
    expect(error).toMatchObject({
      code: 'AUTH_REFUSED',
      cause: { remoteMessage: 'actioncable-unsupported' },
    });
  });

  it('gives up a server that is silent, or speaks another protocol', async () => {
    const silent = await begin();
    await silent.clock.advance(10_000);
    expect(silent.of('error')).toMatchObject([{ code: 'LOGIN_FAILED' }]);
    void silent.client.close();
    for (const one of [null, 'x', [], { type: 'hello' }]) {
      const other = await begin();
      await other.say(one);
      expect(other.of('error')).toMatchObject([{ detail: 'other-protocol' }]);
      void other.client.close();
    }
  });
});

describe('the heartbeat', () => {
  it('is the server’s, every 3 s, never answered, and missed after 6', async () => {
    const bench = await open({ heartbeat: {} });
    for (let ping = 0; ping < 5; ping++) {
      await bench.clock.advance(3_000);
      await bench.say(PING);
    }
    expect([bench.received(), bench.of('message')]).toEqual([[], []]);
    await bench.clock.advance(5_999);
    expect(bench.of('error')).toEqual([]);
    await bench.clock.advance(1);
    expect(bench.of('error')).toMatchObject([{ code: 'HEARTBEAT_TIMEOUT' }]);
    void bench.client.close();
  });
});

describe('a channel', () => {
  it('is subscribed to and heard, by its identifier letter by letter', async () => {
    const bench = await open();
    const heard: unknown[] = [];
    const chat = bench.client.subscribe('ChatChannel', { room: 1 });
    chat.on((message) => heard.push(message));
    expect(bench.received()).toEqual([{ command: 'subscribe', identifier: CHAT }]);
    await bench.say({ identifier: CHAT, message: 'early' }, confirm(), confirm());
    expect(chat.status).toBe('active');
    await bench.say(
      { identifier: CHAT, message: { text: 'x' } },
      { identifier: `${CHAT} `, message: 'other' },
    );
    expect(heard).toEqual(['early', { text: 'x' }]);
    void bench.client.close();
  });

  it('has one identifier, in whatever order its params were written', async () => {
    const bench = await open();
    bench.client.subscribe('A', { b: 1, a: [2] });
    bench.client.subscribe('A', { a: [2], b: 1 });
    await bench.client.notify('x', {}, { meta: { b: 1, channel: 'A', a: [2] } });
    const identifier = '{"channel":"A","a":[2],"b":1}';
    expect(bench.received()).toMatchObject([
      { command: 'subscribe', identifier },
      { command: 'message', identifier },
    ]);
    bench.client.subscribe('B');
    expect(bench.received()[2]).toEqual({ command: 'subscribe', identifier: '{"channel":"B"}' });
    void bench.client.close();
  });

  it('that is rejected ends, and one that there is none of times out', async () => {
    const bench = await open();
    const rejected = bench.client.subscribe('ChatChannel', { room: 1 });
    const unknown = bench.client.subscribe('Nothing');
    await bench.say({ identifier: CHAT, type: 'reject_subscription' });
    expect(await rejected.closed).toMatchObject({ code: 'REQUEST_REJECTED', remoteMessage: 'rejected' });
    await bench.clock.advance(30_000);
    expect(await unknown.closed).toMatchObject({ code: 'REQUEST_TIMEOUT' });
    void bench.client.close();
  });

  it('is confirmed out of order, shared, left by the last, and asked for again', async () => {
    const bench = await open();
    const other = bench.client.subscribe('Other');
    const one = bench.client.subscribe('ChatChannel', { room: 1 });
    const two = bench.client.subscribe('ChatChannel', { room: 1 });
    await bench.say(confirm(), confirm('{"channel":"Other"}'));
    expect([one.status, two.status, other.status]).toEqual(['active', 'active', 'active']);
    bench.server.last.drop();
    await bench.clock.advance(6_000);
    await bench.say({ type: 'welcome' });
    expect(bench.received()).toEqual([
      { command: 'subscribe', identifier: '{"channel":"Other"}' },
      { command: 'subscribe', identifier: CHAT },
    ]);
    await bench.say(confirm());
    one.unsubscribe();
    two.unsubscribe();
    expect(bench.received().slice(2)).toEqual([{ command: 'unsubscribe', identifier: CHAT }]);
    void bench.client.close();
  });

  it('takes actions, and answers none', async () => {
    const { client, received } = await open();
    await client.notify('speak', { text: 'x' }, { meta: { channel: 'ChatChannel', room: 1 } });
    await client.notify('clear', undefined, { meta: { channel: 'ChatChannel', room: 1 } });
    expect(received()).toEqual([
      { command: 'message', identifier: CHAT, data: '{"text":"x","action":"speak"}' },
      { command: 'message', identifier: CHAT, data: '{"action":"clear"}' },
    ]);
    for (const meta of [undefined, 'ChatChannel', {}])
      await expect(client.notify('x', {}, { meta })).rejects.toMatchObject({ option: 'meta' });
    await expect(client.request('x')).rejects.toMatchObject({ code: 'UNSUPPORTED', detail: 'no-replies' });
    void client.close();
  });

  it('that nobody has subscribed to is heard as messages', async () => {
    const bench = await open();
    const told: unknown[] = [];
    bench.client.onEvent('message', (...all: unknown[]) => told.push(all));
    await bench.say({ identifier: CHAT, message: null });
    expect(told).toEqual([[null, CHAT]]);
    void bench.client.close();
  });
});

describe('the server’s goodbye', () => {
  it.each([
    [{ reason: 'server_restart', reconnect: true }, 'authenticating', 2],
    [{ reason: 'remote' }, 'authenticating', 2],
    [{ reason: 'unauthorized', reconnect: false }, 'closed', 1],
  ])('%j leads to %s', async (how, status, connections) => {
    const bench = await open();
    await bench.say({ type: 'disconnect', ...how });
    await bench.clock.advance(1_000);
    expect([bench.client.state.status, bench.server.connections.length]).toEqual([status, connections]);
    void bench.client.close();
  });
});

describe('what a server must not send', () => {
  it('is told as a message, or nothing', async () => {
    const bench = await open();
    const odd = [
      ...[null, [], 5, {}, { type: 'x' }, { identifier: 5, message: 1 }, { identifier: CHAT, type: 'x' }],
      { identifier: 'k'.repeat(2_000), message: 1 },
    ];
    await bench.say(...odd);
    expect(bench.of('message')).toEqual(odd);
    await bench.say(
      confirm('nobody’s'),
      { identifier: 'nobody’s', type: 'reject_subscription' },
      { type: 'welcome' },
    );
    expect([bench.of('message').length, bench.of('error'), bench.of('lateReply')]).toEqual([
      odd.length,
      [],
      [],
    ]);
    void bench.client.close();
  });

  it(
    'never makes its reader throw',
    () => {
      survives(
        () => ({ ...actionCable()(), rpc: undefined }),
        [
          { type: 'welcome' },
          PING,
          confirm(),
          { identifier: CHAT, type: 'reject_subscription' },
          { identifier: CHAT, message: { text: 'x' } },
          { type: 'disconnect', reason: 'unauthorized', reconnect: false },
        ],
      );
    },
    PROPERTY_TIMEOUT,
  );
});
