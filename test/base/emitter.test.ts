import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Emitter, reportUncaught } from '../../src/base/emitter.ts';

interface Events {
  tick: number;
  note: string;
  error: Error;
}

/** The callbacks handed to queueMicrotask, to be run by the test. */
let queued: (() => void)[] = [];

beforeEach(() => {
  queued = [];
  vi.stubGlobal('queueMicrotask', (callback: () => void) => void queued.push(callback));
});
afterEach(() => {
  vi.unstubAllGlobals();
});

describe('Emitter', () => {
  it('calls the listeners of a name in order, with the payload, until they unsubscribe', () => {
    const emitter = new Emitter<Events>();
    const heard: unknown[] = [];
    const off = emitter.on('tick', (tick) => heard.push(['first', tick]));
    emitter.on('tick', (tick) => heard.push(['second', tick]));
    emitter.on('note', (note) => heard.push(note));
    emitter.emit('tick', 1);
    off();
    off();
    emitter.emit('tick', 2);
    emitter.emit('note', 'n');
    expect(heard).toEqual([['first', 1], ['second', 1], ['second', 2], 'n']);
  });

  it('removes the one subscription that is asked for, of several of the same function', () => {
    const emitter = new Emitter<Events>();
    const listener = vi.fn();
    const off = emitter.on('tick', listener);
    emitter.on('tick', listener);
    off();
    emitter.emit('tick', 1);
    expect(listener.mock.calls).toEqual([[1]]);
  });

  it('calls a once-listener once, or never after it unsubscribed', () => {
    const emitter = new Emitter<Events>();
    const heard = vi.fn();
    const unheard = vi.fn();
    emitter.once('tick', heard);
    emitter.once('tick', unheard)();
    emitter.emit('tick', 1);
    emitter.emit('tick', 2);
    expect(heard.mock.calls).toEqual([[1]]);
    expect(unheard).not.toHaveBeenCalled();
  });

  it('counts listeners', () => {
    const emitter = new Emitter<Events>();
    expect(emitter.hasListeners).toBe(false);
    emitter.on('tick', () => {});
    emitter.once('tick', () => {});
    emitter.on('note', () => {});
    expect([
      emitter.listenerCount('tick'),
      emitter.listenerCount('note'),
      emitter.listenerCount('error'),
    ]).toEqual([2, 1, 0]);
    expect(emitter.hasListeners).toBe(true);
  });

  it('is quiet when nobody listens, to errors too', () => {
    expect(() => new Emitter<Events>().emit('error', new Error('x'))).not.toThrow();
  });

  it('isolates a listener that throws, and reports its error as uncaught (attack 26)', () => {
    const emitter = new Emitter<Events>();
    const fault = new Error('a bad listener');
    const heard = vi.fn();
    emitter.on('tick', () => {
      throw fault;
    });
    emitter.once('tick', () => {
      throw fault;
    });
    emitter.on('tick', heard);
    emitter.emit('tick', 1);
    expect(heard.mock.calls).toEqual([[1]]);
    expect(queued).toHaveLength(2);
    for (const report of queued) expect(report).toThrow(fault);
  });
});

describe('reportUncaught', () => {
  it('throws in a task of its own, not in the caller', () => {
    const fault = new Error('x');
    reportUncaught(fault);
    expect(queued).toHaveLength(1);
    expect(queued[0]).toThrow(fault);
  });
});
