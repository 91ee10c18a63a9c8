import { systemClock } from '../../base/clock.ts';
import { type Deferred, deferred } from '../../base/deferred.ts';
import { CloseCode } from '../../protocol/close-code.ts';
import { dataSize, isBlob, snapshot } from '../send-data.ts';
import type { SendData } from '../transport.ts';
import { type ListeningSocket, READY_STATE_OPEN } from './native-socket.ts';
import {
  type OpenedStream,
  platformStream,
  type StreamWriter,
  type WebSocketStream,
} from './websocket-stream.ts';

const READY_STATE_CLOSING = 2;
const READY_STATE_CLOSED = 3;

/**
 * The platform's WebSocketStream behind the interface of its WebSocket, with what that has not: `pause` stops the server.
 * What it must do by itself: wait for Blobs, count what was not sent yet, and let Close wait for it.
 */
export class StreamSocket implements ListeningSocket {
  readyState = 0;
  bufferedAmount = 0;
  protocol = '';
  extensions = '';
  binaryType = 'arraybuffer';
  onopen: ListeningSocket['onopen'] = null;
  onmessage: ListeningSocket['onmessage'] = null;
  onerror: ListeningSocket['onerror'] = null;
  onclose: ListeningSocket['onclose'] = null;
  readonly #stream: WebSocketStream;
  #writer!: StreamWriter;
  /** Everything that was handed over has been sent. */
  #sent: Promise<unknown> = Promise.resolve();
  /** Settles when there is nothing more to read. */
  #read: Promise<unknown> = Promise.resolve();
  /** While paused: what the next reading waits for. */
  #pause: Deferred<void> | undefined;

  /** @throws what the platform throws, or TypeError where it has no WebSocketStream */
  constructor(url: string, protocols: string[] = []) {
    const Stream = platformStream() as NonNullable<ReturnType<typeof platformStream>>;
    // Without a signal: Chromium 156 loses the whole page when close() is called after an abort. close() alone does it too.
    this.#stream = new Stream(url, { protocols });
    this.#stream.opened.then(
      (opened) => this.#opened(opened),
      (error) => this.#fail(error),
    );
    this.#stream.closed.then(
      ({ closeCode, reason }) => this.#ended(closeCode, reason),
      () => this.#ended(CloseCode.abnormal, ''),
    );
  }

  send(data: SendData): void {
    const message = snapshot(data); // the platform copies only what it sends at once
    const bytes = dataSize(message);
    this.bufferedAmount += bytes;
    this.#sent = this.#sent.then(async () => {
      await this.#writer.write(isBlob(message) ? await message.arrayBuffer() : message);
      this.bufferedAmount -= bytes;
    });
    this.#sent.catch((error) => this.#fail(error));
  }

  close(code?: number, reason?: string): void {
    this.readyState = READY_STATE_CLOSING;
    this.resume(); // the answer stands behind everything that was not read
    const close = (): void => {
      try {
        this.#stream.close(code === undefined ? {} : { closeCode: code, reason: reason ?? '' });
      } catch {
        this.#stream.close(); // what cannot be sent is left out
      }
    };
    this.#sent.then(close, close);
  }

  /** Ends without waiting for what was not sent. */
  drop(): void {
    this.readyState = READY_STATE_CLOSING;
    this.resume();
    this.#stream.close();
  }

  /** Reads nothing more for now: the server can send what the buffers between hold, and must wait. */
  pause(): void {
    if (this.readyState < READY_STATE_CLOSING) this.#pause ??= deferred();
  }

  /** Reads again. */
  resume(): void {
    this.#pause?.resolve();
    this.#pause = undefined;
  }

  #opened({ readable, writable, protocol, extensions }: OpenedStream): void {
    if (this.readyState !== 0) return;
    this.readyState = READY_STATE_OPEN;
    this.protocol = protocol;
    this.extensions = extensions;
    this.#writer = writable.getWriter();
    this.#read = this.#readAll(readable.getReader());
    this.#read.catch((error) => this.#fail(error));
    this.onopen?.();
  }

  async #readAll(reader: ReturnType<OpenedStream['readable']['getReader']>): Promise<void> {
    for (;;) {
      await this.#pause?.promise;
      const { done, value } = await reader.read();
      if (done) return;
      this.onmessage?.({ data: value, timeStamp: systemClock.now() });
    }
  }

  #fail(error: unknown): void {
    if (this.readyState >= READY_STATE_CLOSING) return;
    this.drop();
    this.onerror?.({ error });
  }

  async #ended(code: number, reason: string): Promise<void> {
    this.readyState = READY_STATE_CLOSING;
    this.resume();
    await this.#read.catch(() => {}); // messages first
    this.readyState = READY_STATE_CLOSED;
    this.onclose?.({ code, reason, wasClean: code !== CloseCode.abnormal });
  }
}
