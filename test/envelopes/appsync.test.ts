// Frames as the documentation and Amplify have them.
import { describe, expect, it } from 'vitest';
import { appSync } from '../../src/envelopes/appsync.ts';
import { type Bench, setUp, watch } from '../client/set-up.ts';
import { PROPERTY_TIMEOUT } from '../tools/property-runs.ts';
import { survives } from './hostile.ts';

const KEY = { host: 'id.appsync-api.eu-central-1.amazonaws.com', 'x-api-key': 'da2-hush-hush>>>???' };

interface SyncBench extends Bench {
  say(...frames: readonly object[]): void;
}

async function begin(
  authorize: Parameters<typeof appSync>[0]['authorize'] = () => KEY,
  options = {},
): Promise<SyncBench> {
  const bench = setUp(
    { envelope: appSync({ authorize }), ...options },
    { onConnect: (end) => end.accept('aws-appsync-event-ws') },
  );
  await bench.open();
  const say = (...frames: readonly object[]): void => {
    for (const one of frames) bench.server.last.send(JSON.stringify(one));
  };
  return { ...bench, say };
}

const ACK = { type: 'connection_ack', connectionTimeoutMs: 300_000 };

async function open(...args: Parameters<typeof begin>): Promise<SyncBench> {
  const bench = await begin(...args);
  bench.say(ACK);
  await bench.clock.settle();
  expect(bench.client.state.status).toBe('ready');
  return bench;
}

const sent = ({ received }: Bench): unknown[] => received().slice(1);

describe('the login', () => {
  it('carries its authorization in a subprotocol, asked for on every connection', async () => {
    let count = 0;
    const bench = await begin(async () => ({ host: 'h', Authorization: `tökén-${++count}?>` }));
    const header = (n: number): string =>
      `header-${Buffer.from(JSON.stringify({ host: 'h', Authorization: `tökén-${n}?>` })).toString('base64url')}`;
    expect(bench.server.last.request.protocols).toEqual(['aws-appsync-event-ws', header(1)]);
    expect(bench.received()).toEqual([{ type: 'connection_init' }]);
    bench.server.last.drop();
    await bench.clock.advance(6_000);
    expect(bench.server.last.request.protocols).toEqual(['aws-appsync-event-ws', header(2)]);
    expect(header(1)).not.toMatch(/[+/=]/);
    void bench.client.close();
  });

  it('that is refused for its authorization is final, and nothing says the key', async () => {
    const bench = await begin();
    const message = `You are not authorized with ${KEY['x-api-key']}`;
    bench.say({ type: 'connection_error', errors: [{ errorType: 'UnauthorizedException', message }] });
    await bench.clock.advance(60_000);
    expect([bench.client.state.status, bench.server.connections.length]).toEqual(['closed', 1]);
    const [{ error }] = bench.of('closed') as [{ error: Error }];
    expect(error).toMatchObject({ code: 'AUTH_REFUSED', cause: { remoteCode: 'UnauthorizedException' } });
    expect(`${error.cause} ${JSON.stringify([bench.told, error.cause])}`).not.toContain('hush');
  });

  it.each([
    [{ type: 'connection_error', errors: [{ errorType: 'LimitExceededError', message: 'many' }] }, 'failed'],
    [{ type: 'connection_error' }, 'failed'],
    [{ type: 'welcome' }, 'other-protocol'],
  ])('that fails otherwise is tried again: %j', async (answer, detail) => {
    const { client, clock, server, say, of } = await begin();
    say(answer);
    await clock.advance(6_000);
    expect(of('error')).toMatchObject([{ code: 'LOGIN_FAILED', detail }]);
    expect(server.connections.length).toBe(2);
    void client.close();
  });

  it('is not waited for for ever', async () => {
    const { client, clock, of } = await begin();
    await clock.advance(10_000);
    expect(of('error')).toMatchObject([{ detail: 'no-answer' }]);
    void client.close();
  });

  it('needs to know how', () => {
    expect(() => appSync({} as never)).toThrow(/authorize of appSync must be a function/);
  });
});

describe('signs of life', () => {
  it('come from the server as often as it has said', async () => {
    const { client, clock, say, of } = await begin(undefined, { heartbeat: {} });
    say({ type: 'connection_ack', connectionTimeoutMs: 60_000 });
    await clock.settle();
    await clock.advance(60_000);
    say({ type: 'ka' });
    await clock.advance(69_999);
    expect([of('error'), of('message')]).toEqual([[], []]);
    await clock.advance(1);
    expect(of('error')).toMatchObject([{ code: 'HEARTBEAT_TIMEOUT' }]);
    void client.close();
  });
});

