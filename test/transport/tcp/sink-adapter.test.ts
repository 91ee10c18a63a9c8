import { expect, test } from 'vitest';
import { ProtocolError } from '../../../src/base/errors.ts';
import { SinkAdapter } from '../../../src/transport/tcp/sink-adapter.ts';

test('messages go to the sink, the bytes of a pong as a copy; the rest to the connection', () => {
  const told: unknown[][] = [];
  const teller = <T>(...names: string[]): T =>
    Object.fromEntries(names.map((name) => [name, (...what: unknown[]) => told.push([name, ...what])])) as T;
  const adapter = new SinkAdapter(
    teller('opened', 'finished', 'broken'),
    teller('open', 'text', 'binary', 'ping', 'pong', 'drain', 'close'),
  );
  const info = { protocol: 'a', extensions: '', headers: new Map() };
  const frame = { code: 1000, reason: '' };
  const error = new ProtocolError('MESSAGE_TOO_BIG', { closeCode: 1009 });
  const payload = Buffer.from([7]);
  adapter.open(info);
  adapter.text('hello');
  adapter.binary(Uint8Array.of(1));
  adapter.ping();
  adapter.pong(new Uint8Array(payload));
  adapter.close(frame);
  adapter.failure(error);
  expect(told).toEqual([
    ['opened', info],
    ['text', 'hello'],
    ['binary', Uint8Array.of(1)],
    ['ping'],
    ['pong', Uint8Array.of(7)],
    ['finished', frame],
    ['broken', error],
  ]);
});
