// How subscriptions go on one connection, over several, and while one is handed over to another.
import { describe, expect, it } from 'vitest';
import { handover } from '../../src/connection/handover.ts';
import type { EnvelopeFactory, RpcEnvelope, SubscriptionEnvelope } from '../../src/messaging/envelope.ts';
import { jsonRpc } from '../../src/messaging/json-rpc.ts';
import type { SubscribeOptions } from '../../src/messaging/subscription.ts';
import { subscriptions } from '../../src/messaging/subscriptions.ts';
import { createScriptedServer } from '../../src/testing/scripted-server.ts';
import type { TransportFactory } from '../../src/transport/transport.ts';
import { setUp as setUpClient } from '../client/set-up.ts';

/** A request that the server got. */
interface Asked {
  /** The number of its connection, method and params. */
  readonly text: string;
  resolve(result: unknown): void;
  reject(message: string): void;
}

/** A client on its first connection, and a server that answers when the test says so. */
async function setUp(
  wire: Partial<SubscriptionEnvelope> = {},
  limits: Parameters<typeof subscriptions>[0] = {},
  options: Parameters<typeof setUpClient>[0] = {},
) {
  const asked: Asked[] = [];
  const envelope: EnvelopeFactory = () => {
    const made = jsonRpc()();
    const rpc = made.rpc as RpcEnvelope;
    const changed = { ...(rpc.subscriptions as SubscriptionEnvelope), ...wire };
    return { ...made, rpc: { ...rpc, subscriptions: changed } };
  };
  const server = createScriptedServer();
  const transport: TransportFactory = (request, sink) => {
    const inner = server.transport(request, sink);
    const connection = server.last;
    const line = server.connections.length;
    const send: typeof inner.send = (data) => {
      const isTaken = inner.send(data);
      const { id, method, params } = JSON.parse(data as string);
      asked.push({
        text: `${line} ${method} ${JSON.stringify(params)}`,
        resolve: (result) => connection.send(JSON.stringify({ id, result })),
        reject: (message) => connection.send(JSON.stringify({ id, error: { code: -1, message } })),
      });
      return isTaken;
    };
    return Object.create(inner, { send: { value: send } });
  };
  const bench = setUpClient({ envelope, transport, use: [handover(), subscriptions(limits)], ...options });
  const { client, clock, of, forget, open } = bench;
  // Whoever listens to all messages may have missed some: that would count wherever a gap is judged.
  forget('message');
  await open();
  const subscribe = (name = 'ticks', params?: unknown, options: SubscribeOptions = {}) => {
    const subscription = client.subscribe(name, params, options);
    const heard: unknown[] = [];
    return { subscription, heard, read: () => subscription.on((event) => heard.push(event)) };
  };
  let moves = 0;
  /** The oldest request that was not taken yet. */
  const next = (): Asked => asked.shift() as Asked;
  const notify = (line: number, params: object): void => {
    const message = { jsonrpc: '2.0', method: 'subscription', params };
    server.connections[line - 1]?.send(JSON.stringify(message));
  };
  return {
    client,
    clock,
    server,
    asked,
    of,
    subscribe,
    next,
    /** The requests that were not taken yet. */
    texts: () => asked.map(({ text }) => text),
    /** An event of the subscription `key` on a connection. */
    event: (line: number, key: string | number, result: unknown) =>
      notify(line, { subscription: key, result }),
    /** The server ends a subscription. */
    end: (line: number, key: string | number, how: object) => notify(line, { subscription: key, ...how }),
    /** What is told to whoever listens to ordinary events from now on. */
    ordinary: () => {
      const told: unknown[] = [];
      client.onEvent('subscription', (params) => told.push((params as { result: unknown }).result));
      return told;
    },
    lose: (line: number) => server.connections[line - 1]?.drop(),
    /** Reconnects. */
    again: () => clock.advance(6_000),
    /** Gets the next connection while this one stays. */
    move: async () => {
      if (moves++ > 0) await clock.advance(5_000); // the least time between two
      const moved = client.handover();
      await clock.advance(0);
      await moved;
    },
    /** What the gaps said. */
    recovered: () => of('gap').map((gap) => (gap as { recovered: boolean }).recovered),
    /** How the server sees a connection. */
    state: (line: number) => server.connections[line - 1]?.state,
  };
}

