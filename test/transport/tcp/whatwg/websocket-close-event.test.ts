import { describe, expect, it, vi } from 'vitest';
import { ConnectionError } from '../../../../src/base/errors.ts';
import {
  CloseEvent,
  type CloseEventInit,
  closeEventOf,
  poseAsCloseEvent,
} from '../../../../src/transport/tcp/whatwg/websocket-close-event.ts';

describe('CloseEvent', () => {
  it('has the defaults of the standard', () => {
    const event = new CloseEvent('close');
    expect(event).toBeInstanceOf(Event);
    expect([event.type, event.code, event.reason, event.wasClean]).toEqual(['close', 0, '', false]);
    expect([event.bubbles, event.cancelable, event.defaultPrevented]).toEqual([false, false, false]);
  });

  it('takes its members by the conversions of Web IDL', () => {
    const event = new CloseEvent('any', {
      code: 65_536 + 4000,
      reason: 5,
      wasClean: 'yes',
    } as unknown as CloseEventInit);
    expect([event.type, event.code, event.reason, event.wasClean]).toEqual(['any', 4000, '5', true]);
    expect(new CloseEvent('close', { code: -1, reason: undefined }).code).toBe(65_535);
    expect(new CloseEvent('close', null as never).code).toBe(0);
  });

  it('looks like an interface: names, enumerable accessors on the prototype, no initCloseEvent', () => {
    expect([CloseEvent.name, CloseEvent.length]).toEqual(['CloseEvent', 1]);
    expect(String(new CloseEvent('close'))).toBe('[object CloseEvent]');
    expect(Object.keys(CloseEvent.prototype)).toEqual(['code', 'reason', 'wasClean']);
    expect('initCloseEvent' in CloseEvent.prototype).toBe(false);
    expect(() => new (CloseEvent as never as new () => Event)()).toThrow(TypeError);
    expect(() => CloseEvent.prototype.code).toThrow(TypeError);
  });

  it('is the platform’s too where there is one that can be dispatched here', () => {
    const event = new CloseEvent('close', { code: 4000 });
    const before = Object.getPrototypeOf(CloseEvent.prototype);
    class OfAnotherRealm {}
    poseAsCloseEvent(OfAnotherRealm);
    poseAsCloseEvent(null);
    expect(Object.getPrototypeOf(CloseEvent.prototype)).toBe(before);
    class PlatformCloseEvent extends Event {}
    poseAsCloseEvent(PlatformCloseEvent);
    poseAsCloseEvent(PlatformCloseEvent);
    expect(event).toBeInstanceOf(PlatformCloseEvent);
    expect(event).toBeInstanceOf(CloseEvent);
    expect(event).toBeInstanceOf(Event);
    expect([event.code, String(event)]).toEqual([4000, '[object CloseEvent]']);
    Object.setPrototypeOf(CloseEvent.prototype, before);
  });

  it('carries, beyond the standard, why the connection failed', () => {
    const error = new ConnectionError('CONNECTION_LOST', { message: 'lost' });
    const closure = { code: 1006, reason: '', wasClean: false, received: undefined, sent: undefined, error };
    const event = closeEventOf(closure);
    expect(event).toBeInstanceOf(CloseEvent);
    expect([event.type, event.code, event.wasClean, event.error]).toEqual(['close', 1006, false, error]);
    const target = new EventTarget();
    const listener = vi.fn();
    target.addEventListener('close', listener);
    target.dispatchEvent(event);
    expect(listener).toHaveBeenCalledExactlyOnceWith(event);
  });
});
