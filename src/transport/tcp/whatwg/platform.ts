/**
 * The platform's own classes of events, whatever stands in the globals: test environments (happy-dom, jsdom) put theirs
 * there, which Node's `EventTarget` does not dispatch, before this file is loaded or after.
 */
import { builtin } from '../builtin.ts';

/** The classes that a {@link WebSocket} is made of. */
interface PlatformClasses {
  readonly Event: typeof globalThis.Event;
  readonly EventTarget: typeof globalThis.EventTarget;
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
    const { performance } = builtin('node:perf_hooks');
    return (
      performance instanceof EventTarget &&
      new EventTarget().dispatchEvent(new Event('any')) &&
      new DOMException('', 'SyntaxError').code === DOMException.SYNTAX_ERR
    );
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
