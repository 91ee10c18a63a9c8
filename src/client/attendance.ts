/** What a short connection does beyond its messages where the transport is our own: Node, Bun and Deno. */
import { ConnectionError } from '../base/errors.ts';
import { queueTask } from '../base/task.ts';
import { Heartbeat, type HeartbeatOptions, type Watchdog, type WatchTime } from '../connection/heartbeat.ts';
import type { Inbox } from '../messaging/inbox.ts';
import { HIGH_WATER_MARK_BYTES } from '../transport/high-water-mark.ts';
import type { Transport } from '../transport/transport.ts';
import { LastWords } from './last-words.ts';

/** Who attends to one short connection. A browser's WebSocket has no need of one: it cannot ping, nor hold back a Close. */
export interface Attendance {
  /** Keeps the server's end back until its last words were read. */
  readonly words: LastWords;
  /** The line is open. */
  opened(transport: Transport): void;
  /** A message came. Returns whether it was part of the heartbeat. */
  onMessage(message: string | Uint8Array): boolean;
  /** A Pong came. */
  onPong(payload: Uint8Array): void;
  /** The socket has room again. */
  onDrain(): void;
  /** See `TransportSink.hold`. */
  hold(proceed: () => void, isEnd: boolean): void;
  /** The line is over. */
  ended(): void;
}

/** What it needs of its connection. */
export interface AttendedSocket extends WatchTime {
  readonly inbox: Inbox;
  /** Undefined: the line is not watched. */
  readonly beats: HeartbeatOptions | undefined;
  /** The line is dead. */
  dead(error: ConnectionError): void;
}

/** Attends over raw TCP: a heartbeat, and the server's end in its time. */
export class TcpAttendance implements Attendance {
  readonly words: LastWords;
  readonly #socket: AttendedSocket;
  #watchdog: Watchdog | undefined;

  constructor(socket: AttendedSocket) {
    this.#socket = socket;
    this.words = new LastWords(socket.inbox, socket.clock);
  }

  opened(transport: Transport): void {
    const { inbox, beats, dead } = this.#socket;
    if (beats === undefined) return;
    let pauses = 0;
    const line = {
      canPing: transport.features.ping,
      get bytesReceived() {
        // Who asks the server to stop must not take its silence for its end.
        if (inbox.isPaused) pauses++;
        return transport.bytesReceived + pauses;
      },
      get bufferedAmount() {
        return transport.bufferedAmount;
      },
      get bytesSent() {
        return transport.bytesSent ?? -transport.bufferedAmount;
      },
      ping: (payload: Uint8Array) => transport.ping(payload),
      send: (data: string | Uint8Array) =>
        transport.bufferedAmount <= HIGH_WATER_MARK_BYTES && transport.send(data),
      measured: () => {},
      dead: (timeout: number) => dead(new ConnectionError('HEARTBEAT_TIMEOUT', { timeout })),
    };
    this.#watchdog = new Heartbeat(beats, line, this.#socket);
    this.#watchdog.start();
    this.#watchdog.ready();
  }

  onMessage(message: string | Uint8Array): boolean {
    return this.#watchdog?.onMessage(message) === true;
  }

  onPong(payload: Uint8Array): void {
    this.#watchdog?.onPong(payload);
  }

  onDrain(): void {
    this.#watchdog?.onDrain();
  }

  hold(proceed: () => void, isEnd: boolean): void {
    if (isEnd) this.words.hold(proceed);
    else queueTask(proceed);
  }

  ended(): void {
    this.#watchdog?.stop();
    this.words.release();
  }
}
