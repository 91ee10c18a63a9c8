/** A platform's WebSocketStream that does only what a test tells it to. As in Chromium, it ends when all was read. */
import { type Deferred, deferred } from '../../src/base/deferred.ts';
import type {
  OpenedStream,
  StreamCloseInfo,
  WebSocketStream,
} from '../../src/transport/native/websocket-stream.ts';

type ReadResult = { readonly done: boolean; readonly value?: unknown };

export class FakeWebSocketStream implements WebSocketStream {
  /** Every stream that was made, newest last. Emptied by the test. */
  static readonly made: FakeWebSocketStream[] = [];

  static last(): FakeWebSocketStream {
    return FakeWebSocketStream.made.at(-1) as FakeWebSocketStream;
  }

  readonly url: string;
  readonly protocols: readonly string[];
  /** What has left. */
  readonly sent: unknown[] = [];
  /** What the server would like to send. */
  readonly held: unknown[] = [];
  readonly closeCalls: unknown[][] = [];
  /** While set, what is written waits for it, and fails with it. */
  stalled: Deferred<void> | undefined;
  /** A Close with a code fails, as one that cannot be sent does. */
  refusesCodes = false;
  readonly #opened: Deferred<OpenedStream> = deferred();
  readonly #closed: Deferred<StreamCloseInfo> = deferred();
  #asked: Deferred<ReadResult> | undefined;
  /** The server's Close. */
  #close: StreamCloseInfo | undefined;

  constructor(url: string, { protocols }: { readonly protocols: readonly string[] }) {
    this.url = url;
    this.protocols = protocols;
    FakeWebSocketStream.made.push(this);
  }

  get opened(): Promise<OpenedStream> {
    return this.#opened.promise;
  }

  get closed(): Promise<StreamCloseInfo> {
    return this.#closed.promise;
  }

  close(...args: unknown[]): void {
    this.closeCalls.push(args);
    const { closeCode } = (args[0] ?? {}) as Partial<StreamCloseInfo>;
    if (this.refusesCodes && closeCode !== undefined) throw new Error('The code is invalid.');
  }

  /** The server accepts. */
  open(protocol: string = '', extensions: string = ''): void {
    const read = (): Promise<ReadResult> => {
      this.#asked = deferred();
      const { promise } = this.#asked;
      this.#give();
      return promise;
    };
    const write = async (message: unknown): Promise<void> => {
      await this.stalled?.promise;
      this.sent.push(message);
    };
    const readable = { getReader: () => ({ read }) };
    const writable = { getWriter: () => ({ write }) };
    this.#opened.resolve({ readable, writable, protocol, extensions });
  }

  /** The server refuses. */
  refuse(error: unknown): void {
    this.#opened.reject(error);
    this.#closed.reject(error);
  }

  /** The server sends, as far as somebody reads. */
  receive(...messages: unknown[]): void {
    this.held.push(...messages);
    this.#give();
  }

  /** The server's Close, behind what it has sent. */
  end(closeCode: number, reason: string = ''): void {
    this.#close = { closeCode, reason };
    this.#give();
  }

  /** The end is told although not everything was read. */
  endUnread(closeCode: number, reason: string = ''): void {
    this.end(closeCode, reason);
    this.#closed.resolve({ closeCode, reason });
  }

  /** Reading fails, and nothing else is told. */
  breakReading(error: unknown): void {
    this.#asked?.reject(error);
  }

  /** The connection is lost. */
  lose(): void {
    const error = new Error('WebSocket was not cleanly closed.');
    this.breakReading(error);
    this.#closed.reject(error);
  }

  #give(): void {
    const asked = this.#asked;
    if (asked === undefined) return;
    if (this.held.length > 0) {
      this.#asked = undefined;
      asked.resolve({ done: false, value: this.held.shift() });
    } else if (this.#close !== undefined) {
      this.#asked = undefined;
      asked.resolve({ done: true });
      this.#closed.resolve(this.#close);
    }
  }
}
