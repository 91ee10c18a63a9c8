import { getEventListeners } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { AbortHub, onAbort } from '../../src/base/abort.ts';

describe('onAbort', () => {
  it('calls back once, with the reason', () => {
    const controller = new AbortController();
    const callback = vi.fn();
    onAbort(controller.signal, callback);
    expect(callback).not.toHaveBeenCalled();
    controller.abort('enough');
    controller.abort('again');
    expect(callback.mock.calls).toEqual([['enough']]);
  });

  it('calls back at once when the signal is aborted already', () => {
    const callback = vi.fn();
    onAbort(AbortSignal.abort('early'), callback)();
    expect(callback.mock.calls).toEqual([['early']]);
  });

  it('leaves no listener behind', () => {
    const { signal } = new AbortController();
    const add = vi.spyOn(signal, 'addEventListener');
    const remove = vi.spyOn(signal, 'removeEventListener');
    const callback = vi.fn();
    onAbort(signal, callback)();
    expect(add).toHaveBeenCalledWith('abort', expect.any(Function), { once: true });
    expect(remove.mock.calls).toEqual([['abort', add.mock.calls[0]?.[1]]]);
    signal.dispatchEvent(new Event('abort'));
    expect(callback).not.toHaveBeenCalled();
  });

  it('does nothing without a signal', () => {
    const callback = vi.fn();
    onAbort(undefined, callback)();
    expect(callback).not.toHaveBeenCalled();
  });
});

describe('AbortHub', () => {
  it('puts one listener on a signal, whoever waits, and takes it away with the last', () => {
    const hub = new AbortHub();
    const { signal } = new AbortController();
    const listeners = (): number => getEventListeners(signal, 'abort').length;
    const releases = Array.from({ length: 20 }, () => hub.onAbort(signal, vi.fn()));
    expect(listeners()).toBe(1);
    for (const release of releases.slice(1)) release();
    releases[1]?.();
    expect(listeners()).toBe(1);
    releases[0]?.();
    expect(listeners()).toBe(0);
    const release = hub.onAbort(signal, vi.fn());
    releases[0]?.();
    expect(listeners()).toBe(1);
    release();
    expect(listeners()).toBe(0);
  });

  it('tells those that still wait, once, and those that come too late at once', () => {
    const hub = new AbortHub();
    const controller = new AbortController();
    const [gone, first, second, late] = [vi.fn(), vi.fn(), vi.fn(), vi.fn()];
    hub.onAbort(controller.signal, gone)();
    const release = hub.onAbort(controller.signal, (reason) => {
      release();
      first(reason);
    });
    hub.onAbort(controller.signal, second);
    controller.abort('enough');
    hub.onAbort(controller.signal, late);
    hub.onAbort(undefined, late)();
    expect([gone, first, second, late].map(({ mock }) => mock.calls)).toEqual([
      [],
      [['enough']],
      [['enough']],
      [['enough']],
    ]);
  });
});
