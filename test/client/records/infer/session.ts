/** A recorded session of JSON-RPC with everything in it, on a virtual clock. */

import type { TraceRecord } from '../../../../src/client/records/record.ts';
import { trace } from '../../../../src/client/trace.ts';
import { subscriptions } from '../../../../src/messaging/subscriptions.ts';
import { setUp } from '../../set-up.ts';

const ANSWERS: Record<string, object> = {
  sum: { result: 3 },
  'find user': { result: { name: 'Ann', age: 7, tags: ['a'], 'e-mail': null } },
  subscribe: { result: 's1' },
  pay: { error: { code: 7, message: 'no', data: { missing: 2 } } },
  unsubscribe: { result: true },
};

export async function recordedSession(): Promise<TraceRecord[]> {
  const records: TraceRecord[] = [];
  const tell = trace((record) => void records.push(record), { preview: Number.POSITIVE_INFINITY });
  let found = 0;
  const { client, clock, server, open } = setUp(
    { use: [subscriptions(), tell] },
    {
      onMessage: (connection, message) => {
        if (typeof message !== 'string') return;
        const { id, method } = JSON.parse(message);
        if (id === undefined || method === undefined) return;
        const second = method === 'find user' && ++found > 1;
        const answer = second ? { result: { name: 'Bob', 'e-mail': 'b@x' } } : ANSWERS[method];
        connection.send(JSON.stringify({ jsonrpc: '2.0', id, ...answer }));
        if (method !== 'subscribe') return;
        for (const price of [1, 2.5])
          connection.send(
            JSON.stringify({
              jsonrpc: '2.0',
              method: 'subscription',
              params: { subscription: 's1', result: { price } },
            }),
          );
      },
    },
  );
  client.handle('confirm', () => ({ ok: true }));
  client.onEvent('tick', () => {});
  await open();
  const together = [client.request('sum', [1, 2]), client.request('find user', { id: 'x' })];
  await clock.advance(10);
  await Promise.all(together);
  const others = [client.request('find user', { id: 'y' }), client.request('pay').catch(() => {})];
  await clock.advance(10);
  await Promise.all(others);
  void client.notify('seen', { id: 1 });
  const ticks = client.subscribe('ticks', { symbol: 'ABC' });
  await clock.advance(10);
  server.last.send('{"jsonrpc":"2.0","method":"tick","params":{"at":1}}');
  for (const id of ['q1', 'q2'])
    server.last.send(`{"jsonrpc":"2.0","id":"${id}","method":"confirm","params":["a",1]}`);
  await clock.advance(10);
  void client.send({ plain: 'message' });
  void client.send(Uint8Array.of(1, 2));
  ticks.unsubscribe();
  await clock.advance(10);
  void client.close();
  await clock.advance(1_000);
  return records;
}
