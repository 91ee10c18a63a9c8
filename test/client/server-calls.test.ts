import { describe, expect, it } from 'vitest';
import { ServerCalls } from '../../src/client/server-calls.ts';
import { json } from '../../src/messaging/codec.ts';
import type { RpcEnvelope } from '../../src/messaging/envelope.ts';
import { jsonRpc } from '../../src/messaging/json-rpc.ts';

const parts = { rpc: jsonRpc()().rpc as RpcEnvelope, codec: json() };
const call = (method: string, params?: unknown) => ({ kind: 'request', key: 1, method, params }) as const;
const refusal = (code: number, message: string): string =>
  JSON.stringify({ jsonrpc: '2.0', id: 1, error: { code, message } });

describe('ServerCalls', () => {
  it('answers with what the handler returns or promises', async () => {
    const calls = new ServerCalls();
    calls.handle('now', (n) => n);
    calls.handle('later', async (n) => n);
    calls.handle('nothing', () => {});
    expect(await calls.answer(parts, call('now', 1))).toEqual({
      data: '{"jsonrpc":"2.0","id":1,"result":1}',
    });
    expect(await calls.answer(parts, call('later', 2))).toEqual({
      data: '{"jsonrpc":"2.0","id":1,"result":2}',
    });
    expect(await calls.answer(parts, call('nothing'))).toEqual({
      data: '{"jsonrpc":"2.0","id":1,"result":null}',
    });
  });

  it('keeps one handler a method, and removes its own only', async () => {
    const calls = new ServerCalls();
    const removeOld = calls.handle('x', () => 'old');
    const removeNew = calls.handle('x', () => 'new');
    removeOld();
    expect((await calls.answer(parts, call('x'))).data).toContain('"new"');
    removeNew();
    expect(await calls.answer(parts, call('x'))).toEqual({ data: refusal(-32_601, 'Method not found: x') });
  });

  it.each(['toString', '__proto__', 'constructor'])('knows no method %s by itself', async (method) => {
    const { data } = await new ServerCalls().answer(parts, call(method));
    expect(data).toBe(refusal(-32_601, `Method not found: ${method}`));
  });

  it('tells the server nothing of why a handler failed, or made what cannot be sent', async () => {
    const calls = new ServerCalls();
    const fault = new Error('secret');
    calls.handle('throws', () => {
      throw fault;
    });
    calls.handle('rejects', () => Promise.reject(fault));
    calls.handle('odd', () => 1n);
    const data = refusal(-32_603, 'Internal error');
    expect(await calls.answer(parts, call('throws'))).toEqual({ data, error: fault });
    expect(await calls.answer(parts, call('rejects'))).toEqual({ data, error: fault });
    expect(await calls.answer(parts, call('odd'))).toMatchObject({ data, error: { code: 'INVALID_DATA' } });
  });
});
