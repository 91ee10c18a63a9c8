import { describe, expect, it } from 'vitest';
import { deferred } from '../../src/base/deferred.ts';
import type { ClientOptions } from '../../src/client/options.ts';
import { failover } from '../../src/connection/failover.ts';
import { handover } from '../../src/connection/handover.ts';
import type { ScriptedConnection, ScriptedServerOptions } from '../../src/testing/scripted-server.ts';
import { type Bench, setUp, watch } from '../client/set-up.ts';

const reply = (id: number, result: unknown): string => JSON.stringify({ jsonrpc: '2.0', id, result });
const event = (id: unknown, result: unknown): string =>
  JSON.stringify({ jsonrpc: '2.0', method: 'subscription', params: { subscription: id, result } });

const methods = ({ received }: ScriptedConnection): string[] =>
  received.map((data) => {
    const { method, id, result } = JSON.parse(data as string);
    return method === undefined ? `answer ${result} to ${id}` : `${method} ${id}`;
  });

async function open(options: Partial<ClientOptions> = {}, behaviour: ScriptedServerOptions = {}) {
  const bench = setUp({ use: [handover()], ...options }, behaviour);
  await bench.open();
  const old = bench.server.last;
  /** Hands over, and gives the new line. */
  const move = async (): Promise<ScriptedConnection> => {
    const moved = bench.client.handover();
    await bench.clock.advance(0);
    await moved;
    return bench.server.last;
  };
  return { ...bench, old, move };
}

const end = async ({ client, clock }: Pick<Bench, 'client' | 'clock'>): Promise<void> => {
  const closed = client.close();
  await clock.advance(5_000);
  await closed;
  expect([clock.pendingTimers, client.stats().pending, client.stats().queued]).toEqual([0, 0, 0]);
};

