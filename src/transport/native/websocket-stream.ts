/**
 * The part of the platform's `WebSocketStream` that the transport uses, written out here so that the types of the Node
 * entry need no DOM library.
 */
export interface WebSocketStream {
  /** Resolves when the handshake has succeeded. */
  readonly opened: Promise<OpenedStream>;
  /** Resolves after a closing handshake, once everything was read; rejects when the connection was lost. */
  readonly closed: Promise<StreamCloseInfo>;
  /** Starts the closing handshake; before `opened` it gives the connection up. */
  close(info?: Partial<StreamCloseInfo>): void;
}

/** What an open one gives. */
export interface OpenedStream {
  /** Messages: a string, or an ArrayBuffer (Chromium) or Uint8Array (Deno). While nobody reads, the server has to wait. */
  readonly readable: { getReader(): StreamReader };
  /** Takes strings and bytes. Anything else would be sent as its string. */
  readonly writable: { getWriter(): StreamWriter };
  /** The subprotocol that the server chose, or an empty string. */
  readonly protocol: string;
  /** The extensions in use, or an empty string. */
  readonly extensions: string;
}

/** The code and the reason of a Close frame. */
export interface StreamCloseInfo {
  readonly closeCode: number;
  readonly reason: string;
}

/** Reads one message after the other. */
export interface StreamReader {
  read(): Promise<{ readonly done: boolean; readonly value?: unknown }>;
}

/** Sends one message after the other. */
export interface StreamWriter {
  /** Resolves when the system has taken the message. */
  write(message: string | ArrayBuffer | ArrayBufferView): Promise<void>;
}

type Constructor = new (url: string, options: { readonly protocols: readonly string[] }) => WebSocketStream;

/** The platform's class, looked up anew. The first form of the interface, which had no `opened`, does not count. */
export function platformStream(): Constructor | undefined {
  const { WebSocketStream: found } = globalThis as { WebSocketStream?: Constructor };
  return found !== undefined && 'opened' in found.prototype ? found : undefined;
}
