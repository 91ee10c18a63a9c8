// Contracts of schemas, through a client: what fits passes as the schema makes it, what does not is told and goes nowhere.
import { type as ark } from 'arktype';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { RequestError } from '../../src/base/errors.ts';
import type { ContractOptions, StandardSchema } from '../../src/messaging/contract.ts';
import { type ContractShape, defineContract, isRemoteError, type } from '../../src/messaging/contract.ts';
import type { Envelope } from '../../src/messaging/envelope.ts';
import { jsonRpc } from '../../src/messaging/json-rpc.ts';
import type { Subscription } from '../../src/messaging/subscription.ts';
import { type Bench, setUp, watch } from '../client/set-up.ts';

const CHAT = {
  requests: {
    sum: { params: z.array(z.number()), result: z.number() },
    now: { result: z.string().transform((text) => new Date(text)) },
    find: { params: v.object({ id: v.string() }), result: ark({ name: 'string' }) },
    free: { params: type<unknown>(), result: type<unknown>() },
    pay: { error: z.object({ missing: z.number() }) },
  },
  notifications: { seen: z.object({ id: z.string() }) },
  events: { tick: z.object({ at: z.coerce.date() }), note: type<string>() },
  streams: {
    ticks: { params: z.object({ symbol: z.string() }), event: z.object({ price: z.coerce.number() }) },
  },
  handlers: { confirm: { params: v.object({ id: v.string() }), result: z.boolean() } },
} as const satisfies ContractShape;

const open = async (shape: ContractShape = CHAT, options: ContractOptions = {}): Promise<Bench> => {
  const bench = setUp({ contract: defineContract(shape, options) });
  await bench.open();
  return bench;
};

const event = (method: string, params: unknown): string => JSON.stringify({ jsonrpc: '2.0', method, params });
const reply = (id: number, result: unknown): string => JSON.stringify({ jsonrpc: '2.0', id, result });

/** A schema that answers when it is told to. */
function slow(): { readonly schema: StandardSchema<unknown>; readonly answers: ((ok: boolean) => void)[] } {
  const answers: ((ok: boolean) => void)[] = [];
  return {
    answers,
    schema: {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: (value) =>
          new Promise((resolve) =>
            answers.push((ok) => resolve(ok ? { value } : { issues: [{ message: 'late no' }] })),
          ),
      },
    },
  };
}