describe('on one connection', () => {
  it('asks at once, adopts the id of the server, and hands over its events alone', async () => {
    const { subscribe, next, event, ordinary } = await setUp();
    const others = ordinary();
    const { subscription, heard, read } = subscribe('ticks', { symbol: 'ABC' });
    read();
    const asked = next();
    expect(asked.text).toBe('1 subscribe ["ticks",{"symbol":"ABC"}]');
    expect(subscription.name).toBe('ticks');
    expect(subscription.status).toBe('pending');
    asked.resolve('0xa');
    expect(subscription.status).toBe('active');
    event(1, '0xa', 1);
    event(1, '0xb', 2);
    expect(heard).toEqual([1]);
    expect(others).toEqual([2]);
  });

  it('waits for a connection where there is none', async () => {
    const { subscribe, texts, lose, again, recovered } = await setUp();
    lose(1);
    subscribe('a');
    subscribe('b');
    expect(texts()).toEqual([]);
    await again();
    expect(texts()).toEqual(['2 subscribe ["a"]', '2 subscribe ["b"]']);
    expect(recovered()).toEqual([false]); // nothing to recover, so nothing was
  });

  it('events that overtake the reply are held, and come first, in order', async () => {
    const { subscribe, next, event, ordinary } = await setUp();
    const others = ordinary();
    const { heard, read } = subscribe();
    read();
    event(1, 7, 'first');
    event(1, 8, 'other');
    event(1, 7, 'second');
    expect(heard).toEqual([]);
    expect(others).toEqual([]);
    next().resolve(7);
    event(1, 7, 'third');
    expect(heard).toEqual(['first', 'second', 'third']);
    expect(others).toEqual(['other']); // nobody else is waiting for a reply
  });

  it('an event is told as an ordinary one only when the last reply has come', async () => {
    const { subscribe, next, event, ordinary } = await setUp();
    const others = ordinary();
    subscribe('a');
    subscribe('b');
    const [a, b] = [next(), next()];
    event(1, 9, 'whose');
    a.resolve(1);
    expect(others).toEqual([]);
    b.reject('no');
    expect(others).toEqual(['whose']);
  });

  it('holds no more than 1,000', async () => {
    const { subscribe, event, ordinary } = await setUp();
    const others = ordinary();
    subscribe();
    for (let index = 0; index <= 1_000; index++) event(1, 7, index);
    expect(others).toEqual([1_000]);
  });

  it('a refusal ends it with the error of the server', async () => {
    const { subscribe, next, texts, lose, again } = await setUp();
    const { subscription } = subscribe();
    next().reject('refused');
    expect(await subscription.closed).toMatchObject({ code: 'REQUEST_REJECTED', remoteMessage: 'refused' });
    lose(1);
    await again();
    expect(texts()).toEqual([]);
  });

  it('a reply without an id ends it', async () => {
    const { subscribe, next } = await setUp();
    const { subscription } = subscribe();
    next().resolve({ fine: true });
    expect(await subscription.closed).toMatchObject({ code: 'BAD_MESSAGE' });
  });

  it('params that cannot be sent are refused at once, and leave nothing behind', async () => {
    const { subscribe, event, ordinary, lose, again, texts } = await setUp();
    const others = ordinary();
    expect(() => subscribe('ticks', 5n)).toThrow(expect.objectContaining({ code: 'INVALID_DATA' }));
    event(1, 1, 'early');
    expect(others).toEqual(['early']);
    lose(1);
    await again();
    expect(texts()).toEqual([]);
  });

  it('tells the server when it is left; what comes until then is dropped', async () => {
    const { subscribe, next, event, ordinary } = await setUp();
    const others = ordinary();
    const { subscription, heard, read } = subscribe();
    read();
    next().resolve('0xa');
    subscription.unsubscribe();
    const leaving = next();
    expect(leaving.text).toBe('1 unsubscribe ["0xa"]');
    event(1, '0xa', 1);
    expect(others).toEqual([]);
    leaving.resolve(true);
    event(1, '0xa', 2);
    expect(others).toEqual([2]);
    expect(heard).toEqual([]);
  });

  it('a server that does not confirm that we left is not waited for', async () => {
    const { subscribe, next, event, ordinary } = await setUp();
    const others = ordinary();
    const { subscription } = subscribe();
    next().resolve('0xa');
    subscription.unsubscribe();
    next().reject('unknown id');
    event(1, '0xa', 2);
    expect(others).toEqual([2]);
  });

  it('left before it was confirmed: the server is told as soon as there is an id', async () => {
    const { subscribe, next, event, asked, ordinary } = await setUp();
    const others = ordinary();
    const { subscription } = subscribe();
    event(1, '0xa', 'early');
    subscription.unsubscribe();
    expect(asked).toHaveLength(1);
    next().resolve('0xa');
    expect(next().text).toBe('1 unsubscribe ["0xa"]');
    expect(others).toEqual([]);
  });

  it('an id that is used again meanwhile is not taken from the new one', async () => {
    const { subscribe, next, event } = await setUp();
    const first = subscribe();
    next().resolve('0xa');
    first.subscription.unsubscribe();
    const leaving = next();
    const second = subscribe();
    second.read();
    next().resolve('0xa');
    leaving.resolve(true);
    event(1, '0xa', 'for the second');
    expect(second.heard).toEqual(['for the second']);
  });

  it('a signal ends it with its reason', async () => {
    const { subscribe, next, texts } = await setUp();
    const controller = new AbortController();
    const { subscription } = subscribe('ticks', undefined, { signal: controller.signal });
    next().resolve('0xa');
    controller.abort('enough');
    expect(await subscription.closed).toBe('enough');
    expect(texts()).toEqual(['1 unsubscribe ["0xa"]']);
  });

  it('a signal that is aborted already lets nothing begin', async () => {
    const { subscribe, texts } = await setUp();
    const { subscription } = subscribe('ticks', undefined, { signal: AbortSignal.abort('no') });
    expect(await subscription.closed).toBe('no');
    expect(texts()).toEqual([]);
  });

  it('the server may end it plainly; what came before is still read', async () => {
    const { subscribe, next, event, end, texts, ordinary } = await setUp();
    const others = ordinary();
    const { subscription, heard, read } = subscribe();
    next().resolve(1);
    event(1, 1, 'last');
    end(1, 1, { end: true });
    expect(await subscription.closed).toBeUndefined();
    event(1, 1, 'more');
    expect(others).toEqual(['more']);
    expect(texts()).toEqual([]);
    read();
    expect(heard).toEqual(['last']);
  });

  it('the server may end it with an error', async () => {
    const { subscribe, next, end, texts } = await setUp();
    const { subscription } = subscribe();
    next().resolve(2);
    end(1, 2, { error: { code: 7, message: 'gone' } });
    expect(await subscription.closed).toMatchObject({
      code: 'SUBSCRIPTION_ENDED',
      message: expect.stringContaining('gone (7)'),
      cause: { code: 7, message: 'gone' },
    });
    expect(texts()).toEqual([]);
  });

  it('says an error without a code without one', async () => {
    const { subscribe, next, end } = await setUp();
    const { subscription } = subscribe();
    next().resolve(1);
    end(1, 1, { error: { message: 'gone' } });
    expect(String(await subscription.closed)).toContain('"ticks": gone. ');
  });

  it('a cursor that throws ends it', async () => {
    const { subscribe, next, event, texts } = await setUp();
    const fault = new Error('no cursor');
    const { subscription } = subscribe('ticks', undefined, {
      cursor: () => {
        throw fault;
      },
    });
    next().resolve(1);
    event(1, 1, {});
    expect(await subscription.closed).toBe(fault);
    expect(texts()).toEqual(['1 unsubscribe [1]']);
  });

  it('a reader that is too slow: the bounds of the client, or its own', async () => {
    const { subscribe, next, event, of, texts } = await setUp({}, { maxEvents: 1, overflow: 'drop-oldest' });
    subscribe('a');
    const own = subscribe('b', undefined, { maxEvents: 2, overflow: 'error' });
    next().resolve(1);
    next().resolve(2);
    for (let index = 0; index < 3; index++) {
      event(1, 1, index);
      event(1, 2, index);
    }
    expect(of('gap')).toEqual([expect.objectContaining({ subscription: 'a' })]);
    expect(await own.subscription.closed).toMatchObject({ code: 'SUBSCRIPTION_OVERFLOW' });
    expect(texts()).toEqual(['1 unsubscribe [2]']);
  });

  it('does not begin in a client that is closed', async () => {
    const { client, clock, subscribe, texts } = await setUp();
    void client.close();
    await clock.advance(0);
    const { subscription } = subscribe();
    expect(await subscription.closed).toMatchObject({ code: 'CLIENT_CLOSED' });
    expect(texts()).toEqual([]);
  });

  it('the end of the client ends all, once, with its error', async () => {
    const { subscribe, next, server, client, clock, texts } = await setUp();
    const [a, b] = [subscribe('a'), subscribe('b')];
    next().resolve(1);
    next();
    server.last.close(4_400);
    await clock.settle();
    const failed = await a.subscription.closed;
    expect(failed).toMatchObject({ code: 'CONNECTION_CLOSED' });
    expect(await b.subscription.closed).toBe(failed);
    b.subscription.unsubscribe();
    client.connect();
    await clock.advance(0);
    expect(texts()).toEqual([]);
  });
});

