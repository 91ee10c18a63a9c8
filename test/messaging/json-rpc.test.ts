import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type {
  AnswerEnvelope,
  RpcEnvelope,
  SubscribeInfo,
  SubscriptionEnvelope,
} from '../../src/messaging/envelope.ts';
import { jsonRpc } from '../../src/messaging/json-rpc.ts';
import { PROPERTY_RUNS, PROPERTY_TIMEOUT } from '../tools/property-runs.ts';

const rpcOf = (): RpcEnvelope => jsonRpc()().rpc as RpcEnvelope;
const { classify, split } = jsonRpc()().reader(undefined);
const NO_INFO: SubscribeInfo = { meta: undefined, session: undefined, signal: new AbortController().signal };

describe('what we say', () => {
  it('numbers requests from 1 on, each client for itself', () => {
    const factory = jsonRpc();
    const [first, second] = [factory().rpc as RpcEnvelope, factory().rpc as RpcEnvelope];
    expect(first.allocate()).toBe(1);
    expect(first.allocate()).toBe(2);
    expect(second.allocate()).toBe(1);
  });

  it('makes requests and notifications, without params where there are none', () => {
    const rpc = rpcOf();
    expect(rpc.request(7, 'sum', [1, 2])).toStrictEqual({
      jsonrpc: '2.0',
      id: 7,
      method: 'sum',
      params: [1, 2],
    });
    expect(rpc.request(7, 'now', undefined)).toStrictEqual({ jsonrpc: '2.0', id: 7, method: 'now' });
    expect(rpc.notification('seen', { id: 1 })).toStrictEqual({
      jsonrpc: '2.0',
      method: 'seen',
      params: { id: 1 },
    });
    expect(rpc.notification('bye', undefined)).toStrictEqual({ jsonrpc: '2.0', method: 'bye' });
  });

  it('answers, with null for nothing, or refuses', () => {
    const rpc = rpcOf().answers as AnswerEnvelope;
    expect(rpc.reply('a', 3)).toStrictEqual({ jsonrpc: '2.0', id: 'a', result: 3 });
    expect(rpc.reply('a', undefined)).toStrictEqual({ jsonrpc: '2.0', id: 'a', result: null });
    expect(rpc.failure(1, rpc.unknownMethod('x'))).toStrictEqual({
      jsonrpc: '2.0',
      id: 1,
      error: { code: -32_601, message: 'Method not found: x' },
    });
    expect(rpc.internalError()).toStrictEqual({ code: -32_603, message: 'Internal error' });
  });
});

describe('what the server says', () => {
  it('takes batches apart', () => {
    expect(split([{ id: 1 }, 2])).toEqual([{ id: 1 }, 2]);
    expect(split({ id: 1 })).toEqual([{ id: 1 }]);
    expect(split([])).toEqual([]);
  });

  it.each([
    [
      { id: 1, result: 3 },
      { kind: 'reply', key: 1, result: 3 },
    ],
    [
      { id: 'a', result: null },
      { kind: 'reply', key: 'a', result: null },
    ],
    [
      { id: 1, result: 3, error: null },
      { kind: 'reply', key: 1, result: 3 },
    ],
    [
      { id: 1, error: { code: -1, message: 'no', data: [1] } },
      { kind: 'failure', key: 1, error: { code: -1, message: 'no', data: [1] } },
    ],
    [
      { id: 1, error: { code: {}, message: 5 } },
      { kind: 'failure', key: 1, error: { code: undefined, message: 'no message', data: undefined } },
    ],
    [
      { id: 1, error: 'plain' },
      { kind: 'failure', key: 1, error: { message: 'plain' } },
    ],
    [
      { id: 1, error: { code: 'E', message: 'x' } },
      { kind: 'failure', key: 1, error: { code: 'E', message: 'x', data: undefined } },
    ],
    [
      { method: 'tick', params: [1] },
      { kind: 'event', name: 'tick', payload: [1] },
    ],
    [
      { method: 'tick', id: null },
      { kind: 'event', name: 'tick', payload: undefined },
    ],
    [
      { method: 'ask', id: 'q', params: 1 },
      { kind: 'request', key: 'q', method: 'ask', params: 1 },
    ],
    [{ id: 1 }, { kind: 'reply', key: 1, result: undefined }],
    [
      { id: null, error: { code: -32_700, message: 'Parse error' } },
      { kind: 'error', error: { code: -32_700, message: 'Parse error' } },
    ],
    [{ id: {}, result: 1 }, { kind: 'message' }],
    ['text', { kind: 'message' }],
    [null, { kind: 'message' }],
    [[{ id: 1, result: 1 }], { kind: 'message' }],
  ])('understands %j', (message, meaning) => {
    expect(classify(message)).toEqual(meaning);
  });

  it('is not taken in by __proto__', () => {
    expect(classify(JSON.parse('{"__proto__":{"id":1,"result":1}}'))).toEqual({ kind: 'message' });
    expect(classify(JSON.parse('{"id":1,"__proto__":{"result":1}}'))).toEqual({ kind: 'message' });
  });

  it(
    'never throws',
    () => {
      fc.assert(
        fc.property(fc.jsonValue(), (value) => {
          for (const message of split(value)) expect(classify(message).kind).toBeTypeOf('string');
        }),
        { numRuns: PROPERTY_RUNS },
      );
    },
    PROPERTY_TIMEOUT,
  );
});

