/**
 * The part of the WHATWG `WebSocket` interface that the transport uses, written out here so that the types of the
 * Node entry need no DOM library.
 */
export interface NativeSocket {
  readonly readyState: number;
  readonly bufferedAmount: number;
  readonly protocol: string;
  readonly extensions: string;
  binaryType: string;
  send(data: never): void;
  close(code?: number, reason?: string): void;
}

/** A class with the WHATWG `WebSocket` interface: the platform's own, or one that takes its place. */
export type NativeSocketConstructor = new (url: string, protocols?: string[]) => NativeSocket;

/** {@link NativeSocket} with the members whose DOM types differ from platform to platform. */
export interface ListeningSocket extends Omit<NativeSocket, 'send'> {
  onopen: (() => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onerror: ((event: { readonly error?: unknown }) => void) | null;
  onclose:
    | ((event: { readonly code: number; readonly reason: string; readonly wasClean: boolean }) => void)
    | null;
  send(data: unknown): void;
}

/** `WebSocket.OPEN`. */
export const READY_STATE_OPEN = 1;
