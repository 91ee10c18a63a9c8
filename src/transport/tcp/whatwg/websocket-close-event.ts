/** `CloseEvent`, which Node has of its own from version 23 on, and does not like to be asked for. */
import type { ConnectionError, HandshakeError, ProtocolError } from '../../../base/errors.ts';
import type { Closure } from '../../../protocol/closure.ts';
import { isPlatformEvent, PlatformEvent } from './platform.ts';
import { asInterface } from './websocket-interface.ts';

/** Why a connection failed. */
export type SocketError = HandshakeError | ProtocolError | ConnectionError;

/** The second argument of {@link CloseEvent}. */
export interface CloseEventInit {
  /** Default 0. */
  readonly code?: number | undefined;
  /** Default an empty string. */
  readonly reason?: string | undefined;
  /** Default false. */
  readonly wasClean?: boolean | undefined;
}

/** What makes a {@link CloseEvent}. */
export type CloseEventConstructor = new (type: string, init?: CloseEventInit) => CloseEvent;

class CloseEventOfOurs extends PlatformEvent {
  readonly #code: number;
  readonly #reason: string;
  readonly #wasClean: boolean;

  constructor(...args: [type: string, init?: CloseEventInit | null]) {
    super(...(args as [string, EventInit?]));
    const [, init] = args;
    this.#code = Uint16Array.of(init?.code ?? 0)[0] as number;
    this.#reason = init?.reason === undefined ? '' : `${init.reason}`;
    this.#wasClean = Boolean(init?.wasClean);
  }

  get code(): number {
    return this.#code;
  }

  get reason(): string {
    return this.#reason;
  }

  get wasClean(): boolean {
    return this.#wasClean;
  }
}

/** The event of the end of a connection. One name for both, so that a user's declarations can say it. */
export interface CloseEvent extends Event {
  /** The code of the server's Close frame; 1005 if it had none; 1006 if there was no Close frame. */
  readonly code: number;
  /** The reason in the server's Close frame, or an empty string. For logs, not for end users (RFC 6455, 7.1.6). */
  readonly reason: string;
  /** Whether both Close frames were exchanged. */
  readonly wasClean: boolean;
  /** Beyond the standard: why the connection failed, with all its evidence; undefined if it ended cleanly. */
  readonly error?: SocketError | undefined;
}

/** The class of `close` events. Its instances are `instanceof` the platform's as well, where there is one. */
export const CloseEvent: CloseEventConstructor = /* @__PURE__ */ asInterface(CloseEventOfOurs, {
  name: 'CloseEvent',
  length: 1,
});

/**
 * From now on our events are `platforms` too, so that `event instanceof CloseEvent` holds for every library in the program.
 * Called when a socket is made, not when this file is loaded: naming the platform's class makes Node load all of its
 * fetch, 30 ms.
 */
export function poseAsCloseEvent(
  platforms: unknown = (globalThis as { CloseEvent?: unknown }).CloseEvent,
): void {
  // A test environment may bring a CloseEvent of another realm, which Node's EventTarget would not dispatch.
  if (!isPlatformEvent(platforms, CloseEvent)) return;
  const { prototype } = platforms as CloseEventConstructor;
  if (Object.getPrototypeOf(CloseEvent.prototype) === prototype) return;
  Object.setPrototypeOf(CloseEvent.prototype, prototype);
}

/** The event that tells of `closure`. */
export function closeEventOf(closure: Closure): CloseEvent {
  const { error } = closure;
  // The standard gives it no place, so that a page learns nothing of the network; a program in Node may.
  return Object.defineProperty(new CloseEvent('close', closure), 'error', { value: error, enumerable: true });
}
