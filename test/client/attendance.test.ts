import { expect, it, vi } from 'vitest';
import { attended } from '../../src/client/attendance.ts';
import { DEFAULT_INBOX, Inbox } from '../../src/messaging/inbox.ts';
import type { Closure } from '../../src/protocol/closure.ts';
import { createVirtualClock } from '../../src/testing/virtual-clock.ts';
import type { Transport, TransportRequest, TransportSink } from '../../src/transport/transport.ts';

it('without a heartbeat the end still waits for its readers, a Ping for a task', async () => {
  const clock = createVirtualClock();
  const line = { features: { ping: true, pause: true, headers: true }, pause() {}, resume() {} };
  const inbox = new Inbox(
    DEFAULT_INBOX,
    () => line,
    () => {},
  );
  const log: unknown[] = [];
  const sink: TransportSink = {
    open: () => log.push('open'),
    text: (text) => inbox.push(text),
    binary: (bytes) => inbox.push(bytes),
    ping() {},
    pong: () => log.push('pong'),
    drain: () => log.push('drain'),
    close: (closure) => log.push(closure),
  };
  let told!: TransportSink;
  const transport = (_: TransportRequest, around: TransportSink): Transport => {
    told = around;
    return line as unknown as Transport;
  };
  attended(transport, inbox, undefined)({ clock } as unknown as TransportRequest, sink);
  told.open({ protocol: '', extensions: '' });
  told.pong(new Uint8Array(0));
  told.drain();
  expect(log).toEqual(['open', 'drain']);
  const proceed = vi.fn();
  told.hold?.(proceed, false);
  await new Promise((resolve) => setImmediate(resolve));
  expect(proceed).toHaveBeenCalledOnce();
  told.text('unread');
  told.binary(new Uint8Array(1));
  expect(inbox.waiting.size).toBe(2);
  told.hold?.(proceed, true);
  await new Promise((resolve) => setImmediate(resolve));
  expect(proceed).toHaveBeenCalledOnce();
  const closure: Closure = { code: 1000, reason: '', wasClean: true };
  told.close(closure);
  expect(proceed).toHaveBeenCalledTimes(2);
  expect(log.at(-1)).toBe(closure);
  expect(clock.pendingTimers).toBe(0);
});
