import type { Closure } from '../protocol/closure.ts';
import type { MessageOptions, SendData } from '../transport/transport.ts';

/** How one `receive()` or `drained()` waits. */
export interface ReceiveOptions {
  /** Stops waiting; the message, when it comes, goes to the next `receive()`. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * A short connection: open when `connect()` returns it, closed by whoever is done first. Nothing is reconnected.
 *
 * Messages that arrive wait until they are read, with `receive()` or `for await`; a slow reader pauses the server
 * (where the platform's WebSocket cannot, the connection ends with `INBOX_OVERFLOW` before memory runs out).
 */
export interface Socket {
  /** The subprotocol that the server chose, or an empty string. */
  readonly protocol: string;
  /**
   * The header fields of the server's answer, names in lower case. Cookies are redacted. Undefined in a
   * browser, which keeps them to itself.
   */
  readonly headers: ReadonlyMap<string, string> | undefined;
  /** Bytes of messages that the system has not taken yet. With `pacing`: `Infinity` until it is the next one's turn. */
  readonly bufferedAmount: number;
  /**
   * Fulfilled when the connection has ended, however it did; never rejects. `unsent` says what `send` took and the system
   * never got.
   */
  readonly closed: Promise<Closure>;

  /**
   * Hands a message to the socket: a string as text, anything else as binary. It is copied, and keeps its place in
   * the order. `{ compress: false }` keeps a secret out of compression; over a browser's WebSocket it has no effect.
   *
   * @returns false where more than 1 MiB waits to be sent, or `pacing` lets nothing out now: the message is on its way, but
   * wait for {@link drained} before the next
   * @throws DeliveryError `NOT_CONNECTED`, outcome `not-sent`, if the connection has ended or is closing, with the reason as
   * its cause; `BACKPRESSURE` if `maxBufferedBytes` already wait
   * (the message was not taken); UsageError `INVALID_DATA` for another type
   * @example
   * ```ts
   * for (const chunk of chunks) if (!socket.send(chunk)) await socket.drained();
   * ```
   */
  send(data: SendData, options?: MessageOptions): boolean;

  /**
   * Waits until no more than 1 MiB waits to be sent; at once if that is so.
   *
   * @throws ConnectionError, ProtocolError when the connection ends first; the signal's reason if aborted
   */
  drained(options?: ReceiveOptions): Promise<void>;

  /**
   * The next message: a string, or the bytes of a binary one.
   *
   * @throws ConnectionError, ProtocolError when the connection has ended and everything that came before was read;
   * the signal's reason if aborted
   * @example
   * ```ts
   * const reply = await socket.receive({ signal: AbortSignal.timeout(5_000) });
   * ```
   */
  receive(options?: ReceiveOptions): Promise<string | Uint8Array>;

  /**
   * Messages one by one. The loop ends when the connection is closed normally (by us, or with 1000, 1001 or no code)
   * and throws when it is lost. Leaving the loop leaves the connection open. When the server ends it, that is carried out
   * once the loop has come back for the next message, so that the last one can be answered; a loop that takes longer than
   * a second over one message is not waited for.
   */
  [Symbol.asyncIterator](): AsyncIterator<string | Uint8Array, undefined>;

  /**
   * Closes politely, after what was sent before; without a code the Close frame is empty. Messages that still wait
   * can be read on.
   *
   * @returns how it ended, within `closeTimeout`; never rejects
   * @throws UsageError `INVALID_CLOSE`, at once, for a code other than 1000 or 3000-4999, or a reason over 123 bytes
   */
  close(code?: number, reason?: string): Promise<Closure>;

  /** `await using socket = await connect(…)` closes it at the end of the block. */
  [Symbol.asyncDispose](): Promise<void>;
}