describe('what the server sends', () => {
  it('comes as the schema makes it, of three libraries', async () => {
    const { client, clock, server } = await open();
    const ticks: unknown[] = [];
    client.onEvent('tick', (tick) => ticks.push(tick));
    client.onEvent('note', (note) => ticks.push(note));
    server.last.send(event('tick', { at: '2026-01-02T00:00:00Z', more: 1 }));
    server.last.send(event('note', 5));
    expect(ticks).toEqual([{ at: new Date('2026-01-02T00:00:00Z') }, 5]);
    const results = [client.request('now'), client.request('find', { id: 'x' }), client.request('free')].map(
      watch,
    );
    server.last.send(reply(1, '2026-01-02T00:00:00Z'));
    server.last.send(reply(2, { name: 'ada' }));
    server.last.send(reply(3, [1]));
    await clock.settle();
    expect(results.map(({ value }) => value)).toEqual([
      new Date('2026-01-02T00:00:00Z'),
      { name: 'ada' },
      [1],
    ]);
    void client.close();
  });

  it('is no event where it does not fit, and everybody is told where and why', async () => {
    const { client, server, of } = await open();
    const ticks: unknown[] = [];
    client.onEvent('tick', (tick) => ticks.push(tick));
    server.last.send(event('tick', { at: 'never' }));
    server.last.send(event('tick', { at: 0 }));
    expect(ticks).toEqual([{ at: new Date(0) }]);
    const [error] = of('error') as [Error];
    expect(error).toMatchObject({
      name: 'ValidationError',
      code: 'VALIDATION_FAILED',
      detail: 'event',
      method: 'tick',
      issues: [{ path: ['at'], message: expect.any(String) }],
    });
    expect(error.message).toMatch(
      /^The event "tick" of the server does not fit the contract, and was left out: at: .+\.$/,
    );
    // As a message it is there all the same.
    expect(of('message')).toHaveLength(2);
    void client.close();
  });

  it('rejects the request whose result does not fit', async () => {
    const { client, clock, server, of } = await open();
    const [sum, find] = [watch(client.request('sum', [1])), watch(client.request('find', { id: 'x' }))];
    server.last.send(reply(1, '3'));
    server.last.send(reply(2, { name: 7 }));
    await clock.settle();
    expect(sum.value).toMatchObject({
      code: 'VALIDATION_FAILED',
      detail: 'result',
      method: 'sum',
      issues: [{ path: [] }],
    });
    expect(find.value).toMatchObject({ code: 'VALIDATION_FAILED', issues: [{ path: ['name'] }] });
    expect(of('error')).toEqual([]);
    void client.close();
  });

  it('leaves out the event of a subscription, which goes on', async () => {
    const { client, server, of } = await open();
    const heard: unknown[] = [];
    client.subscribe('ticks', { symbol: 'A' }).on((tick) => heard.push(tick));
    server.last.send(reply(1, 's1'));
    for (const price of ['5', 'x', 6])
      server.last.send(event('subscription', { subscription: 's1', result: { price } }));
    expect(heard).toEqual([{ price: 5 }, { price: 6 }]);
    expect(of('error')).toMatchObject([{ code: 'VALIDATION_FAILED', detail: 'stream', method: 'ticks' }]);
    void client.close();
  });

  it('reaches no handler with params that do not fit', async () => {
    const { client, clock, server, of } = await open();
    const asked: unknown[] = [];
    client.handle('confirm', (params) => {
      asked.push(params);
      return true;
    });
    server.last.send('{"jsonrpc":"2.0","id":"a","method":"confirm","params":{"id":5}}');
    server.last.send('{"jsonrpc":"2.0","id":"b","method":"confirm","params":{"id":"x"}}');
    await clock.settle();
    expect(asked).toEqual([{ id: 'x' }]);
    expect(of('error')).toMatchObject([
      { code: 'HANDLER_FAILED', cause: { code: 'VALIDATION_FAILED', detail: 'params' } },
    ]);
    expect(server.last.received.map((one) => JSON.parse(one as string))).toMatchObject([
      { id: 'a', error: { message: 'Internal error' } },
      { id: 'b', result: true },
    ]);
    void client.close();
  });

  it('may have any name: those of Object.prototype are none of the contract’s', async () => {
    const { client, server, of } = await open({ events: {}, requests: {}, streams: {}, handlers: {} });
    const heard: unknown[] = [];
    for (const name of ['__proto__', 'constructor', 'toString']) {
      client.onEvent(name, (payload) => heard.push(payload));
      server.last.send(event(name, 1));
    }
    expect(heard).toEqual([1, 1, 1]);
    expect(of('error')).toEqual([]);
    void client.close();
  });

  it('is never quoted with a secret in it', async () => {
    const quoting = v.literal('x', (issue) => `not x but ${issue.received}`);
    const bench = setUp({
      contract: defineContract({ events: { tick: quoting } }),
      url: 'ws://test/?token=hush-hush-hush',
    });
    await bench.open();
    bench.server.last.send(event('tick', 'hush-hush-hush'));
    const [error] = bench.of('error') as [Error & { issues: unknown }];
    expect(error).toMatchObject({ code: 'VALIDATION_FAILED' });
    expect(`${error.message}${JSON.stringify(error.issues)}`).not.toContain('hush-hush');
    void bench.client.close();
  });

  it('has ten issues told at most, each of a bounded length', async () => {
    const many: StandardSchema<unknown> = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: () => ({
          issues: Array.from({ length: 1_000 }, () => ({ message: 'x'.repeat(1_000), path: [{ key: 'a' }] })),
        }),
      },
    };
    const { client, server, of } = await open({ events: { tick: many } });
    server.last.send(event('tick', 1));
    const [{ issues }] = of('error') as [{ issues: readonly { message: string; path: unknown }[] }];
    expect([issues.length, issues[0]?.message.length, issues[0]?.path]).toEqual([10, 200, ['a']]);
    void client.close();
  });

  it('does not fit a schema that fails itself', async () => {
    const broken = (validate: () => never): StandardSchema<unknown> => ({
      '~standard': { version: 1, vendor: 'test', validate },
    });
    const thrown = broken(() => {
      throw new Error('x');
    });
    const rejected = broken((() => Promise.reject(new Error('x'))) as () => never);
    const { client, clock, server, of } = await open({ events: { thrown, rejected } });
    server.last.send(event('thrown', 1));
    server.last.send(event('rejected', 1));
    await clock.settle();
    expect(of('error')).toMatchObject([
      { method: 'thrown', issues: [{ message: 'The schema itself failed.' }] },
      { method: 'rejected', issues: [{ message: 'The schema itself failed.' }] },
    ]);
    void client.close();
  });
});

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

