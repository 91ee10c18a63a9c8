// Schemas that answer later, through a client: the order of what the server says is kept, up to its end.
import { describe, expect, it } from 'vitest';
import { type ContractOptions, type ContractShape, defineContract } from '../../src/messaging/contract.ts';
import type { Envelope } from '../../src/messaging/envelope.ts';
import { jsonRpc } from '../../src/messaging/json-rpc.ts';
import type { Subscription } from '../../src/messaging/subscription.ts';
import { type Bench, setUp, watch } from '../client/set-up.ts';
import { slow } from './slow-schema.ts';

const open = async (shape: ContractShape, options: ContractOptions = {}): Promise<Bench> => {
  const bench = setUp({ contract: defineContract(shape, options) });
  await bench.open();
  return bench;
};

const event = (method: string, params: unknown): string => JSON.stringify({ jsonrpc: '2.0', method, params });
const reply = (id: number, result: unknown): string => JSON.stringify({ jsonrpc: '2.0', id, result });

describe('schemas that answer later', () => {
  it('keep the order, and what does not fit is left out', async () => {
    const { schema, answers } = slow();
    const { client, clock, server, of } = await open({ events: { tick: schema } });
    const heard: unknown[] = [];
    client.onEvent('tick', (tick) => heard.push(tick));
    for (const at of [1, 2, 3]) server.last.send(event('tick', at));
    expect(answers).toHaveLength(1);
    answers[0]?.(true);
    await clock.settle();
    answers[1]?.(false);
    await clock.settle();
    answers[2]?.(true);
    await clock.settle();
    server.last.send(event('tick', 4));
    answers[3]?.(true);
    await clock.settle();
    expect(heard).toEqual([1, 3, 4]);
    expect(of('error')).toMatchObject([{ issues: [{ message: 'late no', path: [] }] }]);
    void client.close();
  });

  it('hold no more than may be held: what is left out is a gap, told once', async () => {
    const { schema, answers } = slow();
    const { client, clock, server, of } = await open({
      streams: { ticks: { event: schema } },
      events: { tick: schema },
    });
    const heard: unknown[] = [];
    client.onEvent('tick', (tick) => heard.push(tick));
    client.on('gap', () => heard.push('gap'));
    for (let at = 0; at < 1_010; at++) server.last.send(event('tick', at));
    for (let at = 0; at < 1_001; at++) {
      answers[at]?.(true);
      await clock.settle();
    }
    expect(of('gap')).toMatchObject([{ recovered: false, subscription: undefined }]);
    // Told where the hole is.
    expect([heard.length, ...heard.slice(-2)]).toEqual([1_002, 1_000, 'gap']);
    void client.close();
  });

  it('tell a closed client nothing', async () => {
    const { schema, answers } = slow();
    const { client, clock, server } = await open({ events: { tick: schema } });
    const heard: unknown[] = [];
    client.onEvent('tick', (tick) => heard.push(tick));
    server.last.send(event('tick', 1));
    void client.close();
    await clock.advance(10_000);
    answers[0]?.(true);
    await clock.settle();
    expect(heard).toEqual([]);
  });

  it('check results and the events of a subscription', async () => {
    const { schema, answers } = slow();
    const { client, clock, server } = await open({
      requests: { a: { result: schema } },
      streams: { s: { event: schema } },
    });
    const result = watch(client.request('a'));
    const heard: unknown[] = [];
    client.subscribe('s', undefined, {
      cursor: () => {
        throw new Error('cursor');
      },
    });
    client.subscribe('s').on((one) => heard.push(one));
    server.last.send(reply(1, 'r'));
    server.last.send(reply(2, 's2'));
    server.last.send(reply(3, 's3'));
    server.last.send(event('subscription', { subscription: 's2', result: 1 }));
    server.last.send(event('subscription', { subscription: 's3', result: 1 }));
    await clock.settle();
    for (const answer of answers) answer(true);
    await clock.settle();
    expect([result.value, heard]).toEqual(['r', [1]]);
    void client.close();
  });
});

