// Contracts of schemas, through a client: what fits passes as the schema makes it, what does not is told and goes nowhere.
import { type as ark } from 'arktype';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { RequestError } from '../../src/base/errors.ts';
import type { ContractOptions, StandardSchema } from '../../src/messaging/contract.ts';
import { type ContractShape, defineContract, isRemoteError, type } from '../../src/messaging/contract.ts';
import { type Bench, setUp, watch } from '../client/set-up.ts';
import { slow } from './slow-schema.ts';

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