describe('channels', () => {
  it('are subscribed with an authorization of their own, and left', async () => {
    const asked: unknown[] = [];
    const bench = await open(async (message) => {
      asked.push(message);
      return KEY;
    });
    const { client, clock, say } = bench;
    const told: unknown[] = [];
    const room = client.subscribe('/default/room');
    room.on((event) => told.push(event));
    await clock.settle();
    expect(asked).toEqual([undefined, { channel: '/default/room' }]);
    expect(sent(bench)).toEqual([
      { type: 'subscribe', id: '1', channel: '/default/room', authorization: KEY },
    ]);
    say(
      { type: 'data', id: '1', event: '{"early":1}' },
      { type: 'subscribe_success', id: '1' },
      { type: 'data', id: '1', event: 'no json' },
      { type: 'data', id: '1', event: ['{"a":1}', '{"a":2}'] },
      { type: 'data', id: '1', event: 'null' },
    );
    expect(told).toEqual([{ early: 1 }, 'no json', { a: 1 }, { a: 2 }, null]);
    room.unsubscribe();
    expect(sent(bench)[1]).toEqual({ type: 'unsubscribe', id: '1' });
    say({ type: 'unsubscribe_success', id: '1' }, { type: 'data', id: '1', event: '1' });
    expect([told.length, bench.of('lateReply'), client.stats().pending]).toEqual([5, [], 0]);
    void client.close();
  });

  it('that are refused end, and so do those whose authorization cannot be had', async () => {
    let isDown = false;
    const { client, clock, say } = await open(async () => {
      if (isDown) throw new Error('no token');
      return KEY;
    });
    const room = client.subscribe('/default/room');
    await clock.settle();
    say({
      type: 'subscribe_error',
      id: '1',
      errors: [{ errorType: 'UnauthorizedException', message: 'no' }],
    });
    expect(await room.closed).toMatchObject({
      code: 'REQUEST_REJECTED',
      remoteCode: 'UnauthorizedException',
      remoteMessage: 'no',
    });
    isDown = true;
    expect(await client.subscribe('/default/other').closed).toMatchObject({ message: 'no token' });
    void client.close();
  });

  it('are asked for again on the next line', async () => {
    const bench = await open();
    const { client, clock, server, say } = bench;
    client.subscribe('/default/room');
    await clock.settle();
    say({ type: 'subscribe_success', id: '1' });
    server.last.drop();
    await clock.advance(6_000);
    say(ACK);
    await clock.settle();
    expect(sent(bench)).toMatchObject([{ type: 'subscribe', id: '2', channel: '/default/room' }]);
    say({ type: 'subscribe_success', id: '2' });
    expect(bench.of('gap')).toMatchObject([{ recovered: false }]);
    void client.close();
  });
});

describe('publishing', () => {
  it('sends each event as a text, and says what came of it', async () => {
    const bench = await open();
    const { client, clock, say } = bench;
    const params = { channel: '/default/room', events: [{ a: 1 }, 'text'] };
    const [done, signed] = [
      watch(client.request('publish', params)),
      watch(client.request('publish', params, { meta: { host: 'h', 'x-amz-date': 'd' } })),
    ];
    const events = ['{"a":1}', '"text"'];
    expect(sent(bench)).toEqual([
      { ...params, id: '1', type: 'publish', events, authorization: KEY },
      { ...params, id: '2', type: 'publish', events, authorization: { host: 'h', 'x-amz-date': 'd' } },
    ]);
    say(
      { type: 'publish_error', id: '2', errors: [{ errorType: 'UnauthorizedException', message: 'no' }] },
      { type: 'publish_success', id: '1', successful: [{ identifier: 'x', index: 0 }], failed: [] },
    );
    await clock.settle();
    expect(done.value).toEqual({ successful: [{ identifier: 'x', index: 0 }], failed: [] });
    expect(signed.value).toMatchObject({ code: 'REQUEST_REJECTED', remoteMessage: 'no' });
    void client.close();
  });

  it('without waiting tells of failures alone', async () => {
    const { client, say, of } = await open();
    await client.notify('publish', { channel: '/default/room', events: [1] });
    say({ type: 'publish_success', id: 'unawaited', successful: [], failed: [] });
    expect([of('lateReply'), of('error')]).toEqual([[], []]);
    say({ type: 'publish_error', id: 'unawaited', errors: [{ message: 'large' }] });
    expect(of('error')).toMatchObject([{ code: 'SERVER_ERROR', remoteMessage: 'large' }]);
    void client.close();
  });
});

describe('the rest', () => {
  it.each(['connection_error', 'broadcast_error', 'error', 'unsubscribe_error'])(
    'tells what nobody asked for as an error: %s',
    async (type) => {
      const { client, say, of } = await open();
      say({ type, id: '7', errors: [{ errorType: 'LimitExceededError', message: 'much' }] });
      expect(of('error')).toMatchObject([{ code: 'SERVER_ERROR', remoteCode: 'LimitExceededError' }]);
      void client.close();
    },
  );

  it('tells what it does not know as a message', async () => {
    const { client, say, of } = await open();
    say({ type: 'new', id: '1' }, { type: 'data' });
    expect(of('message')).toEqual([{ type: 'new', id: '1' }, { type: 'data' }]);
    void client.close();
  });

  it('survives whatever comes', { timeout: PROPERTY_TIMEOUT }, () => {
    survives(appSync({ authorize: () => KEY }), [
      ACK,
      { type: 'ka' },
      { type: 'data', id: '1', event: '{"a":1}' },
      { type: 'data', id: '1', event: ['1', '2'] },
      { type: 'subscribe_success', id: '1' },
      { type: 'subscribe_error', id: '1', errors: [{ errorType: 'x', message: 'y' }] },
      { type: 'publish_success', id: '1', successful: [{ identifier: 'x', index: 0 }], failed: [] },
      { type: 'broadcast_error', id: '1', errors: [{ errorCode: 400 }] },
    ]);
  });
});
