// Equal subscriptions that share one on the wire, through a client.
import { describe, expect, it } from 'vitest';
import type { Client } from '../../src/client/client.ts';
import { createSlimClient } from '../../src/client/create-client.node.ts';
import { jsonRpc } from '../../src/messaging/json-rpc.ts';
import { raw } from '../../src/messaging/raw.ts';
import { type SharingOptions, sharing } from '../../src/messaging/sharing.ts';
import type { SubscribeOptions, Subscription } from '../../src/messaging/subscription.ts';
import { subscriptions } from '../../src/messaging/subscriptions.ts';
import { type Bench, setUp } from '../client/set-up.ts';

const ABC = { symbol: 'ABC', depth: 1 };

interface Heard {
  readonly subscription: Subscription<unknown>;
  readonly events: unknown[];
}

async function open(options?: SharingOptions, plugins: unknown[] = []): Promise<Bench> {
  const bench = setUp({ use: [...(plugins as never[]), sharing(options)] });
  await bench.open();
  return bench;
}

/** A reader, and what it hears: status, events, end. */
function read(client: Client, params: unknown = ABC, options: SubscribeOptions = {}): Heard {
  const subscription = client.subscribe('ticks', params as never, options as never) as Subscription<unknown>;
  const events: unknown[] = [];
  subscription.onStatus((status) => events.push(status));
  subscription.on((event) => events.push(event));
  void subscription.closed.then((error) => events.push(['closed', (error as { code?: string })?.code]));
  return { subscription, events };
}

const methods = (bench: Bench): unknown[] =>
  bench.received().map((said) => (said as { method: string }).method);
const confirm = ({ server }: Bench, id: number, subscription: string): void =>
  server.last.send(JSON.stringify({ jsonrpc: '2.0', id, result: subscription }));
const event = ({ server }: Bench, subscription: string, result: unknown): void =>
  server.last.send(
    JSON.stringify({ jsonrpc: '2.0', method: 'subscription', params: { subscription, result } }),
  );

