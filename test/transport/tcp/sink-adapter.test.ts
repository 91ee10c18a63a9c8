import { expect, test, vi } from 'vitest';
import { ProtocolError } from '../../../src/base/errors.ts';
import { SinkAdapter } from '../../../src/transport/tcp/sink-adapter.ts';

test('messages go to the sink, the bytes of a pong as a copy; the rest to the connection', () => {
  const told: unknown[][] = [];
  const teller = <T>(...names: string[]): T =>
    Object.fromEntries(names.map((name) => [name, (...what: unknown[]) => told.push([name, ...what])])) as T;
  const adapter = new SinkAdapter(
    teller('opened', 'holdUp', 'proceed', 'finished', 'broken'),
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

test('an end waits for a task, or for a sink that says when; a Ping only behind news', async () => {
  const owner = { opened: vi.fn(), holdUp: vi.fn(), proceed: vi.fn(), finished: vi.fn(), broken: vi.fn() };
  const sink = { open() {}, text() {}, binary() {}, ping() {}, pong() {}, drain() {}, close() {} };
  const plain = new SinkAdapter(owner, sink);
  plain.text('news');
  expect(plain.hold(false)).toBe(false);
  expect(plain.hold(true)).toBe(true);
  expect(owner.proceed).not.toHaveBeenCalled();
  await new Promise((resolve) => setImmediate(resolve));
  expect(owner.proceed).toHaveBeenCalledOnce();

  const hold = vi.fn();
  const careful = new SinkAdapter(owner, { ...sink, hold });
  expect(careful.hold(false)).toBe(false);
  careful.text('news');
  expect([careful.hold(false), careful.hold(false)]).toEqual([true, false]);
  careful.isDeaf = true;
  careful.binary(Uint8Array.of(1));
  expect([careful.hold(false), careful.hold(true)]).toEqual([false, false]);
  expect(hold.mock.calls).toEqual([[owner.proceed, false]]);
});
