/**
 * Typed events on top of eventemitter3 (this file is its only importer).
 *
 * A listener that throws does not disturb the emitter nor the other listeners: its error is reported as an
 * uncaught one, the way `EventTarget` does it.
 */
import { EventEmitter } from 'eventemitter3';

/** Event names and the single payload each one carries. */
export type EventMap = Record<string, unknown>;

/** Removes the listener it was returned for. Calling it twice does nothing. */
export type Unsubscribe = () => void;

/** A small typed emitter: one payload an event, listeners isolated from each other. */
export class Emitter<Events extends object> {
  readonly #events = new EventEmitter();

  /** Calls `listener` on every `name`. Returns the function that removes it. */
  on<Name extends keyof Events & string>(name: Name, listener: (event: Events[Name]) => void): Unsubscribe {
    const calm = calmed(listener);
    this.#events.on(name, calm);
    return () => this.#events.off(name, calm);
  }

  /** As {@link on}, for the next `name` alone. */
  once<Name extends keyof Events & string>(name: Name, listener: (event: Events[Name]) => void): Unsubscribe {
    const calm = calmed(listener);
    this.#events.once(name, calm);
    return () => this.#events.off(name, calm);
  }

  /** Removes `listener` from `name`, every time it was given to {@link on} or {@link once}. */
  off<Name extends keyof Events & string>(name: Name, listener: (event: Events[Name]) => void): void {
    for (const calm of this.#events.listeners(name)) {
      if ((calm as Calm<Events[Name]>).of === listener) this.#events.off(name, calm);
    }
  }

  /** Calls the listeners of `name` in the order in which they were added. Never throws. */
  emit<Name extends keyof Events & string>(name: Name, event: Events[Name]): void {
    this.#events.emit(name, event);
  }

  /** How many listeners `name` has. */
  listenerCount(name: keyof Events & string): number {
    return this.#events.listenerCount(name);
  }

  /** Whether anything is listened to at all. */
  get hasListeners(): boolean {
    return this.#events.eventNames().length > 0;
  }
}

/** What the emitter calls in place of a listener. */
interface Calm<Event> {
  (event: Event): void;
  /** The listener. */
  readonly of: (event: Event) => void;
}

function calmed<Event>(of: (event: Event) => void): Calm<Event> {
  return Object.assign((event: Event): void => isolated(of, event), { of });
}

/**
 * Calls a function of the user's (a listener, a policy, a matcher) from a place that must carry on whatever it does: a
 * transport half way through its bytes, a connection between two states. What it throws is reported as uncaught.
 *
 * @returns undefined if it threw
 */
export function isolated<T>(call: () => T): T | undefined;
export function isolated<T, Argument>(call: (argument: Argument) => T, argument: Argument): T | undefined;
export function isolated<T>(call: (argument: unknown) => T, argument?: unknown): T | undefined {
  try {
    return call(argument);
  } catch (error) {
    reportUncaught(error);
    return undefined;
  }
}

/**
 * Reports an error that no caller can catch: `window.onerror` in a browser, `uncaughtException` in Node.
 * The stack of whoever emitted is left alone.
 */
export function reportUncaught(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
