import { describe, expect, it, vi } from 'vitest';
import { ConnectionError } from '../../../src/base/errors.ts';
import {
  CloseEvent,
  type CloseEventInit,
  chooseCloseEvent,
  closeEventOf,
} from '../../../src/transport/tcp/websocket-close-event.ts';

const Ours = chooseCloseEvent(undefined);

describe('CloseEvent', () => {
  it('has the defaults of the standard', () => {
    const event = new Ours('close');
    expect(event).toBeInstanceOf(Event);
    expect([event.type, event.code, event.reason, event.wasClean]).toEqual(['close', 0, '', false]);
    expect([event.bubbles, event.cancelable, event.defaultPrevented]).toEqual([false, false, false]);
  });

  it('takes its members by the conversions of Web IDL', () => {
    const event = new Ours('any', {
      code: 65_536 + 4000,
      reason: 5,
      wasClean: 'yes',
    } as unknown as CloseEventInit);
    expect([event.type, event.code, event.reason, event.wasClean]).toEqual(['any', 4000, '5', true]);
    expect(new Ours('close', { code: -1, reason: undefined }).code).toBe(65_535);
    expect(new Ours('close', null as never).code).toBe(0);
  });

  it('looks like an interface: names, enumerable accessors on the prototype, no initCloseEvent', () => {
    expect([Ours.name, Ours.length]).toEqual(['CloseEvent', 1]);
    expect(String(new Ours('close'))).toBe('[object CloseEvent]');
    expect(Object.keys(Ours.prototype)).toEqual(['code', 'reason', 'wasClean']);
    expect('initCloseEvent' in Ours.prototype).toBe(false);
    expect(() => new (Ours as never as new () => Event)()).toThrow(TypeError);
    expect(() => Ours.prototype.code).toThrow(TypeError);
  });

  it('is the platform’s own where there is one that can be dispatched here', () => {
    class PlatformCloseEvent extends Event {}
    expect(chooseCloseEvent(PlatformCloseEvent)).toBe(PlatformCloseEvent);
    class OfAnotherRealm {}
    expect(chooseCloseEvent(OfAnotherRealm).name).toBe('CloseEvent');
    const platforms = (globalThis as { CloseEvent?: unknown }).CloseEvent;
    if (platforms !== undefined) expect(CloseEvent).toBe(platforms);
  });

  it('carries, beyond the standard, why the connection failed', () => {
    const error = new ConnectionError('CONNECTION_LOST', 'lost');
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
