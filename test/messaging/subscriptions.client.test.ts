import { describe, expect, it, vi } from 'vitest';
import { login } from '../../src/auth/login.ts';
import type { EnvelopeFactory, RpcEnvelope } from '../../src/messaging/envelope.ts';
import { jsonRpc } from '../../src/messaging/json-rpc.ts';
import { raw } from '../../src/messaging/raw.ts';
import type { Subscription } from '../../src/messaging/subscription.ts';
import { subscriptions } from '../../src/messaging/subscriptions.ts';
import type { ScriptedServerOptions } from '../../src/testing/scripted-server.ts';
import { type Bench, setUp } from '../client/set-up.ts';

const open = async (options = {}, behaviour: ScriptedServerOptions = {}): Promise<Bench> => {
  const bench = setUp(options, behaviour);
  await bench.open();
  return bench;
};

const event = (id: unknown, result: unknown): string =>
  JSON.stringify({ jsonrpc: '2.0', method: 'subscription', params: { subscription: id, result } });
const reply = (id: number, result: unknown): string => JSON.stringify({ jsonrpc: '2.0', id, result });

const heardBy = (subscription: Subscription<unknown>): unknown[] => {
  const heard: unknown[] = [];
  subscription.on((one) => heard.push(one));
  return heard;
};

const methods = ({ server }: Bench): string[] =>
  server.last.received.map((data) => {
    const { method, params } = JSON.parse(data as string);
    return `${method} ${JSON.stringify(params)}`;
  });

