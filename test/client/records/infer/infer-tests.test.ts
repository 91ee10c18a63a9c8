import { transformSync } from 'esbuild';
import { expect, it } from 'vitest';
import { createClient } from '../../../../src/client/create-client.node.ts';
import { inferContract } from '../../../../src/client/records/infer/infer-contract.ts';
import { inferTests } from '../../../../src/client/records/infer/infer-tests.ts';
import { jsonLines } from '../../../../src/client/records/lines.ts';
import type { TraceRecord } from '../../../../src/client/records/record.ts';
import { trace } from '../../../../src/client/trace.ts';
import { replay } from '../../../../src/testing/replay.ts';
import { setUp } from '../../set-up.ts';
import { recordedSession } from './session.ts';

/** Runs the source of a test as it stands, but for its imports. */
async function run(source: string, records: readonly TraceRecord[]): Promise<void> {
  let file = '';
  for (const record of records)
    jsonLines((line) => {
      file += line;
    })(record);
  const tests: (() => Promise<void>)[] = [];
  const ends: (() => void)[] = [];
  const given = {
    readFileSync: () => file,
    createClient,
    replay,
    expect,
    onTestFinished: (end: () => void) => ends.push(end),
    test: (_: string, body: () => Promise<void>) => tests.push(body),
  };
  const { code } = transformSync(source.replace(/^import .*$/gm, ''), { loader: 'ts' });
  new Function(...Object.keys(given), code)(...Object.values(given));
  expect(tests).toHaveLength(1);
  try {
    await tests[0]?.();
  } finally {
    for (const end of ends) end();
  }
}

it('writes a test that passes on the session, and fails on another', async () => {
  const records = await recordedSession();
  const source = inferTests(records, 'session.jsonl');
  expect(source).toContain('const reply1 = played(client.request("sum", [1,2]));');
  expect(source).toContain('expect(await reply1).toEqual(3);');
  expect(source).toContain(
    'await expect(reply4).rejects.toMatchObject({"code":"REQUEST_REJECTED","remoteCode":7});',
  );
  expect(source).toContain('client.handle("confirm", () => { asked++; return {"ok":true}; });');
  expect(source).toContain('await expect.poll(() => asked).toBe(2);');
  expect(source).toContain('void client.send(Uint8Array.of(1, 2));');
  await run(source, records);
  await expect(run(source.replace('toEqual(3)', 'toEqual(4)'), records)).rejects.toThrow('expected 3');
  await expect(run(source.replace('[1,2]', '[1,3]'), records)).rejects.toThrow(
    'recorded {"jsonrpc":"2.0","id":1,"method":"sum","params":[1,2]}',
  );
});

/** A session that is recorded on a virtual clock, with a server that answers `sum`, and `subscribe` with one event. */
async function recordedWith(
  use: (bench: ReturnType<typeof setUp>) => Promise<void>,
): Promise<readonly TraceRecord[]> {
  const records: TraceRecord[] = [];
  const tell = trace((record) => void records.push(record), { preview: Number.POSITIVE_INFINITY });
  let subscribed = 0;
  const bench = setUp(
    { use: [tell] },
    {
      onMessage: (connection, message) => {
        const { id, method } = JSON.parse(String(message));
        const reply = (result: unknown): void =>
          connection.send(JSON.stringify({ jsonrpc: '2.0', id, result }));
        if (method === 'sum') connection.request.clock.setTimer(() => reply(3), 5);
        else if (method === 'unsubscribe') reply(true);
        else if (method === 'subscribe') {
          const subscription = `s${++subscribed}`;
          reply(subscription);
          const params = { subscription, result: { at: subscribed } };
          connection.send(JSON.stringify({ jsonrpc: '2.0', method: 'subscription', params }));
        }
      },
    },
  );
  const { client, clock, open } = bench;
  await open();
  await use(bench);
  void client.close();
  await clock.advance(1_000);
  return records;
}

it('keeps the recorded order of what was said before anything was answered', async () => {
  const records = await recordedWith(async ({ client, clock }) => {
    void client.request('sum', [1, 2]);
    void client.request('sum', [2, 2]);
    client.subscribe('ticks', { symbol: 'ABC' });
    await clock.advance(10);
  });
  await run(inferTests(records, 'session.jsonl'), records);
  // As the command line records: connections alone.
  const bare = records.filter(({ type }) => type !== 'state');
  expect(inferTests(bare, 'session.jsonl')).toContain('await client.ready();');
  await run(inferTests(bare, 'session.jsonl'), bare);
});

it.each<[string, (bench: ReturnType<typeof setUp>) => void]>([
  ['the server drops', ({ server }) => server.last.drop()],
  ['the server closes for a restart', ({ server }) => server.last.close(1012)],
  ['the client gives up', ({ client }) => client.reconnect()],
])('goes on when %s, as the client of then did by itself', async (_, end) => {
  const records = await recordedWith(async (bench) => {
    const { client, clock } = bench;
    const ticks = client.subscribe('ticks', { symbol: 'ABC' });
    await clock.advance(10);
    client.request('lost').catch(() => {});
    await clock.advance(10);
    end(bench);
    await clock.advance(60_000);
    void client.request('sum', [1, 2]);
    await clock.advance(10);
    ticks.unsubscribe();
    await clock.advance(10);
  });
  const source = inferTests(records, 'session.jsonl');
  expect(source.match(/client\.subscribe/g)).toHaveLength(1);
  expect(source).toContain("await expect(reply2).rejects.toMatchObject({ code: 'REPLY_LOST' });");
  expect(source).toContain('{"name":"ticks","payload":{"at":2}}');
  await run(source, records);
  // Over TCP the Close frame is recorded too, and says who began to close.
  const framed = records.flatMap((record): TraceRecord[] => {
    if (record.type !== 'close' || record.connection !== 1) return [record];
    const { time, connection } = record;
    const close = { type: 'frame', direction: 'out', opcode: 'close', fin: true, length: 2 } as const;
    return [{ ...close, time, connection }, record];
  });
  expect(inferTests(framed, 'session.jsonl')).toContain('client.reconnect();');
  await run(inferTests(framed, 'session.jsonl'), framed);
  expect(inferContract(records)).not.toContain('subscribe:');
});

it('tells of a reply that was lost with the last connection', async () => {
  const records = await recordedWith(async ({ client, clock, server }) => {
    client.request('lost').catch(() => {});
    await clock.advance(10);
    server.last.drop();
    await clock.advance(1);
  });
  const source = inferTests(records, 'session.jsonl');
  expect(source).toContain("await expect(reply1).rejects.toMatchObject({ code: 'REPLY_LOST' });");
  await run(source, records);
});

it('of a session without messages connects to nothing', () => {
  const source = inferTests([], 'a "b".jsonl');
  expect(source).toContain('"the session of a \\"b\\".jsonl"');
  expect(source).not.toContain('onAnyEvent');
});