describe('options of a contract', () => {
  it('are refused by their name', () => {
    expect(() => defineContract({}, { timeout: '5' } as never)).toThrow(/defineContract.*timeout|timeout/);
    expect(() => defineContract({}, { validate: 'all' } as never)).toThrow(/validate/);
  });
});

describe('what we send', () => {
  const wrong = async ({ client }: Bench): Promise<unknown[]> => {
    const calls = [
      () => client.request('sum', ['x']),
      () => client.notify('seen', { id: 5 }),
      async () => client.subscribe('ticks', { symbol: 1 }),
    ];
    const told: unknown[] = [];
    for (const call of calls) told.push(await call().catch((error: unknown) => error));
    return told;
  };

  it('is checked where that is wanted, and sent as it was given', async () => {
    const bench = await open(CHAT, { validate: 'both' });
    expect(await wrong(bench)).toMatchObject([
      { code: 'VALIDATION_FAILED', detail: 'sent', method: 'sum', issues: [{ path: ['0'] }] },
      { code: 'VALIDATION_FAILED', detail: 'sent', method: 'seen' },
      { code: 'VALIDATION_FAILED', detail: 'sent', method: 'ticks' },
    ]);
    const { client, clock, server } = bench;
    expect(server.last.received).toEqual([]);
    watch(client.request('now'));
    watch(client.request('find', { id: 'x', more: 1 }));
    watch(client.request('other', 5));
    client.handle('confirm', () => 'yes' as never);
    server.last.send('{"jsonrpc":"2.0","id":"a","method":"confirm","params":{"id":"x"}}');
    await clock.settle();
    expect(server.last.received.map((one) => JSON.parse(one as string))).toMatchObject([
      { method: 'now' },
      { method: 'find', params: { id: 'x', more: 1 } },
      { method: 'other' },
      { id: 'a', error: {} },
    ]);
    void client.close();
  });

  it('is not held up by a schema that answers later', async () => {
    const { schema } = slow();
    const bench = await open({ requests: { a: { params: schema } } }, { validate: 'both' });
    watch(bench.client.request('a', 1));
    expect(bench.server.last.received).toHaveLength(1);
    void bench.client.close();
  });

  it('is not checked by default', async () => {
    const bench = await open();
    const pending = [bench.client.request('sum', ['x']), bench.client.notify('seen', { id: 5 })].map(watch);
    bench.client.subscribe('ticks', { symbol: 1 });
    expect(bench.server.last.received).toHaveLength(3);
    expect(pending).toHaveLength(2);
    void bench.client.close();
  });

  it('nor is anything, where types alone are wanted', async () => {
    const { client, server, of } = await open(CHAT, { validate: 'none' });
    const heard: unknown[] = [];
    client.onEvent('tick', (tick) => heard.push(tick));
    server.last.send(event('tick', 'x'));
    expect([heard, of('error')]).toEqual([['x'], []]);
    void client.close();
  });
});

describe('onAnyEvent', () => {
  it('hears every event by its name, checked, until it stops', async () => {
    const { client, server } = await open();
    const heard: unknown[] = [];
    const listener = (one: unknown): void => void heard.push(one);
    const stop = client.onAnyEvent(listener);
    const second = client.onAnyEvent(listener);
    second();
    server.last.send(event('tick', { at: 0 }));
    server.last.send(event('tick', { at: 'x' }));
    server.last.send(event('else', 1));
    stop();
    server.last.send(event('else', 2));
    expect(heard).toEqual([
      { name: 'tick', payload: { at: new Date(0) }, meta: undefined },
      { name: 'else', payload: 1, meta: undefined },
    ]);
    void client.close();
  });
});

describe('isRemoteError', () => {
  const shop = defineContract(CHAT);
  const refusal = (method: string, data?: unknown): RequestError =>
    new RequestError(method, { code: 1, message: 'no', data });

  it('knows the refusal of a method by what it brings', () => {
    const error: unknown = refusal('pay', { missing: 5 });
    expect(isRemoteError(shop, error, 'pay') && error.data.missing).toBe(5);
    expect(isRemoteError(shop, refusal('pay', { missing: 'x' }), 'pay')).toBe(false);
    expect(isRemoteError(shop, refusal('sum'), 'pay')).toBe(false);
    expect(isRemoteError(shop, refusal('sum'), 'sum')).toBe(true);
    expect(isRemoteError(shop, new Error('x'), 'sum')).toBe(false);
    const later = defineContract({ requests: { a: { error: slow().schema } } });
    expect(isRemoteError(later, refusal('a'), 'a')).toBe(false);
  });
});