describe('client.subscribe', () => {
  it('reads events in a loop, and tells the server when the loop is left', async () => {
    const bench = await open();
    const { client, clock, server } = bench;
    const loop = (async () => {
      const heard: unknown[] = [];
      for await (const tick of client.subscribe('ticks', { symbol: 'A' })) {
        heard.push(tick);
        if (heard.length === 2) return heard;
      }
      return undefined;
    })();
    await clock.settle();
    // The first event overtakes the reply that says whose it is.
    server.last.send(event('0xa', 1));
    server.last.send(reply(1, '0xa'));
    server.last.send(event('0xa', 2));
    expect(await loop).toEqual([1, 2]);
    expect(methods(bench)).toEqual(['subscribe ["ticks",{"symbol":"A"}]', 'unsubscribe ["0xa"]']);
    expect(bench.of('message')).toEqual([]);
    void client.close();
  });

  it('connects if nothing has yet', async () => {
    const bench = setUp();
    bench.client.subscribe('ticks');
    expect(bench.client.state).toMatchObject({ status: 'connecting', reason: 'first use' });
    await bench.clock.advance(0);
    expect(methods(bench)).toEqual(['subscribe ["ticks"]']);
    void bench.client.close();
  });

  it('after a reconnect: login, then subscriptions in order, then what a listener sends at once, then what waits', async () => {
    const auth = login(async (line) => {
      line.send('{"method":"login"}');
      await line.receive();
    });
    const bench = setUp({ auth });
    const { client, clock, server } = bench;
    await bench.open();
    server.last.send('"in"');
    await clock.settle();
    client.subscribe('a');
    client.subscribe('b');
    server.last.send(reply(1, 'a1'));
    server.last.drop();
    void client.send({ method: 'queued' });
    client.subscribe('c');
    client.once('reconnected', () => void client.send({ method: 'from a listener' }));
    await clock.advance(6_000);
    server.last.send('"in"');
    await clock.settle();
    expect(methods(bench)).toEqual([
      'login undefined',
      'subscribe ["a"]',
      'subscribe ["b"]',
      'subscribe ["c"]',
      'from a listener undefined',
      'queued undefined',
    ]);
    void client.close();
  });

  it('a subscription made by a listener of `ready` is asked for once', async () => {
    const bench = setUp();
    bench.client.once('ready', () => void bench.client.subscribe('ticks'));
    await bench.open();
    expect(methods(bench)).toEqual(['subscribe ["ticks"]']);
    void bench.client.close();
  });

  it('ends the loop when the server refuses, or does not answer in time', async () => {
    const { client, clock, server } = await open({ requestTimeout: 1_000 });
    const [refused, silent] = [client.subscribe('a'), client.subscribe('b')];
    const first = refused[Symbol.asyncIterator]().next();
    server.last.send('{"id":1,"error":{"code":-1,"message":"no"}}');
    await expect(first).rejects.toMatchObject({ code: 'REQUEST_REJECTED', method: 'a', remoteCode: -1 });
    await clock.advance(1_000);
    expect(await silent.closed).toMatchObject({ code: 'REQUEST_TIMEOUT', outcome: 'unknown' });
    expect(client.stats().pending).toBe(0);
    void client.close();
  });

  it('a refusal after a reconnect does not end it: it is asked for again', async () => {
    const { client, clock, server } = await open();
    const subscription = client.subscribe('a');
    server.last.send(reply(1, 'x'));
    server.last.drop();
    await clock.advance(6_000);
    server.last.send('{"id":2,"error":{"code":-1,"message":"not yet"}}');
    await clock.advance(6_000);
    server.last.send(reply(3, 'y'));
    expect(subscription.status).toBe('active');
    void client.close();
  });

  it('waits while the socket has enough to do, and is not sent on another line', async () => {
    const bench = await open();
    const { client, clock, server } = bench;
    server.last.bufferedAmount = 17 * 1024 * 1024;
    client.subscribe('a');
    expect(methods(bench)).toEqual([]);
    server.last.drop();
    await clock.advance(6_000);
    expect(methods(bench)).toEqual(['subscribe ["a"]']);
    expect(client.stats().pending).toBe(1);
    void client.close();
  });

  it('ends plainly with the client, and with the error of one that gave up', async () => {
    const { client, clock, server } = await open();
    const subscription = client.subscribe('a');
    const next = subscription[Symbol.asyncIterator]().next();
    void client.close();
    await clock.advance(0);
    expect(await next).toEqual({ value: undefined, done: true });
    const late = client.subscribe('b');
    expect(await late.closed).toMatchObject({ code: 'CLIENT_CLOSED' });
    client.connect();
    await clock.advance(0);
    const failed = client.subscribe('c');
    server.last.close(4_400);
    await clock.settle();
    expect(await failed.closed).toMatchObject({ code: 'CONNECTION_CLOSED' });
    expect(client.stats().pending).toBe(0);
  });

  it('what is subscribed to while the client closes waits for its next life, if there is to be one', async () => {
    const bench = await open();
    const { client, clock } = bench;
    const before = client.subscribe('before');
    void client.close();
    client.connect();
    const after = client.subscribe('after');
    await clock.advance(0);
    expect(before.status).toBe('closed');
    expect(after.status).toBe('pending');
    expect(methods(bench)).toEqual(['subscribe ["after"]']);
    void client.close();
  });

  it('events that are nobody’s are ordinary ones', async () => {
    const bench = await open();
    const { client, server } = bench;
    const listener = vi.fn();
    client.onEvent('subscription', listener);
    server.last.send(event('x', 1));
    client.subscribe('a');
    server.last.send(event('y', 2));
    expect(listener).toHaveBeenCalledTimes(1);
    server.last.send(reply(1, 'a1'));
    expect(listener.mock.calls).toEqual([
      [{ subscription: 'x', result: 1 }],
      [{ subscription: 'y', result: 2 }],
    ]);
    void client.close();
  });

  it('needs its part, and an envelope that knows it', async () => {
    const without = (options: object) => setUp(options, {}, true).client;
    for (const client of [without({}), without({ use: [subscriptions()], envelope: raw() })]) {
      expect(() => client.subscribe('a')).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
    }
    const bare: EnvelopeFactory = () => {
      const envelope = jsonRpc()();
      return { ...envelope, rpc: { ...(envelope.rpc as RpcEnvelope), subscriptions: undefined } };
    };
    const client = without({ use: [subscriptions()], envelope: bare });
    expect(() => client.subscribe('a')).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
  });

  it('an envelope that does not confirm: sent and done', async () => {
    const envelope: EnvelopeFactory = () => {
      const made = jsonRpc()();
      const rpc = made.rpc as RpcEnvelope;
      return { ...made, rpc: { ...rpc, subscriptions: { ...rpc.subscriptions!, confirms: false } } };
    };
    const bench = await open({ envelope });
    const subscription = bench.client.subscribe('a');
    const heard = heardBy(subscription);
    bench.server.last.send(event(1, 'hello'));
    subscription.unsubscribe();
    expect(heard).toEqual(['hello']);
    expect(methods(bench)).toEqual(['subscribe ["a"]', 'unsubscribe [1]']);
    void bench.client.close();
  });

  it.each([
    ['name', () => [5]],
    ['options', () => ['a', undefined, 5]],
    ['signal', () => ['a', undefined, { signal: {} }]],
    ['cursor', () => ['a', undefined, { cursor: 'id' }]],
    ['resume', () => ['a', undefined, { resume: 5 }]],
    ['resumed', () => ['a', undefined, { resumed: true }]],
    ['overflow', () => ['a', undefined, { overflow: 'pause' }]],
    ['maxEvents', () => ['a', undefined, { maxEvents: 0 }]],
    ['maxEvents', () => ['a', undefined, { maxEvents: 'many' }]],
  ])('refuses a wrong %s at once', async (name, args) => {
    const { client, received } = await open();
    const subscribe = client.subscribe.bind(client) as (...all: unknown[]) => unknown;
    expect(() => subscribe(...args())).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining(` ${name} `) }),
    );
    expect(received()).toEqual([]);
    void client.close();
  });

  it('refuses params that have no form, and bounds that are none', async () => {
    const { client } = await open();
    expect(() => client.subscribe('a', 5n)).toThrow(expect.objectContaining({ code: 'INVALID_DATA' }));
    expect(client.stats().pending).toBe(0);
    expect(() => subscriptions({ overflow: 'pause' as never })).toThrow('overflow of subscriptions');
    expect(() => subscriptions({ maxEvents: 'many' as never })).toThrow('maxEvents of subscriptions');
    void client.close();
  });
});

