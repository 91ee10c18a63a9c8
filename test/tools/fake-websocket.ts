/** A platform's WebSocket that does only what a test tells it to. */
import type { ListeningSocket } from '../../src/transport/native/native-socket.ts';

export class FakeWebSocket implements ListeningSocket {
  /** Every socket that was made, newest last. Emptied by the test. */
  static readonly made: FakeWebSocket[] = [];

  static last(): FakeWebSocket {
    return FakeWebSocket.made.at(-1) as FakeWebSocket;
  }

  readyState = 0;
  bufferedAmount = 0;
  protocol = '';
  extensions = '';
  binaryType = 'blob';
  onopen: ListeningSocket['onopen'] = null;
  onmessage: ListeningSocket['onmessage'] = null;
  onerror: ListeningSocket['onerror'] = null;
  onclose: ListeningSocket['onclose'] = null;
  readonly sent: unknown[] = [];
  readonly closeCalls: unknown[][] = [];

  readonly url: string;
  readonly protocols: string[] | undefined;

  constructor(url: string, protocols?: string[]) {
    this.url = url;
    this.protocols = protocols;
    FakeWebSocket.made.push(this);
  }

  send(data: unknown): void {
    this.sent.push(data);
  }

  close(...args: unknown[]): void {
    this.closeCalls.push(args);
    this.readyState = 2;
  }

  /** The server accepts. */
  open(): void {
    this.readyState = 1;
    this.onopen?.();
  }

  /** The platform's `close` event. */
  end(code: number, reason: string = '', wasClean: boolean = code !== 1006): void {
    this.readyState = 3;
    this.onclose?.({ code, reason, wasClean });
  }

  /** How many listeners of ours are left; one that ignores errors does not count. */
  get listeners(): number {
    return [this.onopen, this.onmessage, this.onclose].filter((listener) => listener !== null).length;
  }
}
