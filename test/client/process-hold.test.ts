import { describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { ProcessHold } from '../../src/client/process-hold.ts';
import { createVirtualClock } from '../../src/testing/virtual-clock.ts';
import type { Transport, TransportRequest, TransportSink } from '../../src/transport/transport.ts';

interface NodeTimer {
  hasRef(): boolean;
}

describe('timers', () => {
  it('do not keep the process alive once that was said, those that run and those to come', () => {
    const hold = new ProcessHold();
    const clock = hold.clock(systemClock);
    const before = clock.setTimer(() => {}, 60_000) as NodeTimer;
    hold.set(false);
    const after = clock.setTimer(() => {}, 60_000) as NodeTimer;
    expect([before.hasRef(), after.hasRef()]).toEqual([false, false]);
    hold.set(true);
    expect([before.hasRef(), after.hasRef()]).toEqual([true, true]);
    clock.clearTimer(before);
    clock.clearTimer(after);
    clock.clearTimer(undefined);
    hold.set(false);
    expect(before.hasRef()).toBe(true);
  });

  it('of a clock that knows nothing of it run all the same', async () => {
    const virtual = createVirtualClock();
    const hold = new ProcessHold();
    const clock = hold.clock(virtual);
    hold.set(false);
    const ran = vi.fn();
    clock.setTimer(ran, 5);
    await virtual.advance(5);
    expect(ran).toHaveBeenCalledOnce();
    expect([clock.now(), clock.wallTime()]).toEqual([virtual.now(), virtual.wallTime()]);
  });

  it('that have fired are forgotten', async () => {
    const hold = new ProcessHold();
    const timer = await new Promise<NodeTimer>((resolve) => {
      const made = hold.clock(systemClock).setTimer(() => resolve(made as NodeTimer), 1);
    });
    const unref = vi.spyOn(timer as unknown as { unref(): void }, 'unref');
    hold.set(false);
    expect(unref).not.toHaveBeenCalled();
  });
});

describe('lines', () => {
  const sink = { open() {}, text() {}, binary() {}, ping() {}, pong() {}, drain() {}, close: vi.fn() };

  it('are told, until they are over', () => {
    const hold = new ProcessHold();
    let told: TransportSink | undefined;
    const line = { ref: vi.fn(), unref: vi.fn() };
    const factory = hold.transport((_, given) => {
      told = given;
      return line as unknown as Transport;
    });
    factory({} as TransportRequest, sink);
    hold.set(false);
    hold.set(true);
    told?.close({ code: 1000, reason: '', wasClean: true });
    hold.set(false);
    expect([line.unref.mock.calls.length, line.ref.mock.calls.length]).toEqual([1, 1]);
    expect(sink.close).toHaveBeenCalledOnce();
  });

  it('without such a method are left alone', () => {
    const hold = new ProcessHold();
    hold.set(false);
    const made = {} as Transport;
    expect(hold.transport(() => made)({} as TransportRequest, sink)).toBe(made);
  });
});
