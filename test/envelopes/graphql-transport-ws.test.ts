// Frames as graphql-ws 6 sends them.
import { describe, expect, it } from 'vitest';
import {
  type GraphqlTransportWsOptions,
  graphqlTransportWs,
} from '../../src/envelopes/graphql-transport-ws.ts';
import { type Bench, setUp, watch } from '../client/set-up.ts';
import { PROPERTY_TIMEOUT } from '../tools/property-runs.ts';
import { survives } from './hostile.ts';

type Options = Parameters<typeof setUp>[0];

interface GraphqlBench extends Bench {
  say(...frames: readonly unknown[]): Promise<void>;
}

/** A line that is open, and whose server has said nothing. */
async function begin(options: GraphqlTransportWsOptions = {}, more: Options = {}): Promise<GraphqlBench> {
  const bench = setUp(
    { envelope: graphqlTransportWs(options), ...more },
    { onConnect: (end) => end.accept('graphql-transport-ws') },
  );
  await bench.open();
  const say = async (...frames: readonly unknown[]): Promise<void> => {
    for (const one of frames) bench.server.last.send(JSON.stringify(one));
    await bench.clock.settle();
  };
  return { ...bench, say };
}

const ACK = { type: 'connection_ack' };

async function open(options: GraphqlTransportWsOptions = {}, more: Options = {}): Promise<GraphqlBench> {
  const bench = await begin(options, more);
  await bench.say(ACK);
  expect(bench.client.state.status).toBe('ready');
  return bench;
}

describe('the login', () => {
  it('offers the subprotocol, sends the payload, answers pings meanwhile, and is ready with the acknowledgement', async () => {
    let count = 0;
    const bench = await begin({ auth: async () => ({ token: `t${++count}` }) });
    expect(bench.server.last.request.protocols).toEqual(['graphql-transport-ws']);
    expect(bench.received()).toEqual([{ type: 'connection_init', payload: { token: 't1' } }]);
    await bench.say({ type: 'ping', payload: 1 }, { type: 'pong' });
    expect([bench.received()[1], bench.client.state.status]).toEqual([{ type: 'pong' }, 'authenticating']);
    await bench.say({ type: 'connection_ack', payload: { user: 1 } });
    expect(bench.client.state.status).toBe('ready');
    bench.server.last.drop();
    await bench.clock.advance(6_000);
    expect(bench.received()).toEqual([{ type: 'connection_init', payload: { token: 't2' } }]);
    void bench.client.close();
  });

  it('sends no payload where there is none', async () => {
    const bench = await begin();
    expect(bench.server.last.received).toEqual(['{"type":"connection_init"}']);
    void bench.client.close();
  });

  it.each([4400, 4403, 4406, 4409, 4500])('that is refused with %i is final', async (code) => {
    const bench = await begin();
    bench.server.last.close(code, 'no');
    await bench.clock.advance(60_000);
    expect([bench.client.state.status, bench.server.connections.length]).toEqual(['closed', 1]);
  });

  it('that is refused twice in one line (4429) is final', async () => {
    const bench = await open();
    bench.server.last.close(4429, 'Too many initialisation requests');
    await bench.clock.advance(60_000);
    expect([bench.client.state.status, bench.server.connections.length]).toEqual(['closed', 1]);
  });

  it.each([4401, 4403])('that is refused with %i renews the credentials once', async (code) => {
    let token = 'old';
    const renew = (): void => {
      token = 'new';
    };
    const bench = await begin({ auth: () => ({ token }) }, { auth: { renew } });
    bench.server.last.close(code, 'Forbidden');
    await bench.clock.advance(6_000);
    expect(bench.received()).toEqual([{ type: 'connection_init', payload: { token: 'new' } }]);
    bench.server.last.close(code, 'Forbidden');
    await bench.clock.advance(60_000);
    expect([bench.client.state.status, bench.server.connections.length]).toEqual(['closed', 2]);
  });

  it.each([4408, 4504, 1011, 1012])('that ends with %i is tried again', async (code) => {
    const bench = await begin();
    bench.server.last.close(code);
    await bench.clock.advance(60_000);
    expect(bench.server.connections.length).toBeGreaterThan(1);
    void bench.client.close();
  });

  it('gives up a server that says nothing, or another thing', async () => {
    const silent = await begin();
    await silent.clock.advance(10_000);
    expect(silent.of('error')).toMatchObject([{ code: 'LOGIN_FAILED' }]);
    void silent.client.close();
    for (const one of ['{"type":"welcome"}', 'o', '[]', 'null']) {
      const other = await begin();
      other.server.last.send(one);
      await other.clock.settle();
      expect(other.of('error')).toMatchObject([{ code: 'LOGIN_FAILED', detail: 'other-protocol' }]);
      void other.client.close();
    }
  });

  it('keeps its payload out of errors', async () => {
    const bench = await begin({ auth: { token: 'hush-hush-hush' } });
    bench.server.last.close(4403, 'hush-hush-hush is no good');
    await bench.clock.advance(1_000);
    const [{ error }] = bench.of('closed') as [{ error: Error }];
    expect(JSON.stringify([error, error.message, bench.client.why()])).not.toContain('hush-hush');
  });
});

