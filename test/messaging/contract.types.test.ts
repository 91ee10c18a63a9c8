// The types of contracts: what compiles, what does not, and what the compiler says then.
import { type as ark } from 'arktype';
import * as v from 'valibot';
import { describe, expect, expectTypeOf, it } from 'vitest';
import * as z from 'zod';
import { createClient, createSlimClient } from '../../src/client/create-client.node.ts';
import { defineContract, isRemoteError, type } from '../../src/messaging/contract.ts';
import { requests } from '../../src/messaging/requests.ts';
import { createScriptedServer } from '../../src/testing/scripted-server.ts';

const chat = defineContract({
  requests: {
    sum: { params: z.array(z.number()), result: z.number() },
    now: { result: z.string().transform((text) => new Date(text)) },
    find: {
      params: v.object({ id: v.string(), limit: v.optional(v.number(), 10) }),
      result: ark({ name: 'string' }),
    },
    typed: { params: type<{ a: 1 }>(), result: type<2>() },
    pay: { error: z.object({ missing: z.coerce.number() }) },
  },
  notifications: { seen: z.object({ id: z.string() }) },
  events: { tick: z.object({ at: z.coerce.date() }), note: type<string>() },
  streams: {
    ticks: { params: z.object({ symbol: z.string() }), event: z.object({ price: z.number() }) },
    all: { event: type<number>() },
  },
  handlers: { confirm: { params: z.object({ id: z.string() }), result: z.boolean() } },
});

const clientOf = () =>
  createClient({ url: 'ws://test', contract: chat, transport: createScriptedServer().transport });
type Chat = ReturnType<typeof clientOf>;
/** Compiled, never run. */
const compiled = (_use: (client: Chat) => unknown): void => {};

describe('the types of a contract of schemas', () => {
  it('are those of who sends and who receives', async () => {
    compiled((client) => {
      expectTypeOf(client.request('sum', [1, 2])).resolves.toEqualTypeOf<number>();
      expectTypeOf(client.request('now')).resolves.toEqualTypeOf<Date>();
      expectTypeOf(client.request('find', { id: 'x' })).resolves.toEqualTypeOf<{ name: string }>();
      expectTypeOf(client.request('typed', { a: 1 }, { timeout: 3 })).resolves.toEqualTypeOf<2>();
      client.onEvent('tick', ({ at }) => expectTypeOf(at).toEqualTypeOf<Date>());
      client.onAnyEvent((event) => {
        if (event.name === 'note') expectTypeOf(event.payload).toEqualTypeOf<string>();
        else expectTypeOf(event.payload.at).toEqualTypeOf<Date>();
      });
      client
        .subscribe('ticks', { symbol: 'A' })
        .on(({ price }) => expectTypeOf(price).toEqualTypeOf<number>());
      client.subscribe('all').on((one) => expectTypeOf(one).toEqualTypeOf<number>());
      client.subscribe(
        'ticks',
        { symbol: 'A' },
        {
          cursor: ({ price }) => price,
          resume: (params, after) => {
            expectTypeOf(after).toEqualTypeOf<number>();
            return params;
          },
          resumed: (_reply, after) => after > 0,
        },
      );
      client.handle('confirm', ({ id }) => id === '');
      client.handle('confirm', async ({ id }) => id === '');
      void client.notify('seen', { id: 'x' });
    });
    const error: unknown = new Error('x');
    if (isRemoteError(chat, error, 'pay')) expectTypeOf(error.data.missing).toEqualTypeOf<number>();
    const client = clientOf();
    await client.close();
    expect(client.state.status).toBe('closed');
  });

  it('refuse what is not in it', () => {
    compiled((client) => {
      // @ts-expect-error wrong method
      void client.request('smu');
      // @ts-expect-error missing params
      void client.request('sum');
      // @ts-expect-error wrong params
      void client.request('sum', ['x']);
      // @ts-expect-error params given where none are
      void client.request('now', 5);
      // @ts-expect-error wrong event
      client.onEvent('tock', () => {});
      // @ts-expect-error wrong stream
      client.subscribe('tick');
      // @ts-expect-error wrong result of a handler
      client.handle('confirm', () => 'yes');
      // @ts-expect-error wrong notification
      void client.notify('seen', { id: 5 });
    });
    // @ts-expect-error wrong method
    expect(isRemoteError(chat, new Error('x'), 'smu')).toBe(false);
    expect(() =>
      // @ts-expect-error a schema where name and schemas belong
      defineContract({ requests: { sum: z.number() } }),
    ).toThrow(/There are: params, result, error/);
  });

  it('hold for a slim client, beside its plugins', async () => {
    const { transport } = createScriptedServer();
    const slim = createSlimClient({ url: 'ws://test', contract: chat, use: [requests()], transport });
    const use = (client: typeof slim): void => {
      expectTypeOf(client.request('sum', [1])).resolves.toEqualTypeOf<number>();
      // @ts-expect-error no plugin for it
      client.subscribe('all');
    };
    expect(use).toBeTypeOf('function');
    await slim.close();
  });
});