describe('without confirmations', () => {
  const wire = { confirms: false };

  it('a subscription is active when it is asked for, under its own key', async () => {
    const { subscribe, next, event, ordinary } = await setUp(wire);
    const others = ordinary();
    const { subscription, heard, read } = subscribe();
    read();
    expect(next().text).toBe('1 subscribe ["ticks"]');
    expect(subscription.status).toBe('active');
    event(1, 1, 'a');
    expect(heard).toEqual(['a']);
    subscription.unsubscribe();
    expect(next().text).toBe('1 unsubscribe [1]');
    event(1, 1, 'b');
    expect(others).toEqual(['b']);
  });

  it('it moves to the next connection at once, and the old one is closed', async () => {
    const { subscribe, texts, move, state, clock } = await setUp(wire);
    subscribe();
    await move();
    await clock.advance(0);
    expect(texts()).toEqual(['1 subscribe ["ticks"]', '2 subscribe ["ticks"]', '1 unsubscribe [1]']);
    expect(state(1)).toBe('closed');
  });
});

describe('over several connections', () => {
  it('subscribes again in order; what came on the old one comes no more', async () => {
    const { subscribe, next, lose, again, event, recovered, texts } = await setUp();
    const [a, b] = [subscribe('a'), subscribe('b')];
    a.read();
    b.read();
    next().resolve(1);
    next().resolve(2);
    lose(1);
    expect(a.subscription.status).toBe('pending');
    await again();
    expect(texts()).toEqual(['2 subscribe ["a"]', '2 subscribe ["b"]']);
    next().resolve(2);
    next().resolve(1);
    event(1, 1, 'old');
    event(2, 1, 'b');
    event(2, 2, 'a');
    expect(a.heard).toEqual(['a']);
    expect(b.heard).toEqual(['b']);
    expect(recovered()).toEqual([false]);
  });

  it('a subscription that was not confirmed when the connection was lost is asked for on the next', async () => {
    const { subscribe, next, lose, again, event } = await setUp();
    const { subscription, heard, read } = subscribe();
    read();
    const late = next();
    lose(1);
    late.resolve(5);
    expect(subscription.status).toBe('pending');
    await again();
    next().resolve(6);
    expect(subscription.status).toBe('active');
    event(2, 6, 'yes');
    expect(heard).toEqual(['yes']);
  });

  it('one that is refused on the next one is asked for again, later and later, and each refusal is told', async () => {
    const { subscribe, next, lose, again, recovered, clock, texts, of, event } = await setUp();
    const { subscription, heard, read } = subscribe();
    read();
    next().resolve(1);
    lose(1);
    await again();
    const waits: number[] = [];
    for (let refusal = 0; refusal < 4; refusal++) {
      next().reject('not yet');
      expect(subscription.status).toBe('pending');
      const since = clock.now();
      while (texts().length === 0) await clock.advance(100);
      waits.push(clock.now() - since);
    }
    next().resolve(5);
    event(2, 5, 'well again');
    expect(subscription.status).toBe('active');
    expect(heard).toEqual(['well again']);
    expect(waits).toEqual([2_500, 2_000, 4_000, 8_000]);
    expect(recovered()).toEqual([false]);
    expect(of('error').slice(1)).toMatchObject(
      Array(4).fill({ code: 'REQUEST_REJECTED', remoteMessage: 'not yet' }),
    );
  });

  it('one that the server does not answer on the next one is asked for again', async () => {
    const { subscribe, next, lose, again, clock } = await setUp();
    const { subscription } = subscribe();
    next().resolve(1);
    lose(1);
    await again();
    next(); // the server is busy
    await clock.advance(30_000 + 2_500);
    next().resolve(2);
    expect(subscription.status).toBe('active');
  });

  it('ends with the error, as an event too, when the server has refused it for five minutes', async () => {
    const { subscribe, next, lose, again, clock, texts, of } = await setUp();
    const { subscription } = subscribe();
    next().resolve(1);
    lose(1);
    await again();
    const since = clock.now();
    while (subscription.status !== 'closed') {
      if (texts().length > 0) next().reject('never');
      await clock.advance(100);
    }
    expect(clock.now() - since).toBeGreaterThanOrEqual(300_000);
    expect(clock.now() - since).toBeLessThan(331_000);
    expect(await subscription.closed).toMatchObject({ remoteMessage: 'never' });
    expect(of('error').at(-1)).toBe(await subscription.closed);
    await clock.advance(100_000);
    expect(texts()).toEqual([]);
  });

  it('what waits to be asked for again is asked for on a new connection at once', async () => {
    const { subscribe, next, lose, again, texts, clock } = await setUp();
    subscribe();
    next().resolve(1);
    lose(1);
    await again();
    next().reject('not yet');
    lose(2);
    await again();
    expect(texts()).toEqual(['3 subscribe ["ticks"]']);
    next().resolve(3);
    await clock.advance(100_000);
    expect(texts()).toEqual([]);
  });

  it('one that is left while it waits to be asked for again is not asked for', async () => {
    const { subscribe, next, lose, again, texts, clock } = await setUp();
    const { subscription } = subscribe();
    next().resolve(1);
    lose(1);
    await again();
    next().reject('not yet');
    subscription.unsubscribe();
    await clock.advance(100_000);
    expect(texts()).toEqual([]);
  });

  it('closing leaves no timer of one that waits to be asked for again', async () => {
    const { subscribe, next, lose, again, client, clock } = await setUp();
    subscribe();
    next().resolve(1);
    lose(1);
    await again();
    next().reject('not yet');
    await Promise.all([client.close(), clock.advance(0)]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('left while there is no connection: not asked for again', async () => {
    const { subscribe, next, lose, again, texts } = await setUp();
    const { subscription } = subscribe();
    next().resolve(1);
    lose(1);
    subscription.unsubscribe();
    await again();
    expect(texts()).toEqual([]);
  });
});

describe('going on behind the last event', () => {
  const cursor = (event: unknown) => (event as { at: number }).at;
  const resume = (params: unknown, from: unknown) => ({ ...(params as object), from });
  const resumed = (reply: unknown) => (reply as { resumed?: boolean }).resumed === true;

  it('is asked for, and is recovered when the server says so', async () => {
    const { subscribe, next, lose, again, event, recovered } = await setUp();
    const { heard, read } = subscribe('ticks', { symbol: 'A' }, { cursor, resume, resumed });
    read();
    next().resolve(1);
    event(1, 1, { at: 41 });
    event(1, 1, { at: 42 });
    lose(1);
    await again();
    const asked = next();
    expect(asked.text).toBe('2 subscribe ["ticks",{"symbol":"A","from":42}]');
    expect(recovered()).toEqual([]);
    asked.resolve({ subscription: 5, resumed: true });
    expect(recovered()).toEqual([true]);
    event(2, 5, { at: 42 });
    event(2, 5, { at: 43 });
    expect(heard).toEqual([{ at: 41 }, { at: 42 }, { at: 43 }]);
  });

  it.each([
    ['the server does not say so', { cursor, resume, resumed }, { subscription: 5 }],
    ['nothing could tell', { cursor, resume }, { subscription: 5, resumed: true }],
    ['nothing was asked for', { cursor, resumed }, { subscription: 5, resumed: true }],
  ])('is not recovered when %s', async (_why, options, reply) => {
    const { subscribe, next, lose, again, event, recovered } = await setUp();
    subscribe('ticks', {}, options);
    next().resolve(1);
    event(1, 1, { at: 42 });
    lose(1);
    await again();
    next().resolve(reply);
    expect(recovered()).toEqual([false]);
  });

  it('goes on from now where the server does not go on from there any more', async () => {
    const { subscribe, next, lose, again, event, recovered, texts, of } = await setUp();
    const { subscription, heard, read } = subscribe('ticks', {}, { cursor, resume, resumed: () => true });
    read();
    next().resolve(1);
    event(1, 1, { at: 42 });
    lose(1);
    await again();
    next().reject('cursor too old');
    expect(texts()).toEqual(['2 subscribe ["ticks",{}]']);
    next().resolve(2);
    event(2, 2, { at: 99 });
    expect(subscription.status).toBe('active');
    expect(heard).toEqual([{ at: 42 }, { at: 99 }]);
    expect(recovered()).toEqual([false]);
    expect(of('error')).toMatchObject([{ code: 'CONNECTION_LOST' }]);
  });

  it('ends with what resumed throws, and the connection and the others go on', async () => {
    const { subscribe, next, lose, again, event, recovered, texts, client } = await setUp();
    const fault = new Error('no such field');
    const broken = (): boolean => {
      throw fault;
    };
    const { subscription, heard, read } = subscribe('ticks', {}, { cursor, resume, resumed: broken });
    read();
    next().resolve(1);
    event(1, 1, { at: 42 });
    lose(1);
    await again();
    event(2, 5, { at: 43 }); // ahead of the reply
    next().resolve({ subscription: 5 });
    expect(await subscription.closed).toBe(fault);
    expect(recovered()).toEqual([false]);
    expect(heard).toEqual([{ at: 42 }]);
    expect(texts()).toEqual(['2 unsubscribe [5]']);
    expect(client.state.status).toBe('ready');
  });

  it('is not recovered without an event to go on behind', async () => {
    const { subscribe, next, lose, again, recovered } = await setUp();
    subscribe('ticks', {}, { cursor, resume, resumed });
    next().resolve(1);
    lose(1);
    await again();
    const asked = next();
    expect(asked.text).toBe('2 subscribe ["ticks",{}]');
    asked.resolve({ subscription: 5, resumed: true });
    expect(recovered()).toEqual([false]);
  });

  /** Two that are recovered when both say so, and one that had never begun. */
  async function three() {
    const bench = await setUp();
    const { subscribe, next, lose, again, event } = bench;
    for (const name of ['a', 'b']) {
      subscribe(name, {}, { cursor, resume, resumed });
      next().resolve(name);
      event(1, name, { at: 1 });
    }
    subscribe('new');
    next();
    lose(1);
    await again();
    return bench;
  }

  it('is judged when all that had begun have answered', async () => {
    const { next, recovered } = await three();
    next().resolve({ subscription: 1, resumed: true });
    expect(recovered()).toEqual([]);
    next().resolve({ subscription: 2, resumed: true });
    expect(recovered()).toEqual([true]);
    expect(next().text).toBe('2 subscribe ["new"]');
  });

  it('is judged at once, and once, when one of them is not recovered', async () => {
    const { next, recovered } = await three();
    next().resolve({ subscription: 1 });
    expect(recovered()).toEqual([false]);
    next().resolve({ subscription: 2, resumed: true });
    expect(recovered()).toEqual([false]);
  });

  it.each(['is lost', 'is handed over'])(
    'is judged false when the connection %s before the server has answered',
    async (what) => {
      const { subscribe, next, lose, again, move, event, of } = await setUp();
      subscribe('ticks', {}, { cursor, resume, resumed });
      next().resolve(1);
      event(1, 1, { at: 1 });
      lose(1);
      await again();
      expect(of('gap')).toEqual([]);
      if (what === 'is lost') lose(2);
      else await move();
      expect(of('gap')[0]).toMatchObject({ previousEpoch: 1, recovered: false });
    },
  );

  it('ends with what resume throws', async () => {
    const { subscribe, next, lose, again, event, recovered } = await setUp();
    const fault = new Error('cannot');
    const broken = (): never => {
      throw fault;
    };
    const { subscription } = subscribe('ticks', {}, { cursor, resume: broken });
    next().resolve(1);
    event(1, 1, { at: 1 });
    lose(1);
    await again();
    expect(await subscription.closed).toBe(fault);
    expect(recovered()).toEqual([false]);
  });

  it('ends when resume gives what cannot be sent', async () => {
    const { subscribe, next, lose, again, event, recovered, texts } = await setUp();
    const { subscription } = subscribe('ticks', {}, { cursor, resume: () => 5n as never });
    next().resolve(1);
    event(1, 1, { at: 1 });
    lose(1);
    await again();
    expect(await subscription.closed).toMatchObject({ code: 'INVALID_DATA' });
    expect(recovered()).toEqual([false]);
    expect(texts()).toEqual([]);
  });

  it('has missed nothing of one that is left by the caller while it is asked for again', async () => {
    const { subscribe, next, lose, again, event, recovered, texts } = await setUp();
    const other = subscribe('b', {}, { cursor, resume, resumed });
    next().resolve(2);
    const leaving = (params: unknown): unknown => {
      last.subscription.unsubscribe();
      return params;
    };
    const first = subscribe('a', {}, { cursor, resumed, resume: leaving });
    next().resolve(1);
    const last = subscribe('c', {}, { cursor, resume, resumed });
    next().resolve(3);
    for (const id of [1, 2, 3]) event(1, id, { at: 1 });
    lose(1);
    await again();
    expect(texts()).toEqual(['2 subscribe ["b",{"from":1}]', '2 subscribe ["a",{}]']);
    other.subscription.unsubscribe();
    next().resolve({ subscription: 2, resumed: true });
    next().resolve({ subscription: 1, resumed: true });
    expect(recovered()).toEqual([true]);
    expect(first.subscription.status).toBe('active');
  });
});

describe('while an old connection is still there', () => {
  const cursor = (event: unknown) => event as number;

  it('the new one is asked first, the old one left when it has answered', async () => {
    const { subscribe, next, move, texts, state, recovered } = await setUp();
    const { subscription } = subscribe();
    next().resolve('old');
    await move();
    expect(subscription.status).toBe('active');
    expect(texts()).toEqual(['2 subscribe ["ticks"]']);
    expect(state(1)).toBe('open');
    next().resolve('new');
    expect(recovered()).toEqual([false]); // nothing was asked to go on anywhere
    expect(texts()).toEqual(['1 unsubscribe ["old"]']);
    expect(state(1)).toBe('open');
    next().resolve(true);
    expect(state(1)).toBe('closing');
    expect(subscription.status).toBe('active');
  });

  it('both are heard meanwhile, and what comes twice is told once', async () => {
    const { subscribe, next, move, event, clock } = await setUp();
    const { heard, read } = subscribe('ticks', undefined, { cursor });
    read();
    next().resolve('old');
    event(1, 'old', 1);
    await move();
    event(1, 'old', 2);
    next().resolve('new');
    event(2, 'new', 2);
    event(1, 'old', 3);
    event(2, 'new', 3);
    event(2, 'new', 4);
    next().resolve(true);
    event(1, 'old', 9);
    await clock.advance(0);
    event(2, 'new', 5);
    expect(heard).toEqual([1, 2, 3, 4, 5]);
  });

  it.each([true, false])(
    'is recovered if the server confirms it, whatever the old one brings: %s',
    async (confirms) => {
      const { subscribe, next, move, event, recovered } = await setUp();
      const resume = (_params: unknown, at: unknown) => ({ at });
      subscribe('ticks', {}, { cursor, resume, resumed: (reply) => reply === 'new' });
      next().resolve('old');
      event(1, 'old', 1);
      await move();
      next().resolve(confirms ? 'new' : 'other');
      expect(recovered()).toEqual([confirms]);
    },
  );

  it('the same id on both means two subscriptions', async () => {
    const { subscribe, next, move, event } = await setUp();
    const [a, b] = [subscribe('a'), subscribe('b')];
    a.read();
    b.read();
    next().resolve(1);
    next().resolve(2);
    await move();
    next().resolve(2);
    event(1, 2, 'b on the old');
    event(2, 2, 'a on the new');
    expect(a.heard).toEqual(['a on the new']);
    expect(b.heard).toEqual(['b on the old']);
  });

  it('the old one may end it once it is asked for on the new one', async () => {
    const { subscribe, next, move, end, recovered } = await setUp();
    const [moving, moved] = [subscribe('a'), subscribe('b')];
    next().resolve(1);
    next().resolve(2);
    await move();
    const a = next();
    next().resolve(12);
    end(1, 1, { end: true });
    end(1, 2, { end: true });
    expect(moving.subscription.status).toBe('active');
    expect(moved.subscription.status).toBe('active');
    a.resolve(11);
    // For a while a was on neither, after the first gap had been told.
    expect(recovered()).toEqual([false, false]);
    expect(moving.subscription.status).toBe('active');
  });

  it('the old one may be lost meanwhile: then there may be a hole', async () => {
    const { subscribe, next, move, lose, recovered } = await setUp();
    const { subscription } = subscribe();
    next().resolve(1);
    await move();
    lose(1);
    expect(subscription.status).toBe('pending');
    expect(recovered()).toEqual([]);
    next().resolve(2);
    expect(subscription.status).toBe('active');
    expect(recovered()).toEqual([false]);
  });

  it('the new one may be lost meanwhile: what is on the old one stays there', async () => {
    const { subscribe, next, move, lose, event, recovered } = await setUp();
    const { heard, read } = subscribe();
    read();
    next().resolve(1);
    await move();
    lose(2);
    expect(recovered()).toEqual([false]);
    event(1, 1, 'still heard');
    expect(heard).toEqual(['still heard']);
  });

  it('an answer of the old one, to what the new one is asked too, counts while that is silent', async () => {
    const { subscribe, next, move, event, texts } = await setUp();
    const { heard, read } = subscribe();
    const onOld = next();
    await move();
    const onNew = next();
    onOld.resolve(1);
    read();
    event(1, 1, 'on the old');
    onNew.resolve(1);
    expect(heard).toEqual(['on the old']);
    expect(texts()).toEqual(['1 unsubscribe [1]']);
  });

  it('an answer of the old one that comes behind that of the new one is left at once', async () => {
    const { subscribe, next, move, texts } = await setUp();
    const { subscription } = subscribe();
    const onOld = next();
    await move();
    next().resolve(2);
    onOld.resolve(2);
    expect(subscription.status).toBe('active');
    expect(texts()).toEqual(['1 unsubscribe [2]']);
  });

  it('a refusal by the old one does not count', async () => {
    const { subscribe, next, move, texts } = await setUp();
    const { subscription } = subscribe();
    const onOld = next();
    await move();
    onOld.reject('gone');
    next().resolve(3);
    expect(subscription.status).toBe('active');
    expect(texts()).toEqual([]);
  });

  it('events that overtook a reply which comes too late are told before those behind it', async () => {
    const { subscribe, next, move, event } = await setUp();
    const { heard, read } = subscribe();
    read();
    next().resolve(1);
    await move();
    const second = next();
    await move();
    event(2, 7, 'first');
    second.resolve(7);
    event(2, 7, 'second');
    expect(heard).toEqual(['first', 'second']);
  });

  it('old ones stay as long as the newest has not answered', async () => {
    const { subscribe, next, move, state } = await setUp();
    subscribe();
    next().resolve(1);
    await move();
    const second = next();
    await move();
    second.reject('no');
    expect(state(1)).toBe('open');
    expect(state(2)).toBe('open');
    next().resolve(3);
    expect(state(2)).toBe('closing');
    expect(next().text).toBe('1 unsubscribe [1]');
  });

  it('a refusal by the new one leaves it where it is until the new one has it', async () => {
    const { subscribe, next, move, texts, event, clock } = await setUp();
    const { subscription, heard, read } = subscribe();
    read();
    next().resolve(1);
    await move();
    next().reject('not yet');
    event(1, 1, 'still here');
    expect(heard).toEqual(['still here']);
    expect(texts()).toEqual([]);
    await clock.advance(2_500);
    next().resolve(2);
    expect(subscription.status).toBe('active');
    expect(texts()).toEqual(['1 unsubscribe [1]']);
  });
});

describe('onStatus', () => {
  it('tells every change: confirmed, line lost, confirmed anew, the end', async () => {
    const { client, clock, server, next, subscribe } = await setUp();
    const { subscription } = subscribe();
    const told: string[] = [];
    const stop = subscription.onStatus((status) => told.push(status));
    next().resolve('a');
    await clock.advance(0);
    server.last.drop();
    await clock.advance(5_000);
    next().resolve('b');
    await clock.advance(0);
    expect(told).toEqual(['active', 'pending', 'active']);
    subscription.unsubscribe();
    expect(told.at(-1)).toBe('closed');
    stop();
    void client.close();
    await clock.advance(0);
    expect(told.length).toBe(4);
  });

  it('leaves nothing odd behind when its listener unsubscribes', async () => {
    const { clock, server, next, subscribe, asked } = await setUp();
    const { subscription } = subscribe();
    subscription.onStatus((status) => status === 'pending' && subscription.unsubscribe());
    next().resolve('a');
    await clock.advance(0);
    server.last.drop();
    await clock.advance(5_000);
    expect([subscription.status, asked.length]).toEqual(['closed', 0]);
  });
});

describe('a server that knows subscriptions by their topic', () => {
  /** The key of the events is the name. */
  const topics = {
    sharedByKey: true,
    adopt: (_: unknown, _key: unknown, name: string) => name,
    subscribe: (id: unknown, name: string, params: unknown) => ({
      id,
      method: 'subscribe',
      params: [name, params],
    }),
  };

  it('is asked once for two readers, tells both, and is left by the last', async () => {
    const { subscribe, next, event, texts } = await setUp(topics);
    const [a, b] = [
      subscribe('btc', { x: 1, y: { a: 1, b: 2 } }),
      subscribe('btc', { y: { b: 2, a: 1 }, x: 1 }),
    ];
    a.read();
    b.read();
    next().resolve(null);
    expect(texts()).toEqual([]);
    expect([a.subscription.status, b.subscription.status]).toEqual(['active', 'active']);
    event(1, 'btc', 1);
    a.subscription.unsubscribe();
    expect(texts()).toEqual([]);
    event(1, 'btc', 2);
    expect([a.heard, b.heard]).toEqual([[1], [1, 2]]);
    b.subscription.unsubscribe();
    expect(texts()).toEqual(['1 unsubscribe ["btc"]']);
  });

  it('one more reader has it at once', async () => {
    const { subscribe, next, event, texts } = await setUp(topics);
    subscribe('btc');
    next().resolve(null);
    const late = subscribe('btc');
    late.read();
    expect(late.subscription.status).toBe('active');
    event(1, 'btc', 1);
    expect(late.heard).toEqual([1]);
    expect(texts()).toEqual([]);
  });

  it('a reader that comes while the last one leaves asks anew', async () => {
    const { subscribe, next, event, texts } = await setUp(topics);
    const first = subscribe('btc');
    next().resolve(null);
    first.subscription.unsubscribe();
    const second = subscribe('btc');
    second.read();
    expect(texts()).toEqual(['1 unsubscribe ["btc"]', '1 subscribe ["btc",null]']);
    next().resolve(null);
    next().resolve(null);
    event(1, 'btc', 1);
    expect(second.heard).toEqual([1]);
  });

  it('other params are another subscription, and so are those that cannot be compared', async () => {
    const { subscribe, texts } = await setUp({
      ...topics,
      subscribe: (id, name) => ({ id, method: name, params: [] }),
    });
    subscribe('btc', { depth: 1 });
    subscribe('btc', { depth: 2 });
    subscribe('btc', new Map([[1, 1]]));
    subscribe('btc', new Map([[2, 2]]));
    const cycle: unknown[] = [];
    cycle.push(cycle);
    subscribe('btc', cycle);
    expect(texts()).toHaveLength(5);
  });

  it('is asked once again on the next connection, and the gap is judged for both', async () => {
    const { subscribe, next, event, texts, lose, again, recovered } = await setUp(topics);
    const how = {
      cursor: (one: unknown) => one as number,
      resume: (_: unknown, at: unknown) => ({ after: at }),
      resumed: () => true,
    };
    const [a, b] = [subscribe('btc', {}, how), subscribe('btc', {}, how)];
    a.read();
    b.read();
    next().resolve(null);
    event(1, 'btc', 1);
    lose(1);
    await again();
    expect(texts()).toEqual(['2 subscribe ["btc",{"after":1}]']);
    next().resolve(null);
    event(2, 'btc', 2);
    expect([a.heard, b.heard]).toEqual([
      [1, 2],
      [1, 2],
    ]);
    expect(recovered()).toEqual([true]);
  });

  it('is known by its topic where nothing is confirmed', async () => {
    const { subscribe, event } = await setUp({ ...topics, confirms: false });
    const [a, b] = [subscribe('btc'), subscribe('btc')];
    a.read();
    b.read();
    event(1, 'btc', 1);
    expect([a.heard, b.heard]).toEqual([[1], [1]]);
  });

  it('needs no word of the envelope: whoever is given the same key shares it', async () => {
    const { subscribe, next, event, texts } = await setUp();
    const [a, b] = [subscribe('btc'), subscribe('btc')];
    a.read();
    b.read();
    next().resolve('btc');
    next().resolve('btc');
    event(1, 'btc', 1);
    b.subscription.unsubscribe();
    event(1, 'btc', 2);
    expect([a.heard, b.heard]).toEqual([[1, 2], [1]]);
    expect(texts()).toEqual([]);
    a.subscription.unsubscribe();
    expect(texts()).toEqual(['1 unsubscribe ["btc"]']);
  });

  it('ends it for all of its readers', async () => {
    const { subscribe, next, end, of } = await setUp(topics);
    const [a, b] = [subscribe('btc'), subscribe('btc')];
    next().resolve(null);
    end(1, 'btc', { error: { code: 1, message: 'delisted' } });
    expect(await a.subscription.closed).toMatchObject({ code: 'SUBSCRIPTION_ENDED' });
    expect(await b.subscription.closed).toMatchObject({ code: 'SUBSCRIPTION_ENDED' });
    expect(of('error')).toHaveLength(2);
  });
});

describe('events that there is no room to hold before the reply', () => {
  const burst = (event: (line: number, key: string | number, result: unknown) => void, key: number): void => {
    for (let index = 0; index < 1_005; index++) event(1, key, index);
  };

  it('end the subscription that they were for, behind what could be held', async () => {
    const { subscribe, next, event, texts, of } = await setUp({}, { maxEvents: 5_000 });
    const { subscription, heard, read } = subscribe();
    read();
    burst(event, 7);
    next().resolve(7);
    expect(heard).toHaveLength(1_000);
    expect(await subscription.closed).toMatchObject({ code: 'SUBSCRIPTION_OVERFLOW', limit: 1_000 });
    expect(of('error')).toMatchObject([{ code: 'SUBSCRIPTION_OVERFLOW' }]);
    expect(texts()).toEqual(['1 unsubscribe [7]']);
  });

  it('are a gap with overflow: drop-oldest', async () => {
    const { subscribe, next, event, of } = await setUp({}, { overflow: 'drop-oldest', maxEvents: 5_000 });
    const { subscription } = subscribe();
    burst(event, 7);
    next().resolve(7);
    expect(subscription.status).toBe('active');
    expect(of('gap')).toMatchObject([{ subscription: 'ticks', recovered: false }]);
  });

  it('are no concern of another subscription', async () => {
    const { subscribe, next, event } = await setUp();
    const { subscription } = subscribe();
    burst(event, 7);
    next().resolve(8);
    expect(subscription.status).toBe('active');
  });

  it('of more than can be told apart concern all that are asked for', async () => {
    const { subscribe, next, event } = await setUp();
    const { subscription } = subscribe();
    for (let key = 1; key <= 2_002; key++) event(1, key + 10, 0);
    next().resolve(1);
    expect(await subscription.closed).toMatchObject({ code: 'SUBSCRIPTION_OVERFLOW' });
  });

  it('are no miss of one that ended with them', async () => {
    const { subscribe, next, event, end, of } = await setUp();
    const { subscription } = subscribe('ticks', undefined, {
      cursor: () => {
        throw new Error('no');
      },
    });
    burst(event, 7);
    next().resolve(7);
    expect(await subscription.closed).toMatchObject({ message: 'no' });
    expect(of('error')).toMatchObject([{ code: 'HANDLER_FAILED', cause: { message: 'no' } }]);
    end(1, 7, { end: true });
  });
});

describe('one that ends at an odd moment', () => {
  const cursor = (event: unknown): number => (event as { at: number }).at;
  const resumed = (result: unknown): boolean => (result as { resumed: boolean }).resumed;

  it('has missed nothing after the server has ended it before its answer', async () => {
    const { subscribe, next, event, end, of } = await setUp();
    const { subscription } = subscribe();
    end(1, 7, { end: true });
    for (let count = 0; count < 2_002; count++) event(1, 7, count);
    next().resolve(7);
    expect(await subscription.closed).toBeUndefined();
    expect([of('error'), of('gap')]).toEqual([[], []]);
  });

  it('left while it never was begun, on the way to the next line, has no part in the gap', async () => {
    const { subscribe, next, lose, again, event, recovered, texts } = await setUp();
    const leaving = (params: unknown): unknown => {
      last.subscription.unsubscribe();
      return params;
    };
    subscribe('a', {}, { cursor, resumed, resume: leaving });
    next().resolve(1);
    event(1, 1, { at: 1 });
    const last = subscribe('c');
    next();
    lose(1);
    await again();
    expect(texts()).toEqual(['2 subscribe ["a",{}]']);
    next().resolve({ subscription: 1, resumed: true });
    expect(recovered()).toEqual([true]);
  });

  it('that never was begun and cannot be asked for again has no part in the gap', async () => {
    const { subscribe, next, lose, again, event, recovered } = await setUp();
    subscribe('a', {}, { cursor, resumed, resume: (params) => params });
    next().resolve(1);
    event(1, 1, { at: 1 });
    let asked = 0;
    const once = {
      toJSON: () => {
        if (++asked > 1) throw new Error('only once');
        return {};
      },
    };
    const { subscription } = subscribe('c', once);
    next();
    lose(1);
    await again();
    expect(await subscription.closed).toMatchObject({ code: 'INVALID_DATA' });
    expect(recovered()).toEqual([]);
    next().resolve({ subscription: 1, resumed: true });
    expect(recovered()).toEqual([true]);
  });

  it('whose cursor leaves it and fails is left, and no error', async () => {
    const { subscribe, next, event, of } = await setUp();
    const { subscription } = subscribe('ticks', undefined, {
      cursor: () => {
        subscription.unsubscribe();
        throw new Error('no');
      },
    });
    next().resolve(7);
    event(1, 7, 1);
    expect(await subscription.closed).toBeUndefined();
    expect(of('error')).toEqual([]);
  });

  it('is asked for again after a refusal also where the client does not reconnect', async () => {
    const { subscribe, next, move, clock, of, texts } = await setUp({}, {}, { reconnect: false });
    const { subscription } = subscribe();
    next().resolve(1);
    await move();
    next().reject('busy');
    expect(of('error')).toHaveLength(1);
    for (let second = 0; second < 10; second++) {
      await clock.advance(1_000);
      if (texts().some((text) => text.startsWith('2 subscribe'))) break;
    }
    expect(texts()).toContain('2 subscribe ["ticks"]');
    expect(subscription.status).not.toBe('closed');
  });
});
