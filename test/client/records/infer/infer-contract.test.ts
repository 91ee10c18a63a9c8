import ts from 'typescript';
import { expect, it } from 'vitest';
import { inferContract } from '../../../../src/client/records/infer/infer-contract.ts';
import type { TraceRecord } from '../../../../src/client/records/record.ts';
import { jsonRpc } from '../../../../src/messaging/json-rpc.ts';
import { recordedSession } from './session.ts';

it('writes a contract of what was seen', async () => {
  const source = inferContract(await recordedSession());
  expect(source).toBe(`import { defineContract, type } from 'holdline';

// Inferred from a recorded session: what was seen, not what the server promises.
export const contract = defineContract({
  requests: {
    "find user": { params: type<{ id: string }>(), result: type<{ name: string; age?: number; tags?: string[]; "e-mail": string | null }>() },
    pay: { error: type<{ missing: number }>() },
    sum: { params: type<number[]>(), result: type<number>() },
  },
  notifications: {
    seen: type<{ id: number }>(),
  },
  events: {
    tick: type<{ at: number }>(),
  },
  streams: {
    ticks: { params: type<{ symbol: string }>(), event: type<{ price: number }>() },
  },
  handlers: {
    confirm: { params: type<[string, number]>(), result: type<{ ok: boolean }>() },
  },
});
`);
  const { diagnostics } = ts.transpileModule(source, { reportDiagnostics: true });
  expect(diagnostics).toEqual([]);
});

it('writes an empty one of a session without messages, and none of one that was recorded without them', async () => {
  expect(inferContract([])).toContain('defineContract({\n});');
  const bare = (await recordedSession()).map((record) =>
    record.type === 'frame' ? { ...record, preview: undefined } : record,
  );
  expect(() => inferContract(bare)).toThrow('does not hold its whole message');
});

const frame = (direction: 'in' | 'out', message: unknown): TraceRecord => {
  const preview = typeof message === 'string' ? message : JSON.stringify(message);
  const { length } = preview;
  return {
    type: 'frame',
    time: 1,
    connection: 1,
    direction,
    opcode: 'text',
    fin: true,
    length,
    preview,
    encoding: 'text',
  };
};

it('takes batches, names that are dangerous and what nobody can read', () => {
  const source = inferContract([
    frame('out', [
      { id: 1, method: '__proto__' },
      { id: '2', method: 'constructor', params: {} },
    ]),
    frame('in', [
      { id: 1, result: null },
      { jsonrpc: '2.0', id: '2', result: [] },
    ]),
    frame('in', { method: '*/ } evil("', params: { '__proto__\u2028': 1 } }),
    frame('in', { jsonrpc: '2.0', id: 9, result: 'for nobody' }),
    frame('out', 'no JSON'),
    frame('in', '{'),
    frame('out', { id: 7, result: 'to nobody' }),
    frame('out', 7),
  ]);
  expect(source).toContain('["__proto__"]: { result: type<null>() },');
  expect(source).toContain(
    'constructor: { params: type<Record<string, never>>(), result: type<unknown[]>() },',
  );
  expect(source).toContain('"*/ } evil(\\"": type<{ "__proto__\\u2028": number }>()');
  expect(ts.transpileModule(source, { reportDiagnostics: true }).diagnostics).toEqual([]);
});

it('reads other protocols with an envelope and a function', () => {
  const source = inferContract(
    [frame('out', { ask: 'time', n: 1 }), frame('in', { jsonrpc: '2.0', id: 1, result: 'noon' })],
    {
      envelope: jsonRpc(),
      sent: (message) => {
        const { ask, n } = message as { ask: string; n: number };
        return { kind: 'request', key: n, name: ask, params: undefined };
      },
    },
  );
  expect(source).toContain('time: { result: type<string>() }');
});