describe('requests', () => {
  it('are answered by the first result, whatever the order, and with errors beside data', async () => {
    const bench = await open();
    const one = watch(bench.client.request('{ a }'));
    const two = watch(
      bench.client.request(
        'query Q($n: Int) { b(n: $n) }',
        { n: 1 },
        { meta: { operationName: 'Q', extensions: { x: 1 } } },
      ),
    );
    expect(bench.received().slice(1)).toEqual([
      { id: 'r1', type: 'subscribe', payload: { query: '{ a }' } },
      {
        id: 'r2',
        type: 'subscribe',
        payload: {
          query: 'query Q($n: Int) { b(n: $n) }',
          variables: { n: 1 },
          operationName: 'Q',
          extensions: { x: 1 },
        },
      },
    ]);
    const partial = { data: { b: null }, errors: [{ message: 'half' }] };
    await bench.say({ id: 'r2', type: 'next', payload: partial }, { id: 'r2', type: 'complete' });
    await bench.say({ id: 'r1', type: 'next', payload: { data: { a: 1 } } }, { id: 'r1', type: 'complete' });
    expect([one.value, two.value]).toEqual([{ data: { a: 1 } }, partial]);
    expect([bench.of('lateReply'), bench.of('message')]).toEqual([[], []]);
    void bench.client.close();
  });

  it('that are refused, or complete without a result, fail', async () => {
    const bench = await open();
    const [refused, empty, odd] = [1, 2, 3].map(() => watch(bench.client.request('{ x }')));
    const errors = [{ message: 'Cannot query field "x".', locations: [] }, { message: 'more' }];
    await bench.say(
      { id: 'r1', type: 'error', payload: errors },
      { id: 'r2', type: 'complete' },
      { id: 'r3', type: 'error' },
    );
    expect(refused?.value).toMatchObject({
      code: 'REQUEST_REJECTED',
      remoteMessage: 'Cannot query field "x".',
      data: errors,
    });
    expect(empty?.value).toMatchObject({ remoteMessage: 'complete without a result' });
    expect(odd?.value).toMatchObject({ remoteMessage: 'no message' });
    void bench.client.close();
  });

  it('that bring more than one result are stopped', async () => {
    const bench = await open();
    const first = watch(bench.client.request('subscription { ticks }'));
    await bench.say(
      { id: 'r1', type: 'next', payload: { data: 1 } },
      { id: 'r1', type: 'next', payload: { data: 2 } },
    );
    expect([first.value, bench.received().at(-1)]).toEqual([{ data: 1 }, { id: 'r1', type: 'complete' }]);
    void bench.client.close();
  });

  it('that were given up are cancelled, and what comes late is nobody’s', async () => {
    const bench = await open();
    const abort = new AbortController();
    const given = watch(bench.client.request('{ slow }', undefined, { signal: abort.signal }));
    abort.abort();
    await bench.say({ id: 'r1', type: 'next', payload: {} }, { id: 'r1', type: 'complete' });
    expect(given.value).toMatchObject({ code: 'ABORTED' });
    expect(bench.received().at(-1)).toEqual({ id: 'r1', type: 'complete' });
    expect([bench.of('message'), bench.of('lateReply')]).toEqual([[], []]);
    void bench.client.close();
  });

  it('have names, where there are documents', async () => {
    const bench = await open({ documents: { user: 'query user { u }' } });
    void watch(bench.client.request('user'));
    void watch(bench.client.request('toString'));
    await bench.client.notify('mutation { seen }');
    await bench.say({ id: 'r3', type: 'next', payload: {} }, { id: 'r3', type: 'complete' });
    expect(bench.received().slice(1)).toEqual([
      { id: 'r1', type: 'subscribe', payload: { query: 'query user { u }' } },
      { id: 'r2', type: 'subscribe', payload: { query: 'toString' } },
      { id: 'r3', type: 'subscribe', payload: { query: 'mutation { seen }' } },
    ]);
    expect([bench.of('message'), bench.of('lateReply')]).toEqual([[], []]);
    void bench.client.close();
  });
});

