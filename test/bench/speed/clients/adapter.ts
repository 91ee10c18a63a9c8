/** A WebSocket client as the benchmark's programs use it: the least that all of them can do. */

/** Where a connection tells what came. Text arrives as a string from everyone. */
export interface Handlers {
  text(message: string): void;
  binary(message: Uint8Array): void;
  /** What a library has made of JSON. */
  value?(message: unknown): void;
  closed(): void;
}

export interface OpenRequest {
  readonly url: string;
  readonly ca: string | undefined;
  /** Whether permessage-deflate is to be used, for messages of every length. */
  readonly deflate: boolean;
}

/** One open connection. */
export interface Line {
  send(message: string | Uint8Array): void;
  /** Sends an order to the server, which reads no compressed ones. Default: `send`. */
  order?(text: string): void;
  /** A request by JSON-RPC, where the library has such a thing. */
  request?(method: string, params: unknown): Promise<unknown>;
  /** Sends a value as JSON and wants no answer of its own, where the library has such a thing. */
  sendValue?(value: unknown): void;
  /** Starts the closing handshake; `closed` follows. */
  close(): void;
}

export interface Adapter {
  /** The library's version, or an empty string for a part of the runtime. */
  readonly version: string;
  /** Resolves when the connection is open; rejects when it cannot be opened. */
  open(request: OpenRequest, handlers: Handlers): Promise<Line>;
  /** Runs `sends`, which calls `send` several times, as one batch, where the user of the library has to see to that. */
  batch?(line: Line, sends: () => void): void;
}

/** Level of zlib for everyone who can choose: ours by default, so that all do the same work. */
export const DEFLATE_LEVEL = 3;
