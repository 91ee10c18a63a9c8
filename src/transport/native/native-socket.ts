/**
 * The part of the WHATWG `WebSocket` interface that the transport uses, written out here so that the types of the
 * Node entry need no DOM library.
 */
export interface NativeSocket {
  /** 0 connecting, 1 open, 2 closing, 3 closed. */
  readonly readyState: number;
  /** Bytes that the system has not taken yet. */
  readonly bufferedAmount: number;
  /** The subprotocol that the server chose, or an empty string. */
  readonly protocol: string;
  /** The extensions in use, or an empty string. */
  readonly extensions: string;
  /** What binary messages come as; set to `arraybuffer`. */
  binaryType: string;
  /** Sends a message. */
  send(data: never): void;
  /** Starts the closing handshake. */
  close(code?: number, reason?: string): void;
}

/** A class with the WHATWG `WebSocket` interface: the platform's own, or one that takes its place. */
export type NativeSocketConstructor = new (url: string, protocols?: string[]) => NativeSocket;

/** {@link NativeSocket} with the members whose DOM types differ from platform to platform. */
export interface ListeningSocket extends Omit<NativeSocket, 'send'> {
  onopen: (() => void) | null;
  onmessage: ((event: { readonly data: unknown; readonly timeStamp?: number }) => void) | null;
  onerror: ((event: { readonly error?: unknown }) => void) | null;
  onclose:
    | ((event: { readonly code: number; readonly reason: string; readonly wasClean: boolean }) => void)
    | null;
  send(data: unknown): void;
  /** Ends without waiting for what was not sent. Where it is missing, `close` does. */
  drop?(): void;
  /** Stops the server. Where it is missing, nothing can. */
  pause?(): void;
  /** Lets the server go on. */
  resume?(): void;
}

/** `WebSocket.OPEN`. */
export const READY_STATE_OPEN = 1;