describe('client.handover', () => {
  it('requests under way finish on the old line, new ones take the new line', async () => {
    const bench = await open();
    const { client, clock, old, move } = bench;
    const first = watch(client.request('first'));
    const next = await move();
    const second = watch(client.request('second'));
    expect([methods(old), methods(next)]).toEqual([['first 1'], ['second 2']]);
    expect(client.state).toMatchObject({ status: 'ready', epoch: 2, reason: 'handed over' });
    // An answer on the wrong line answers nothing.
    next.send(reply(1, 'forged'));
    await clock.settle();
    expect([first.value, bench.of('lateReply')]).toEqual(['pending', [{ key: 1 }]]);
    old.send(reply(1, 'one'));
    next.send(reply(2, 'two'));
    await clock.advance(0);
    expect([first.value, second.value, old.state]).toEqual(['one', 'two', 'closed']);
    expect(bench.told.filter(([name]) => name === 'state').slice(2)).toEqual([['state', 'ready>ready']]);
    await end(bench);
  });

  it('what is not answered on the old line in time is unknown, or asked again', async () => {
    const bench = await open({ use: [handover({ deadline: 2_000 })] });
    const { client, clock, old, move } = bench;
    const once = watch(client.request('once'));
    const again = watch(client.request('again', undefined, { idempotent: true }));
    const next = await move();
    const later = watch(client.request('later'));
    await clock.advance(1_999);
    expect(old.state).toBe('open');
    await clock.advance(2);
    expect(once.value).toMatchObject({ code: 'REPLY_LOST', outcome: 'unknown' });
    expect([later.value, methods(next)]).toEqual(['pending', ['later 3', 'again 4']]);
    next.send(reply(4, 'at last'));
    next.send(reply(3, 'as well'));
    await clock.settle();
    expect([again.value, later.value, once.settled]).toEqual(['at last', 'as well', 1]);
    await end(bench);
  });

  it('answers of ours go to the line that asked', async () => {
    const bench = await open();
    const { client, clock, old, move } = bench;
    const asked = deferred<string>();
    client.handle('confirm', () => asked.promise);
    old.send('{"id":7,"method":"confirm"}');
    const next = await move();
    await clock.advance(1_000);
    expect(old.state).toBe('open');
    asked.resolve('yes');
    await clock.advance(0);
    expect([methods(old), methods(next), old.state]).toEqual([['answer yes to 7'], [], 'closed']);
    await end(bench);
  });

  it('an answer that waits for the old socket does not go out on the new line', async () => {
    const bench = await open();
    const { client, clock, old, move } = bench;
    client.handle('confirm', () => 'yes');
    old.bufferedAmount = 17 * 1024 * 1024;
    old.send('{"id":7,"method":"confirm"}');
    await clock.settle();
    const next = await move();
    old.drain();
    await clock.settle();
    expect([methods(old), methods(next)]).toEqual([[], []]);
    await end(bench);
  });

  it('an old line that goes before the new one has a subscription leaves a gap of its own (seed 309237)', async () => {
    let isBusy = true;
    const onMessage = (connection: ScriptedConnection, data: unknown): void => {
      const { id, params } = JSON.parse(data as string) as { id: number; params: [string] };
      if (!isBusy) connection.send(reply(id, `new ${params[0]}`));
    };
    const options = { use: [handover({ deadline: 2_000 })], reconnect: { baseDelay: 60_000 } };
    const bench = await open(options, { onMessage });
    const { client, clock, old, move } = bench;
    const at = (event: unknown): number => (event as { at: number }).at;
    const subscriptions = [
      client.subscribe('plain'),
      client.subscribe('whole', {}, { cursor: at, resume: (_, after) => ({ after }), resumed: () => true }),
      client.subscribe('ended'),
    ];
    const heard: unknown[] = [];
    for (const subscription of subscriptions) subscription.on((one) => heard.push(one));
    await clock.settle();
    for (const id of [1, 2, 3]) old.send(reply(id, `old ${id}`));
    const next = await move();
    for (const id of [4, 5, 6]) next.send(JSON.stringify({ id, error: { code: 1, message: 'busy' } }));
    await clock.settle();
    const gaps = (): unknown[] => bench.of('gap').map((gap) => Object(gap).subscription);
    expect(gaps()).toEqual([undefined]);
    old.send(event('old 1', { at: 1 }));
    old.send(event('old 2', { at: 1 }));
    old.send(
      JSON.stringify({
        jsonrpc: '2.0',
        method: 'subscription',
        params: { subscription: 'old 3', end: true },
      }),
    );
    await clock.advance(2_000);
    expect([heard, old.state]).toEqual([[{ at: 1 }, { at: 1 }], 'closed']);
    isBusy = false;
    await clock.advance(180_000);
    expect(methods(next).slice(3)).toEqual(['subscribe 7', 'subscribe 8', 'subscribe 9']);
    expect(gaps()).toEqual([undefined, 'plain', 'ended']);
    await end(bench);
  });

  it('subscriptions move before the old line is let go; with cursors nothing comes twice', async () => {
    const bench = await open();
    const { client, clock, old, server } = bench;
    bench.forget('message');
    const subscription = client.subscribe('ticks', {}, { cursor: (tick) => tick as number });
    const heard: unknown[] = [];
    subscription.on((tick) => heard.push(tick));
    old.send(reply(1, 'x'));
    old.send(event('x', 1));
    const moved = client.handover();
    await clock.advance(0);
    await moved;
    const next = server.last;
    await clock.advance(1_000);
    expect([methods(next), old.state, bench.of('gap')]).toEqual([['subscribe 2'], 'open', []]);
    old.send(event('x', 2));
    next.send(reply(2, 'x'));
    next.send(event('x', 2));
    old.send(event('x', 3));
    next.send(event('x', 3));
    expect(methods(old)).toEqual(['subscribe 1', 'unsubscribe 3']);
    // The server was not asked to go on anywhere: hearing both lines proves nothing, the old one may be dead.
    expect(bench.of('gap')).toEqual([{ previousEpoch: 1, epoch: 2, duration: 0, recovered: false }]);
    old.send(reply(3, true));
    await clock.advance(0);
    expect(old.state).toBe('closed');
    next.send(event('x', 4));
    expect([heard, subscription.status]).toEqual([[1, 2, 3, 4], 'active']);
    await end(bench);
  });

  it('tells of the new line as of every other', async () => {
    const bench = await open();
    await bench.move();
    expect(bench.told.slice(-4).map(([name]) => name)).toEqual(['state', 'ready', 'reconnected', 'gap']);
    expect(bench.of('gap')).toEqual([{ previousEpoch: 1, epoch: 2, duration: 0, recovered: false }]);
    expect(bench.of('lost')).toEqual([]);
    await end(bench);
  });

  it('what waits for a slow socket goes out on the new line, in order', async () => {
    const bench = await open();
    const { client, old, move } = bench;
    void client.send({ method: 'a' });
    old.bufferedAmount = 17 * 1024 * 1024;
    void client.send({ method: 'b' });
    void client.send({ method: 'c' });
    const next = await move();
    void client.send({ method: 'd' });
    expect([methods(old), methods(next)]).toEqual([
      ['a undefined'],
      ['b undefined', 'c undefined', 'd undefined'],
    ]);
    await end(bench);
  });

  it('a new line that never comes changes nothing', async () => {
    let isDown = false;
    const bench = await open(
      {},
      { onConnect: (connection) => (isDown ? connection.refuse(503) : connection.accept()) },
    );
    const { client, clock, old } = bench;
    isDown = true;
    const fate = watch(client.handover());
    const request = watch(client.request('still there'));
    await clock.advance(0);
    expect(fate.value).toMatchObject({ code: 'HANDOVER_FAILED', cause: { status: 503 } });
    old.send(reply(1, 'yes'));
    await clock.settle();
    expect([request.value, client.state.epoch, bench.of('error')]).toEqual(['yes', 1, []]);
    await end(bench);
  });

  it('requests on an old line are told that the client was closed', async () => {
    const bench = await open();
    const { client, move } = bench;
    const fate = watch(client.request('open'));
    await move();
    await end(bench);
    expect(fate.value).toMatchObject({ code: 'CLIENT_CLOSED', outcome: 'unknown' });
    expect(fate.settled).toBe(1);
  });

  it('cancels a request on the line that it was sent on', async () => {
    const bench = await open();
    const { client, clock, old, move } = bench;
    const controller = new AbortController();
    const fate = watch(client.request('long', undefined, { signal: controller.signal }));
    const next = await move();
    controller.abort();
    await clock.settle();
    expect(fate.value).toMatchObject({ code: 'ABORTED', outcome: 'unknown' });
    expect(methods(next)).toEqual([]);
    expect(methods(old)[0]).toBe('long 1');
    await end(bench);
  });

  it('by a word of the server', async () => {
    const bench = await open({
      use: [handover({ when: (message) => (message as { method?: unknown }).method === 'restarting' })],
    });
    const { client, clock, old } = bench;
    old.send('{"method":"news"}');
    old.send('{"method":"restarting"}');
    await clock.advance(2_499);
    expect(client.state.epoch).toBe(1);
    await clock.advance(1);
    expect(client.state).toMatchObject({ status: 'ready', epoch: 2 });
    await end(bench);
  });

  it('needs its part, and options that are right', async () => {
    await expect(setUp({}, {}, true).client.handover()).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    await expect(setUp({ use: [handover()] }).client.handover()).rejects.toMatchObject({
      code: 'INVALID_STATE',
    });
    expect(() => handover({ deadline: -1 })).toThrow('deadline of handover');
    expect(() => handover({ when: 'restarting' as never })).toThrow('when of handover');
    expect(() => setUp({ use: {} as never })).toThrow('use');
    expect(() => setUp({ use: [{} as never] })).toThrow('use');
  });
});

