import { systemClock } from '../../base/clock.ts';
import { type Deferred, deferred } from '../../base/deferred.ts';
import { isolated } from '../../base/emitter.ts';
import * as CloseCode from '../../protocol/close-codes.ts';
import { dataSize, isBlob, snapshot } from '../send-data.ts';
import type { SendData } from '../transport.ts';
import { type ListeningSocket, READY_STATE_OPEN } from './native-socket.ts';
import type {
  OpenedStream,
  StreamReader,
  StreamWriter,
  WebSocketStream,
  WebSocketStreamConstructor,
} from './websocket-stream.ts';

const READY_STATE_CONNECTING = 0;
const READY_STATE_CLOSING = 2;
const READY_STATE_CLOSED = 3;

/** The platform's class, looked up anew. The first form of the interface, which had no `opened`, does not count. */
export function platformStream(): WebSocketStreamConstructor | undefined {
  const { WebSocketStream: found } = globalThis as { WebSocketStream?: WebSocketStreamConstructor };
  return found !== undefined && 'opened' in found.prototype ? found : undefined;
}

/** What there is once it is open. */
interface Opened {
  readonly protocol: string;
  readonly extensions: string;
  readonly writer: StreamWriter;
  /** Settles when there is nothing more to read. */
  readonly read: Promise<void>;
}

/**
 * The platform's WebSocketStream behind the interface of its WebSocket, with what that has not: `pause` stops the server.
 * What it must do by itself: wait for Blobs, count what was not sent yet, and let Close wait for it.
 */
export class StreamSocket implements ListeningSocket {
  readonly binaryType = 'arraybuffer';
  readyState: number = READY_STATE_CONNECTING;
  bufferedAmount = 0;
  onopen: ListeningSocket['onopen'] = null;
  onmessage: ListeningSocket['onmessage'] = null;
  onerror: ListeningSocket['onerror'] = null;
  onclose: ListeningSocket['onclose'] = null;
  readonly #stream: WebSocketStream;
  readonly #gate = new Gate();
  #opened: Opened | undefined;
  /** Everything that was handed over has been sent. */
  #sent: Promise<unknown> = Promise.resolve();

  /** @throws what the platform throws, or TypeError where it has no WebSocketStream */
  constructor(url: string, protocols: string[] = []) {
    const Stream = platformStream() as WebSocketStreamConstructor;
    // Without a signal: Chromium 156 loses the whole page when close() is called after an abort. close() alone does it too.
    this.#stream = new Stream(url, { protocols });
    this.#stream.opened.then(
      (opened) => this.#open(opened),
      (error) => this.#fail(error),
    );
    this.#stream.closed.then(
      ({ closeCode, reason }) => this.#end(closeCode, reason),
      () => this.#end(CloseCode.abnormal, ''),
    );
  }

  get protocol(): string {
    return this.#opened?.protocol ?? '';
  }

  get extensions(): string {
    return this.#opened?.extensions ?? '';
  }

  send(data: SendData): void {
    const message = snapshot(data); // the platform copies only what it sends at once
    const bytes = dataSize(message);
    this.bufferedAmount += bytes;
    this.#sent = this.#sent.then(async () => {
      await this.#opened?.writer.write(isBlob(message) ? await message.arrayBuffer() : message);
      this.bufferedAmount -= bytes;
    });
    this.#sent.catch((error) => this.#fail(error));
  }

  close(code?: number, reason?: string): void {
    this.readyState = READY_STATE_CLOSING;
    this.#gate.open(); // the answer stands behind everything that was not read
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
    this.#gate.open();
    this.#stream.close();
  }

  /** Reads nothing more for now: the server can send what the buffers between hold, and must wait. */
  pause(): void {
    if (this.readyState < READY_STATE_CLOSING) this.#gate.shut();
  }

  /** Reads again. */
  resume(): void {
    this.#gate.open();
  }

  #open({ readable, writable, protocol, extensions }: OpenedStream): void {
    if (this.readyState !== READY_STATE_CONNECTING) return;
    this.readyState = READY_STATE_OPEN;
    const read = this.#read(readable.getReader());
    read.catch((error) => this.#fail(error));
    this.#opened = { protocol, extensions, writer: writable.getWriter(), read };
    this.onopen?.();
  }

  async #read(reader: StreamReader): Promise<void> {
    for (;;) {
      await this.#gate.passed;
      const { done, value } = await reader.read();
      if (done) return;
      isolated(() => this.onmessage?.({ data: value, timeStamp: systemClock.now() }));
    }
  }

  #fail(error: unknown): void {
    if (this.readyState >= READY_STATE_CLOSING) return;
    this.drop();
    this.onerror?.({ error });
  }

  async #end(code: number, reason: string): Promise<void> {
    this.readyState = READY_STATE_CLOSING;
    this.#gate.open();
    await this.#opened?.read.catch(() => {}); // messages first
    this.readyState = READY_STATE_CLOSED;
    this.onclose?.({ code, reason, wasClean: code !== CloseCode.abnormal });
  }
}

/** What the next reading waits for. */
class Gate {
  #shut: Deferred<void> | undefined;

  get passed(): Promise<void> | undefined {
    return this.#shut?.promise;
  }

  shut(): void {
    this.#shut ??= deferred();
  }

  open(): void {
    this.#shut?.resolve();
    this.#shut = undefined;
  }
}