describe('an event that a schema still judges', () => {
  const BAD = { code: 1, message: 'gone' };

  /** One subscription, confirmed, and whatever happens to it, in order. */
  async function subscribed(envelope?: () => Envelope): Promise<{
    bench: Bench;
    heard: unknown[];
    judge(ok?: boolean): Promise<void>;
    subscription: Subscription<unknown>;
  }> {
    const { schema, answers } = slow();
    const bench = setUp({
      contract: defineContract({ streams: { s: { event: schema } }, events: { plain: schema } }),
      ...(envelope && { envelope }),
    });
    await bench.open();
    const { client, clock, server } = bench;
    const heard: unknown[] = [];
    const subscription = client.subscribe('s');
    server.last.send(reply(1, 'id'));
    subscription.on((one) => heard.push(one));
    void subscription.closed.then((error) => heard.push(['closed', (error as { code?: string })?.code]));
    client.on('gap', ({ subscription: name }) => heard.push(['gap', name]));
    const judge = async (ok = true): Promise<void> => {
      for (const answer of answers.splice(0, 1)) answer(ok);
      await clock.settle();
    };
    return { bench, heard, judge, subscription };
  }
  const stream = (params: object): string => event('subscription', { subscription: 'id', ...params });

  it('comes before the end of its subscription', async () => {
    const { bench, heard, judge, subscription } = await subscribed();
    const { client, clock, server, of } = bench;
    for (const result of [1, 2]) server.last.send(stream({ result }));
    server.last.send(stream({ error: BAD }));
    await clock.settle();
    expect([heard, subscription.status, of('error')]).toEqual([[], 'active', []]);
    await judge();
    expect(heard).toEqual([1]);
    await judge();
    expect(heard).toEqual([1, 2, ['closed', 'SUBSCRIPTION_ENDED']]);
    expect(of('error')).toMatchObject([{ code: 'SUBSCRIPTION_ENDED', subscription: 's' }]);
    void client.close();
  });

  it('comes before the end of the client, where an error is that', async () => {
    const { bench, heard, judge } = await subscribed();
    const { client, clock, server } = bench;
    for (const result of [1, 2]) server.last.send(stream({ result }));
    server.last.close(4403, 'no');
    await clock.settle();
    expect([client.state.status, heard]).toEqual(['closed', []]);
    await judge(false);
    await judge();
    expect(heard).toEqual([2, ['closed', 'CONNECTION_CLOSED']]);
  });

  it('is not waited for by who closes the client, or unsubscribes', async () => {
    for (const end of ['close', 'unsubscribe', 'ended'] as const) {
      const { bench, heard, judge, subscription } = await subscribed();
      const { client, clock, server, of } = bench;
      for (const result of [1, 2]) server.last.send(stream({ result }));
      // Before the client hears of the end that the server has set.
      if (end === 'ended') server.last.send(stream({ error: BAD }));
      if (end === 'unsubscribe') subscription.unsubscribe();
      else void client.close();
      await clock.advance(5_000);
      expect(heard, end).toEqual([['closed', undefined]]);
      await judge(false);
      await judge();
      expect([heard, of('error')], end).toEqual([[['closed', undefined]], []]);
      void client.close();
    }
  });

  it('comes before the gap that a new connection tells of', async () => {
    const { bench, heard, judge } = await subscribed();
    const { client, clock, server } = bench;
    server.last.send(stream({ result: 1 }));
    server.last.send(event('plain', 1));
    server.last.drop();
    await clock.advance(3_000);
    expect([client.state.epoch, heard]).toEqual([2, []]);
    server.last.send(reply(2, 'id'));
    server.last.send(stream({ result: 2 }));
    await judge();
    await judge();
    // Two names, and the gap concerns both.
    expect(heard).toEqual([1, ['gap', undefined]]);
    await judge();
    expect(heard).toEqual([1, ['gap', undefined], 2]);
    void client.close();
  });

  it('keeps no gap for a client that is closed', async () => {
    const { bench, heard, judge } = await subscribed();
    const { client, clock, server } = bench;
    server.last.send(event('plain', 1));
    server.last.drop();
    await clock.advance(3_000);
    void client.close();
    await clock.advance(5_000);
    await judge();
    expect(heard).toEqual([['closed', undefined]]);
  });

  it('is the only thing that is waited for: where none is judged, an end and a gap are told at once', async () => {
    const { bench, heard } = await subscribed();
    const { client, clock, server } = bench;
    server.last.drop();
    await clock.advance(3_000);
    server.last.send(reply(2, 'id'));
    expect(heard).toEqual([['gap', undefined]]);
    server.last.send(stream({ end: true }));
    await clock.settle();
    expect(heard).toEqual([
      ['gap', undefined],
      ['closed', undefined],
    ]);
    void client.close();
  });

  it('comes before the gap of a subscription that the server drops', async () => {
    const dropping = (): Envelope => {
      const made = jsonRpc()();
      const { reader } = made;
      return {
        ...made,
        reader: (session) => {
          const { split, classify } = reader(session);
          return {
            split,
            classify: (message) =>
              (message as { drop?: true }).drop === true
                ? {
                    kind: 'event',
                    name: 's',
                    payload: undefined,
                    subscription: { key: 'id', payload: undefined, again: BAD },
                  }
                : classify(message),
          };
        },
      };
    };
    const { bench, heard, judge } = await subscribed(dropping);
    const { client, clock, server } = bench;
    server.last.send(stream({ result: 1 }));
    server.last.send('{"drop":true}');
    await clock.settle();
    expect(heard).toEqual([]);
    await judge();
    expect(heard).toEqual([1, ['gap', 's']]);
    void client.close();
  });

  it('that was held comes before the overflow of what could not be', async () => {
    const { schema, answers } = slow();
    const { client, clock, server } = await open({ streams: { s: { event: schema } } });
    const heard: unknown[] = [];
    const subscription = client.subscribe('s');
    subscription.on((one) => heard.push(one));
    void subscription.closed.then((error) => heard.push((error as { code: string }).code));
    for (let at = 1; at <= 1_001; at++) server.last.send(stream({ result: at }));
    server.last.send(reply(1, 'id'));
    for (let at = 0; at < 1_000; at++) {
      await clock.settle();
      answers[at]?.(true);
    }
    await clock.settle();
    expect([heard.length, ...heard.slice(-2)]).toEqual([1_001, 1_000, 'SUBSCRIPTION_OVERFLOW']);
    void client.close();
  });

  it('does not fit if the schema does not answer in time', async () => {
    const { schema } = slow();
    const { client, clock, server, of } = await open(
      { streams: { s: { event: schema } }, requests: { a: { result: schema } } },
      { timeout: 50 },
    );
    const result = watch(client.request('a'));
    const { closed } = client.subscribe('s');
    const end = watch(closed);
    server.last.send(reply(1, 'r'));
    server.last.send(reply(2, 'id'));
    server.last.send(stream({ result: 1 }));
    server.last.send(stream({ end: true }));
    await clock.advance(49);
    expect([result.settled, end.settled]).toEqual([0, 0]);
    await clock.advance(1);
    const issues = [{ message: 'The schema did not answer within 50 ms.' }];
    expect(result.value).toMatchObject({ code: 'VALIDATION_FAILED', issues });
    expect([end.settled, end.value, of('error')]).toMatchObject([1, undefined, [{ method: 's', issues }]]);
    void client.close();
  });

  it('may take for ever where that is wanted, and leaves no timer', async () => {
    for (const timeout of [Number.POSITIVE_INFINITY, 20_000]) {
      const { schema, answers } = slow();
      const { client, clock, server } = await open({ events: { tick: schema } }, { timeout });
      const heard: unknown[] = [];
      client.onEvent('tick', (tick) => heard.push(tick));
      server.last.send(event('tick', 1));
      await clock.advance(timeout === 20_000 ? 10_000 : 1_000_000);
      answers[0]?.(true);
      await clock.settle();
      expect(heard).toEqual([1]);
      void client.close();
      await clock.advance(5_000);
      expect(clock.pendingTimers).toBe(0);
    }
  });

  it('does not hold a request that is aborted meanwhile', async () => {
    const { schema } = slow();
    const { client, clock, server } = await open({ requests: { a: { result: schema } } });
    const abort = new AbortController();
    const result = watch(client.request('a', undefined, { signal: abort.signal }));
    server.last.send(reply(1, 'r'));
    await clock.settle();
    abort.abort(new Error('enough'));
    await clock.settle();
    expect(result.value).toMatchObject({ message: 'enough' });
    void client.close();
    await clock.advance(5_000);
    expect(clock.pendingTimers).toBe(0);
  });
});
