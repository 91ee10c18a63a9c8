/** The events of {@link WebSocket}, in types that need no DOM library. */
import type { CloseEvent } from './websocket-close-event.ts';

export type { CloseEvent } from './websocket-close-event.ts';

/** A message of the server: a string, or by `binaryType` a Blob or an ArrayBuffer. */
export interface SocketMessageEvent extends Event {
  /** The message. */
  readonly data: string | Blob | ArrayBuffer;
  /** Scheme, host and port of the server. */
  readonly origin: string;
}

/** An answer to `ping()`, or an unasked one. */
export interface SocketPongEvent extends Event {
  /** The payload, up to 125 bytes. */
  readonly data: Uint8Array;
}

/** Event names of {@link WebSocket} and what they carry. */
export interface WebSocketEventMap {
  /** Messages can be sent. */
  readonly open: Event;
  /** A message came. */
  readonly message: SocketMessageEvent;
  /** The connection failed; `close` follows, and its `error` says why. */
  readonly error: Event;
  /** The connection is over. */
  readonly close: CloseEvent;
  /** A Pong came. */
  readonly pong: SocketPongEvent;
}

/** An object that listens. */
export interface SocketListenerObject<E extends Event> {
  /** Called on the event, with the object as `this`. */
  handleEvent(event: E): void;
}

/** What `addEventListener` takes. */
export type SocketListener<E extends Event> = ((event: E) => void) | SocketListenerObject<E>;

/** The third argument of `addEventListener`. */
export interface SocketListenerInit {
  /** Without meaning here: a socket has no parents. Default false. */
  readonly capture?: boolean;
  /** Whether the listener is removed after its first call. Default false. */
  readonly once?: boolean;
  /** Without meaning here: no event can be cancelled. Default false. */
  readonly passive?: boolean;
  /** Removes the listener when aborted. */
  readonly signal?: AbortSignal;
}

/** The third argument of `addEventListener`; a boolean stands for `capture`. */
export type SocketListenerOptions = boolean | SocketListenerInit;

/** A handler attribute such as `onmessage`. */
export type SocketHandler<E extends Event> = ((event: E) => void) | null;

/**
 * The handler attributes of one target (HTML, 8.1.8.1): a handler is called in the place where the attribute was
 * first set, whatever it is changed to later.
 */
export class HandlerAttributes {
  readonly #target: EventTarget;
  readonly #handlers: Map<string, unknown> = new Map();

  constructor(target: EventTarget) {
    this.#target = target;
  }

  /** The handler that is set for `type`, or null. */
  get<E extends Event>(type: string): SocketHandler<E> {
    return (this.#handlers.get(type) ?? null) as SocketHandler<E>;
  }

  /** Sets the handler; anything but a function or an object removes it. */
  set(type: string, handler: unknown): void {
    const isHandler = typeof handler === 'function' || (typeof handler === 'object' && handler !== null);
    if (!isHandler) {
      this.#handlers.delete(type);
      this.#target.removeEventListener(type, this.#call);
      return;
    }
    this.#handlers.set(type, handler);
    this.#target.addEventListener(type, this.#call);
  }

  readonly #call = (event: Event): void => {
    const handler = this.#handlers.get(event.type);
    if (typeof handler === 'function') handler.call(this.#target, event);
  };
}
