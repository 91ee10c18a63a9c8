/** Any class with the interface of a browser's WebSocket. */
import type { Adapter } from './adapter.ts';

interface Event {
  readonly data?: unknown;
  readonly message?: string;
  readonly error?: unknown;
}

interface StandardSocket {
  binaryType: string;
  onopen: (() => void) | null;
  onmessage: ((event: Event) => void) | null;
  onclose: (() => void) | null;
  onerror: ((event: Event) => void) | null;
  send(data: string | Uint8Array): void;
  close(code?: number): void;
}

type Construct = (url: string, ca: string | undefined) => unknown;

/** The adapter for sockets that `construct` makes. */
export function webSocketAdapter(version: string, construct: Construct): Adapter {
  return {
    version,
    open: ({ url, ca }, handlers) =>
      new Promise((resolve, reject) => {
        const socket = construct(url, ca) as StandardSocket;
        socket.binaryType = 'arraybuffer';
        socket.onopen = () => {
          socket.onclose = () => handlers.closed();
          resolve({ send: (data) => socket.send(data), close: () => socket.close(1000) });
        };
        socket.onmessage = ({ data }) => {
          if (typeof data === 'string') handlers.text(data);
          else handlers.binary(new Uint8Array(data as ArrayBuffer));
        };
        socket.onerror = (event) => reject(new Error(event.message || String(event.error ?? 'error event')));
        socket.onclose = () => reject(new Error('closed before it opened'));
      }),
  };
}
