import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RpcEnvelope } from '../../src/messaging/envelope.ts';
import { jsonRpc } from '../../src/messaging/json-rpc.ts';

const rpcOf = (): RpcEnvelope => jsonRpc()().rpc as RpcEnvelope;
const { classify, split } = jsonRpc()();

describe('what we say', () => {
  it('numbers requests from 1 on, each client for itself', () => {
    const factory = jsonRpc();
    const [first, second] = [factory().rpc as RpcEnvelope, factory().rpc as RpcEnvelope];
    expect([first.allocate(), first.allocate(), second.allocate()]).toEqual([1, 2, 1]);
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
    const rpc = rpcOf();
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
    [{ id: 1 }, { kind: 'message' }],
    [{ id: null, error: { code: -32_700, message: 'Parse error' } }, { kind: 'message' }],
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

  it('never throws', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        for (const message of split(value)) expect(classify(message).kind).toBeTypeOf('string');
      }),
    );
  });
});
