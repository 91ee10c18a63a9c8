import specs from '@asyncapi/specs';
import { toJsonSchema } from '@valibot/to-json-schema';
import { Ajv } from 'ajv';
import { type as ark } from 'arktype';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type AsyncApiOptions, toAsyncApi } from '../../src/messaging/async-api.ts';
import { type ContractShape, defineContract, type } from '../../src/messaging/contract.ts';
import { slow } from './slow-schema.ts';

const INFO = { title: 'Shop', version: '1.0.0' };

const SHOP = defineContract({
  requests: {
    price: { params: z.object({ id: z.string() }), result: z.number() },
    pay: { params: ark({ id: 'string' }), error: z.object({ missing: z.number() }) },
    free: { result: type<string>() },
  },
  notifications: { seen: z.object({ id: z.string() }) },
  events: { restock: z.object({ id: z.string(), stock: z.string().transform(Number) }) },
  streams: { ticks: { params: z.object({ symbol: z.string() }), event: ark({ price: 'number' }) } },
  handlers: { confirm: { params: z.object({ id: z.string() }), result: z.boolean() } },
});

/** What the official schema of AsyncAPI 3.0.0 finds wrong with a document. */
function faults(document: unknown): unknown[] {
  const ajv = new Ajv({
    strict: false,
    validateFormats: false,
    allErrors: true,
    meta: false,
    validateSchema: false,
  });
  const schema = specs.schemas['3.0.0'] as object;
  const validate = ajv.compile(schema);
  return validate(JSON.parse(JSON.stringify(document))) ? [] : [...(validate.errors ?? [])];
}

const made = (shape: ContractShape, options: Partial<AsyncApiOptions> = {}) =>
  toAsyncApi(defineContract(shape), { ...INFO, ...options });

describe('a contract as AsyncAPI', () => {
  it('is a document that the specification has nothing against', () => {
    const document = toAsyncApi(SHOP, {
      ...INFO,
      description: 'Tea',
      url: 'wss://user:secret@example.com:8443/socket?t=1',
    });
    expect(faults(document)).toEqual([]);
    expect(faults({ ...document, operations: { a: { action: 'shout' } } })).not.toEqual([]);
    expect(document.info).toEqual({ ...INFO, description: 'Tea' });
    expect(document.servers).toEqual({
      server: { host: 'example.com:8443', protocol: 'wss', pathname: '/socket' },
    });
    expect(JSON.stringify(document)).not.toContain('secret');
  });

  it('says who sends what, and what answers it', () => {
    const { operations, channels } = toAsyncApi(SHOP, INFO);
    const said = Object.entries(operations).map(([id, { action, messages, reply }]) => [
      id,
      action,
      ...[messages, reply?.messages ?? []].map((some) =>
        some.map(({ $ref }) => $ref.split('/').at(-1)).join(),
      ),
    ]);
    expect(said).toEqual([
      ['request.price', 'send', 'request.price', 'result.price'],
      ['request.pay', 'send', 'request.pay', 'result.pay,error.pay'],
      ['request.free', 'send', 'request.free', 'result.free'],
      ['notification.seen', 'send', 'notification.seen', ''],
      ['event.restock', 'receive', 'event.restock', ''],
      ['subscribe.ticks', 'send', 'subscribe.ticks', ''],
      ['stream.ticks', 'receive', 'stream.ticks', ''],
      ['call.confirm', 'receive', 'call.confirm', 'answer.confirm'],
    ]);
    const { messages } = channels.connection;
    // What travels is what a schema takes, not what it makes.
    expect(messages['event.restock']?.payload?.schema).toMatchObject({
      properties: { stock: { type: 'string' } },
    });
    expect(messages['stream.ticks']?.payload?.schema).toMatchObject({
      properties: { price: { type: 'number' } },
    });
    // A type alone says nothing when it runs, and what is left out is nothing.
    for (const id of ['result.free', 'request.free']) expect(messages[id]).not.toHaveProperty('payload');
  });

  it('takes the JSON Schema of whatever library', () => {
    const document = made(
      { events: { tick: v.object({ at: v.number() }) } },
      {
        toJsonSchema: (schema) => toJsonSchema(schema as never),
        schemaFormat: 'application/schema+json;version=draft-07',
      },
    );
    expect(document.channels.connection.messages['event.tick']?.payload).toMatchObject({
      schema: { type: 'object', properties: { at: { type: 'number' } } },
    });
    expect(faults(document)).toEqual([]);
  });

  it('names the schema that cannot say what it is', () => {
    for (const schema of [slow().schema, z.object({ at: z.coerce.date() }), v.string()]) {
      expect(() => made({ events: { tick: schema } })).toThrow(/The schema of "tick" does not say/);
    }
  });

  it('says why it cannot, in the words of its library', () => {
    expect(() => made({ events: { tick: z.object({ at: z.date() }) } })).toThrow(
      'The schema of "tick" does not say what it is as JSON Schema: Date cannot be represented in JSON Schema. Give ' +
        'toAsyncApi a function toJsonSchema that does.',
    );
    expect(() => made({ events: { tick: v.string() } })).toThrow(
      'The schema of "tick" does not say what it is as JSON Schema. Give toAsyncApi a function toJsonSchema that does.',
    );
  });

  it('refuses what is no contract', () => {
    for (const [contract, received] of [
      [{ events: {} }, ' It is an object.'],
      [undefined, ''],
    ] as const) {
      expect(() => toAsyncApi(contract as never, INFO)).toThrow(
        `The option contract of toAsyncApi must be what defineContract() gives.${received}`,
      );
    }
  });

  it('keeps names apart that differ only in what an id may not hold', () => {
    const names = ['a/b', 'a~b', 'a b', '__proto__x'];
    const document = made({ events: Object.fromEntries(names.map((name) => [name, z.string()])) });
    const { messages } = document.channels.connection;
    expect(Object.values(messages).map(({ name }) => name)).toEqual(names);
    expect(Object.keys(messages)).toEqual(['event.a_b', 'event.a_b_2', 'event.a_b_3', 'event.__proto__x']);
    expect(faults(document)).toEqual([]);
    expect(faults(made({}))).toEqual([]);
  });

  it('refuses wrong options', () => {
    expect(() => toAsyncApi(SHOP, { title: 'x' } as never)).toThrow('The option version of toAsyncApi');
    expect(() => made({}, { toJsonSchema: 5 } as never)).toThrow('The option toJsonSchema of toAsyncApi');
  });
});