describe('a list of addresses', () => {
  it('goes on to the next, and why() says which failed', async () => {
    const seen: (string | undefined)[] = [];
    const bench = setUp(
      { url: ['ws://a/?token=hush', new URL('ws://b/chat?token=hush')], use: [failover()] },
      {
        onConnect: (connection) => {
          if (connection.request.url.startsWith('ws://a')) connection.refuse(503);
          else connection.accept();
        },
      },
    );
    bench.client.on('error', () => seen.push(bench.client.why().target));
    await bench.open();
    await bench.clock.advance(1_000);
    expect(bench.client.state.status).toBe('ready');
    expect([seen, bench.client.why().target]).toEqual([['ws://a/'], 'ws://b/chat']);
    await end(bench);
  });

  it('of one address needs no plugin', async () => {
    const bench = setUp({ url: ['ws://a/'] });
    await bench.open();
    expect(bench.server.last.request.url).toBe('ws://a/');
    await end(bench);
  });

  it('is copied, and checked as a whole', async () => {
    const list = ['ws://a/', 'ws://b/'];
    const bench = setUp({ url: list, use: [failover()] });
    list.length = 0;
    await bench.open();
    expect(bench.server.last.request.url).toBe('ws://a/');
    await end(bench);
    expect(() => setUp({ url: ['ws://a/', 'ws://b/'] })).toThrow('For a list: use: [failover()]');
    expect(() => setUp({ url: [] })).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
    expect(() => setUp({ url: ['ws://a/', 'http//b'] })).toThrow(
      expect.objectContaining({ code: 'INVALID_URL' }),
    );
  });
});