describe('gaps', () => {
  const resumable = {
    cursor: (tick: unknown) => (tick as { at: number }).at,
    resume: (params: unknown, from: unknown) => ({ ...(params as object), from }),
    resumed: (result: unknown) => (result as { resumed?: boolean }).resumed === true,
  };

  /** A client without listeners of plain messages, on its second line. */
  async function lost() {
    const bench = setUp();
    const { clock, server } = bench;
    const { client } = quiet(bench);
    await bench.open();
    const subscription = client.subscribe('ticks', {}, resumable);
    const heard = heardBy(subscription);
    server.last.send(reply(1, 'x'));
    server.last.send(event('x', { at: 1 }));
    server.last.drop();
    await clock.advance(6_000);
    return { ...bench, subscription, heard };
  }

  /** The bench listens to everything, `message` included: that must not count here. */
  function quiet(bench: Bench): Bench {
    bench.forget('message');
    return bench;
  }

  it('recovered only when the server has confirmed where it goes on', async () => {
    const { client, server, of, heard, received } = await lost();
    expect(of('gap')).toEqual([]);
    expect(received()[0]).toMatchObject({ params: ['ticks', { from: 1 }] });
    server.last.send(reply(2, { subscription: 'y', resumed: true }));
    expect(of('gap')).toMatchObject([{ previousEpoch: 1, epoch: 2, recovered: true }]);
    server.last.send(event('y', { at: 1 }));
    server.last.send(event('y', { at: 2 }));
    expect(heard).toEqual([{ at: 1 }, { at: 2 }]);
    void client.close();
  });

  it('not when somebody listens to what has no place to go on from', async () => {
    const { client, server, of } = await lost();
    client.onEvent('news', () => {});
    server.last.send(reply(2, { subscription: 'y', resumed: true }));
    expect(of('gap')).toMatchObject([{ recovered: false }]);
    void client.close();
  });

  it('not when somebody listens to all messages', async () => {
    const { client, server, of } = await lost();
    client.on('message', () => {});
    server.last.send(reply(2, { subscription: 'y', resumed: true }));
    expect(of('gap')).toMatchObject([{ recovered: false }]);
    void client.close();
  });

  it('not when the line is lost before the server has confirmed', async () => {
    const { client, clock, server, of } = await lost();
    server.last.drop();
    expect(of('gap')).toMatchObject([{ epoch: 2, recovered: false }]);
    await clock.advance(6_000);
    void client.close();
  });

  it('without subscriptions at once, as ever; none for the first line', async () => {
    const bench = await open();
    expect(bench.of('gap')).toEqual([]);
    bench.server.last.drop();
    await bench.clock.advance(6_000);
    expect(bench.of('gap')).toMatchObject([{ epoch: 2, duration: 2_500, recovered: false }]);
    void bench.client.close();
  });

  it('a reader that is too slow makes one, by the name of its subscription', async () => {
    const { client, server, of } = await open({
      use: [subscriptions({ maxEvents: 1, overflow: 'drop-oldest' })],
    });
    client.subscribe('ticks');
    server.last.send(reply(1, 'x'));
    for (const at of [1, 2, 3]) server.last.send(event('x', at));
    expect(of('gap')).toEqual([
      { previousEpoch: 1, epoch: 1, duration: 0, recovered: false, subscription: 'ticks' },
    ]);
    void client.close();
  });

  it('a listener that closes the client on `reconnected` is told of the gap, and nothing is asked', async () => {
    const bench = await open();
    const { client, clock, server } = bench;
    client.subscribe('a');
    server.last.send(reply(1, 'x'));
    server.last.drop();
    client.on('reconnected', () => void client.close());
    await clock.advance(6_000);
    expect(bench.of('gap')).toMatchObject([{ recovered: false }]);
    expect(server.last.received).toEqual([]);
  });
});