describe('subscriptions', () => {
  const wireOf = (options?: Parameters<typeof jsonRpc>[0]): SubscriptionEnvelope =>
    jsonRpc(options)().rpc?.subscriptions as SubscriptionEnvelope;

  it('ask in the way of Ethereum nodes, without their prefix', () => {
    const wire = wireOf();
    expect(wire.confirms).toBe(true);
    expect(wire.subscribe(1, 'ticks', undefined, NO_INFO)).toStrictEqual({
      jsonrpc: '2.0',
      id: 1,
      method: 'subscribe',
      params: ['ticks'],
    });
    expect(wire.subscribe(2, 'ticks', { symbol: 'A' }, NO_INFO)).toMatchObject({
      params: ['ticks', { symbol: 'A' }],
    });
    expect(wire.unsubscribe(3, '0xa', 'ticks')).toStrictEqual({
      jsonrpc: '2.0',
      id: 3,
      method: 'unsubscribe',
      params: ['0xa'],
    });
  });

  it('by other names, or in a way of their own', () => {
    const named = wireOf({ subscriptions: { subscribe: 'eth_subscribe', unsubscribe: 'eth_unsubscribe' } });
    expect(named.subscribe(1, 'newHeads', undefined, NO_INFO)).toMatchObject({
      method: 'eth_subscribe',
      params: ['newHeads'],
    });
    expect(named.unsubscribe(2, 'x', 'newHeads')).toMatchObject({ method: 'eth_unsubscribe', params: ['x'] });
    const own = wireOf({
      subscriptions: {
        subscribe: (name, params) => ({ method: `${name}Subscribe`, params }),
        unsubscribe: (id, name) => ({ method: `${name}Unsubscribe`, params: [id] }),
      },
    });
    expect(own.subscribe(1, 'account', ['a'], NO_INFO)).toMatchObject({
      method: 'accountSubscribe',
      params: ['a'],
    });
    expect(own.subscribe(1, 'slot', undefined, NO_INFO)).toStrictEqual({
      jsonrpc: '2.0',
      id: 1,
      method: 'slotSubscribe',
    });
    expect(own.unsubscribe(2, 7, 'account')).toMatchObject({ method: 'accountUnsubscribe', params: [7] });
  });

  it.each([
    ['0xa', '0xa'],
    [7, 7],
    [{ subscription: 7, resumed: true }, 7],
    [{ subscription: {} }, undefined],
    [null, undefined],
    [undefined, undefined],
    [true, undefined],
  ])('the id in the reply %j is %j', (reply, id) => {
    expect(wireOf().adopt(reply, 1, 'ticks', undefined)).toBe(id);
  });

  it('bring events and ends by their id', () => {
    const told = (params: unknown) => classify({ jsonrpc: '2.0', method: 'subscription', params });
    expect(told({ subscription: 1, result: { at: 5 } })).toStrictEqual({
      kind: 'event',
      name: 'subscription',
      payload: { subscription: 1, result: { at: 5 } },
      subscription: { key: 1, payload: { at: 5 }, end: undefined },
    });
    expect(told({ subscription: 1, end: true })).toMatchObject({ subscription: { end: true } });
    expect(told({ subscription: 1, end: 1, result: 2 })).toMatchObject({ subscription: { end: undefined } });
    expect(told({ subscription: 1, error: { code: 7, message: 'gone' } })).toMatchObject({
      subscription: { end: { code: 7, message: 'gone' } },
    });
  });

  it.each([undefined, null, 5, [], {}, { subscription: {} }])('params %j are an ordinary event', (params) => {
    expect(classify({ method: 'subscription', params })).toStrictEqual({
      kind: 'event',
      name: 'subscription',
      payload: params,
    });
  });

  it('know their notifications by another name, or by a function', () => {
    const event = (given: string | ((method: string) => boolean), method: string) =>
      jsonRpc({ subscriptions: { event: given } })()
        .reader(undefined)
        .classify({ method, params: { subscription: 1 } });
    expect(event('eth_subscription', 'eth_subscription')).toHaveProperty('subscription');
    expect(event('eth_subscription', 'subscription')).not.toHaveProperty('subscription');
    const isNotification = (method: string) => method.endsWith('Notification');
    expect(event(isNotification, 'slotNotification')).toHaveProperty('subscription');
    expect(event(isNotification, 'slot')).not.toHaveProperty('subscription');
  });
});