describe('equal subscriptions', () => {
  it('are one on the wire, whatever the order of the params, and each hears everything', async () => {
    const bench = await open();
    const { client, clock } = bench;
    const readers = [read(client), read(client, { depth: 1, symbol: 'ABC' })];
    expect(methods(bench)).toEqual(['subscribe']);
    confirm(bench, 1, 's');
    event(bench, 's', 1);
    const late = read(client);
    event(bench, 's', 2);
    await clock.settle();
    for (const { events, subscription } of readers) {
      expect(events).toEqual(['active', 1, 2]);
      expect([subscription.name, subscription.status, subscription.lastEventAt]).toEqual([
        'ticks',
        'active',
        clock.wallTime(),
      ]);
    }
    // From then on; it is confirmed already.
    expect([late.events, late.subscription.status]).toEqual([[2], 'active']);
    expect(methods(bench)).toEqual(['subscribe']);
    void client.close();
    await clock.advance(10_000);
    for (const { events } of [...readers, late]) expect(events.at(-1)).toEqual(['closed', undefined]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('are several where name, params, meta or the way to resume differ, or it is not wanted', async () => {
    const cursor = (tick: unknown): number => tick as number;
    const bench = await open({ shares: (_name, params) => params !== 'alone' });
    const { client } = bench;
    read(client);
    read(client, { symbol: 'XYZ' });
    read(client, ABC, { meta: 'm' });
    read(client, ABC, { cursor });
    expect(methods(bench)).toHaveLength(4);
    read(client, { symbol: 'XYZ' }, { cursor });
    read(client, 'alone');
    read(client, 'alone');
    expect(methods(bench)).toHaveLength(7);
    // What cannot be compared is not shared.
    expect(() => read(client, new Map())).toThrow(/Map|JSON/);
    void client.close();
  });

  it('leave the wire with the last, after a while; who comes back meanwhile finds it there', async () => {
    for (const linger of [undefined, 0, 50]) {
      const bench = await open(linger === undefined ? {} : { linger });
      const { client, clock } = bench;
      const wait = linger ?? 1_000;
      const [first, second] = [read(client), read(client)];
      confirm(bench, 1, 's');
      first.subscription.unsubscribe();
      event(bench, 's', 1);
      expect([first.events.includes(1), second.events.includes(1)]).toEqual([false, true]);
      second.subscription.unsubscribe();
      const third = read(client); // in the same task: as a component is mounted twice
      await clock.advance(wait + 1);
      event(bench, 's', 2);
      expect([third.events, methods(bench)]).toEqual([[2], ['subscribe']]);
      third.subscription.unsubscribe();
      await clock.advance(wait - 1);
      if (wait > 0) expect(methods(bench)).toEqual(['subscribe']);
      await clock.advance(1);
      expect(methods(bench)).toEqual(['subscribe', 'unsubscribe']);
      read(client);
      expect(methods(bench)).toEqual(['subscribe', 'unsubscribe', 'subscribe']);
      void client.close();
    }
  });

  it('tell a late one the newest event first, where that is wanted', async () => {
    const bench = await open({ replayLast: true });
    const { client } = bench;
    const first = read(client);
    confirm(bench, 1, 's');
    event(bench, 's', { price: 1 });
    event(bench, 's', { price: 2 });
    const [second, third] = [read(client), read(client)];
    event(bench, 's', { price: 3 });
    expect(first.events).toEqual(['active', { price: 1 }, { price: 2 }, { price: 3 }]);
    for (const { events } of [second, third]) expect(events).toEqual([{ price: 2 }, { price: 3 }]);
    void client.close();
  });

  it('tell one that joins while an event is told that event, and not the one before', async () => {
    const bench = await open({ replayLast: true });
    const { client } = bench;
    const joined: Heard[] = [];
    client.subscribe('ticks', ABC as never).on((tick) => {
      if (tick === 2) joined.push(read(client));
    });
    confirm(bench, 1, 's');
    for (const tick of [1, 2, 3]) event(bench, 's', tick);
    expect(joined.map(({ events }) => events)).toEqual([[2, 3]]);
    void client.close();
  });

  it('are none where params differ as null and nothing do, or the signal is aborted already', async () => {
    const bench = await open();
    const { client, clock } = bench;
    read(client);
    client.subscribe('ticks', null as never);
    client.subscribe('ticks');
    expect(methods(bench)).toHaveLength(3);
    const reader = read(client, { symbol: 'XYZ' }, { signal: AbortSignal.abort() });
    await clock.advance(5_000);
    expect([methods(bench).length, reader.subscription.status]).toEqual([3, 'closed']);
    void client.close();
  });

  it('do not make each other wait: a slow one loses its own events, or ends alone', async () => {
    const bench = await open({}, [subscriptions({ maxEvents: 2 })]);
    const { client, clock, of } = bench;
    const fast = read(client);
    const slow = client.subscribe('ticks', ABC as never);
    const dropping = client.subscribe('ticks', ABC as never, { overflow: 'drop-oldest', maxEvents: 3 });
    confirm(bench, 1, 's');
    for (const at of [1, 2, 3, 4, 5]) event(bench, 's', at);
    expect(fast.events).toEqual(['active', 1, 2, 3, 4, 5]);
    expect(await slow.closed).toMatchObject({ code: 'SUBSCRIPTION_OVERFLOW' });
    expect(of('error')).toMatchObject([{ code: 'SUBSCRIPTION_OVERFLOW' }]);
    expect(of('gap')).toMatchObject([{ subscription: 'ticks', recovered: false }]);
    const left: unknown[] = [];
    dropping.on((one) => left.push(one));
    expect([left, dropping.status, methods(bench)]).toEqual([[3, 4, 5], 'active', ['subscribe']]);
    void client.close();
    await clock.settle();
  });

  it('hold what waits on the account of the client', async () => {
    const bench = setUp({ use: [sharing({ replayLast: true })], limits: { maxHeldBytes: 1_000 } });
    await bench.open();
    const { client, of } = bench;
    const waiting = [0, 1, 2].map(() =>
      client.subscribe('ticks', ABC as never, { overflow: 'drop-oldest', maxEvents: 100 }),
    );
    confirm(bench, 1, 's');
    for (let at = 0; at < 30; at++) event(bench, 's', 'x'.repeat(100));
    expect(of('gap').length).toBeGreaterThan(0);
    let held = 0;
    for (const one of waiting) one.on(() => held++);
    expect(held).toBeLessThanOrEqual(10);
    void client.close();
  });

  it('are resumed as one, know their events, and hear of a gap, all of them', async () => {
    let asked = 0;
    const way = {
      cursor: (tick: unknown) => {
        asked++;
        return tick as number;
      },
      resume: (params: unknown, after: unknown) => ({ ...(params as object), after }),
      resumed: () => true,
    };
    const bench = await open();
    const { client, clock, server, of } = bench;
    bench.forget('message'); // who listens to all that comes may have missed some
    const readers = [read(client, ABC, way), read(client, ABC, way)];
    confirm(bench, 1, 's');
    event(bench, 's', 7);
    server.last.drop();
    await clock.advance(3_000);
    expect(bench.received()).toMatchObject([
      { method: 'subscribe', params: ['ticks', { ...ABC, after: 7 }] },
    ]);
    confirm(bench, 2, 't');
    event(bench, 't', 7);
    event(bench, 't', 8);
    for (const { events } of readers) expect(events).toEqual(['active', 7, 'pending', 'active', 8]);
    expect(of('gap')).toMatchObject([{ recovered: true }]);
    // Once an event, not once a reader.
    expect(asked).toBe(3);
    void client.close();
  });

  it('end together, with the error of the server, which is told once', async () => {
    const bench = await open();
    const { client, clock, server, of } = bench;
    const readers = [read(client), read(client)];
    server.last.send('{"jsonrpc":"2.0","id":1,"error":{"code":5,"message":"no"}}');
    await clock.settle();
    for (const { events } of readers) expect(events.at(-1)).toEqual(['closed', 'REQUEST_REJECTED']);
    expect(of('error')).toHaveLength(1);
    read(client);
    expect(methods(bench)).toEqual(['subscribe', 'subscribe']);
    void client.close();
  });

  it('leave by their own signal, and end at once where the client is closed', async () => {
    const bench = await open({ linger: 0 });
    const { client, clock } = bench;
    const abort = new AbortController();
    const [first, second] = [read(client, ABC, { signal: abort.signal }), read(client)];
    confirm(bench, 1, 's');
    abort.abort(new Error('enough'));
    event(bench, 's', 1);
    await clock.settle();
    expect([first.subscription.status, second.events]).toEqual(['closed', ['active', 1]]);
    void client.close();
    await clock.advance(5_000);
    const none = read(client);
    await clock.settle();
    expect([none.events, none.subscription.status]).toEqual([
      ['closed', ['closed', 'CLIENT_CLOSED']],
      'closed',
    ]);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('the plugin', () => {
  it('brings subscriptions along, and does nothing where an envelope has none', () => {
    const client = createSlimClient({ url: 'ws://test', envelope: jsonRpc(), use: [sharing()] });
    const subscription = client.subscribe('ticks');
    expect(subscription.status).toBe('pending');
    void client.close();
    const plain = setUp({ envelope: raw(), use: [sharing()] });
    expect(() => plain.client.subscribe('ticks')).toThrow(/subscri/);
  });

  it('refuses wrong options', () => {
    for (const name of ['linger', 'replayLast', 'shares']) {
      expect(() => sharing({ [name]: 'x' } as never)).toThrow(`The option ${name} of sharing`);
    }
  });
});
