import { describe, expect, it, vi } from 'vitest';
import { HandlerAttributes } from '../../../../src/transport/tcp/whatwg/websocket-events.ts';

describe('handler attributes', () => {
  it('call the handler with the target as this, in the place where one was first set', () => {
    const target = new EventTarget();
    const handlers = new HandlerAttributes(target);
    const calls: unknown[] = [];
    handlers.set('tick', () => calls.push('first handler'));
    target.addEventListener('tick', () => calls.push('listener'));
    handlers.set('tick', function (this: unknown) {
      calls.push(this === target);
    });
    target.dispatchEvent(new Event('tick'));
    expect(calls).toEqual([true, 'listener']);
  });

  it('give back what was set, and null when it is removed', () => {
    const target = new EventTarget();
    const handlers = new HandlerAttributes(target);
    const handler = vi.fn();
    expect(handlers.get('tick')).toBeNull();
    handlers.set('tick', handler);
    expect(handlers.get('tick')).toBe(handler);
    handlers.set('tick', 'not a function');
    expect(handlers.get('tick')).toBeNull();
    target.dispatchEvent(new Event('tick'));
    expect(handler).not.toHaveBeenCalled();
  });

  it('keep an object that is no function, without calling it', () => {
    const target = new EventTarget();
    const handlers = new HandlerAttributes(target);
    const object = { handleEvent: vi.fn() };
    handlers.set('tick', object);
    target.dispatchEvent(new Event('tick'));
    expect(handlers.get('tick')).toBe(object);
    expect(object.handleEvent).not.toHaveBeenCalled();
  });
});
