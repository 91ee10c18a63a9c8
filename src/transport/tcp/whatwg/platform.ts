/**
 * The platform's own classes of events, whatever stands in the globals: test environments (happy-dom, jsdom) put theirs
 * there, which Node's `EventTarget` does not dispatch, before this file is loaded or after.
 */
import { builtin } from '../builtin.ts';

/** The classes that a {@link WebSocket} is made of. */
interface PlatformClasses {
  /** Of everything that happens. */
  readonly Event: typeof globalThis.Event;
  /** Of everything that can be listened to. */
  readonly EventTarget: typeof globalThis.EventTarget;
  /** Of wrong arguments. */
  readonly DOMException: typeof globalThis.DOMException;
}

/** They, out of the globals if those are the platform's, else out of what the platform itself has made with them. */
export function findPlatform(globals: PlatformClasses): PlatformClasses {
  if (isOwn(globals)) return globals;
  const { transferableAbortController: make } = builtin('node:util');
  // Bun and Deno have no such door.
  if (make === undefined) return globals;
  const controller = make();
  const { signal } = controller;
  let Event = globals.Event;
  signal.addEventListener('abort', (event) => {
    Event = event.constructor as typeof Event;
  });
  controller.abort();
  const { constructor: EventTarget } = Object.getPrototypeOf(Object.getPrototypeOf(signal));
  return { Event, EventTarget, DOMException: signal.reason.constructor };
}

function isOwn({ Event, EventTarget, DOMException }: PlatformClasses): boolean {
  try {
    const target = new EventTarget();
    // Refuses whatever is not the platform's.
    builtin('node:events').getEventListeners(target, 'any');
    const isCoded = new DOMException('', 'SyntaxError').code === DOMException.SYNTAX_ERR;
    return isCoded && target.dispatchEvent(new Event('any'));
  } catch {
    return false;
  }
}

const PLATFORM: PlatformClasses = /* @__PURE__ */ findPlatform(globalThis);

/** `Event` as the platform has it. */
export const PlatformEvent: PlatformClasses['Event'] = PLATFORM.Event;

/** `EventTarget` as the platform has it. */
export const PlatformEventTarget: PlatformClasses['EventTarget'] = PLATFORM.EventTarget;

/** `DOMException` as the platform has it. */
export const PlatformException: PlatformClasses['DOMException'] = PLATFORM.DOMException;

/** Whether events of `one` can stand in for the platform's, so that `posing` may become one of them. */
export function isPlatformEvent(one: unknown, posing: { readonly prototype: object }): boolean {
  if (typeof one !== 'function' || !(one.prototype instanceof PlatformEvent)) return false;
  // Ours, put into the globals by a program that fills the gaps of its platform.
  return (
    one.prototype !== posing.prototype &&
    !Object.prototype.isPrototypeOf.call(posing.prototype, one.prototype)
  );
}
