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

/** The platform's class. */
export type WebSocketStreamConstructor = new (
  url: string,
  options: { readonly protocols: readonly string[] },
) => WebSocketStream;