describe('subscriptions', () => {
  it('bring results until they are complete, or refused', async () => {
    const bench = await open();
    const heard: unknown[] = [];
    const ticks = bench.client.subscribe('subscription { ticks }', { n: 1 });
    ticks.on((one) => heard.push(one));
    const bad = bench.client.subscribe('subscription { bad }');
    expect(bench.received()[1]).toEqual({
      id: 's1',
      type: 'subscribe',
      payload: { query: 'subscription { ticks }', variables: { n: 1 } },
    });
    await bench.say({ id: 's1', type: 'next', payload: { data: 1 } });
    await bench.say({ id: 's2', type: 'error', payload: [{ message: 'no such field' }] });
    await bench.say({ id: 's1', type: 'next', payload: { data: 2 } }, { id: 's1', type: 'complete' });
    expect(heard).toEqual([{ data: 1 }, { data: 2 }]);
    expect(await ticks.closed).toBeUndefined();
    expect(await bad.closed).toMatchObject({ code: 'SUBSCRIPTION_ENDED', remoteMessage: 'no such field' });
    void bench.client.close();
  });

  it('that were left are nobody’s, whatever comes late', async () => {
    const bench = await open();
    const ticks = bench.client.subscribe('subscription { ticks }');
    ticks.unsubscribe();
    expect(bench.received().at(-1)).toEqual({ id: 's1', type: 'complete' });
    await bench.say({ id: 's1', type: 'next', payload: {} }, { id: 's1', type: 'complete' });
    expect(bench.of('message')).toEqual([]);
    void bench.client.close();
  });

  it('are asked for again under a new id, with the same payload', async () => {
    const bench = await open();
    const heard: unknown[] = [];
    bench.client.subscribe('subscription { ticks }', { n: 1 }).on((one) => heard.push(one));
    bench.server.last.drop();
    await bench.clock.advance(6_000);
    await bench.say(ACK);
    expect(bench.received()[1]).toEqual({
      id: 's2',
      type: 'subscribe',
      payload: { query: 'subscription { ticks }', variables: { n: 1 } },
    });
    await bench.say({ id: 's1', type: 'next', payload: 'old' }, { id: 's2', type: 'next', payload: 'new' });
    expect([heard, bench.of('gap')]).toMatchObject([['new'], [{ recovered: false }]]);
    void bench.client.close();
  });
});

describe('the heartbeat', () => {
  it('asks, and gives up where nothing comes', async () => {
    const bench = await open({}, { heartbeat: {} });
    await bench.clock.advance(25_000);
    expect(bench.received().at(-1)).toEqual({ type: 'ping' });
    await bench.say({ type: 'pong', payload: { any: 1 } });
    expect([bench.of('rtt').length, bench.of('message')]).toEqual([1, []]);
    await bench.clock.advance(35_000);
    expect(bench.of('error')).toMatchObject([{ code: 'HEARTBEAT_TIMEOUT' }]);
    void bench.client.close();
  });

  it('answers the server’s, and takes no result for an answer', async () => {
    const bench = await open({}, { heartbeat: {} });
    const reply = watch(bench.client.request('{ a }'));
    await bench.say({ type: 'ping' }, { id: 'r1', type: 'next', payload: { data: { type: 'pong' } } });
    expect(bench.received().at(-1)).toEqual({ type: 'pong' });
    expect(reply.value).toEqual({ data: { type: 'pong' } });
    void bench.client.close();
  });
});

describe('what a server must not send', () => {
  it('is told as a message, or nothing', async () => {
    const bench = await open();
    const odd = [
      ...[null, [], 5, 'x', {}, { type: 'next' }, { type: 'next', id: 5 }, { type: 'next', id: 'x1' }],
      ...[
        { type: 'next', id: `r${'9'.repeat(2_000)}` },
        { type: 'data', id: 'r1' },
      ],
    ];
    await bench.say(...odd);
    expect(bench.of('message')).toEqual(odd);
    await bench.say(ACK, { type: 'pong' }, { id: 'r9', type: 'complete' });
    expect([bench.of('message').length, bench.of('lateReply')]).toEqual([odd.length, [{ key: 9 }]]);
    void bench.client.close();
  });

  it(
    'never makes its reader throw',
    () => {
      const ids = ['r1', 's1'];
      survives(graphqlTransportWs(), [
        ACK,
        { type: 'ping', payload: 1 },
        ...ids.flatMap((id) => [
          { id, type: 'next', payload: { data: { a: 1 }, errors: [{ message: 'x' }] } },
          { id, type: 'error', payload: [{ message: 'no', path: ['a'] }] },
          { id, type: 'complete' },
        ]),
      ]);
    },
    PROPERTY_TIMEOUT,
  );
});
