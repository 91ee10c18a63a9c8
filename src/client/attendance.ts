/** What a short connection does beyond its messages where the transport is our own: Node, Bun and Deno. */
import { ConnectionError } from '../base/errors.ts';
import { queueTask } from '../base/task.ts';
import {
  Heartbeat,
  type HeartbeatOptions,
  type Watchdog,
  type WatchedLine,
} from '../connection/heartbeat.ts';
import type { Inbox } from '../messaging/inbox.ts';
import { HIGH_WATER_MARK_BYTES } from '../transport/high-water-mark.ts';
import type { Transport, TransportFactory } from '../transport/transport.ts';
import { hearing } from '../transport/wrapped-transport.ts';
import { LastWords } from './last-words.ts';

/**
 * The transport of one short connection over raw TCP, attended to: a heartbeat, and the server's end in its time. A browser's
 * WebSocket has no need of it: it cannot ping, nor hold back a Close.
 *
 * @param beats - undefined: the line is not watched
 */
export function attended(
  transport: TransportFactory,
  inbox: Inbox,
  beats: HeartbeatOptions | undefined,
): TransportFactory {
  return (request, sink) => {
    const words = new LastWords(inbox, request.clock);
    let watchdog: Watchdog | undefined;
    /** Why the line was given up; the transport only knows that it was. */
    let reason: ConnectionError | undefined;
    const made = transport(request, {
      ...hearing(sink),
      open: (info) => {
        if (beats !== undefined) {
          const dead = (timeout: number): void => {
            reason = new ConnectionError('HEARTBEAT_TIMEOUT', { timeout });
            made.abandon();
          };
          watchdog = new Heartbeat(beats, lineOf(made, inbox, dead), request);
          watchdog.start();
          watchdog.ready();
        }
        sink.open(info);
      },
      text: (message) => {
        if (watchdog?.onMessage(message) !== true) sink.text(message);
      },
      binary: (message) => {
        if (watchdog?.onMessage(message) !== true) sink.binary(message);
      },
      pong: (payload) => watchdog?.onPong(payload),
      hold: (proceed, isEnd) => {
        if (isEnd) words.hold(proceed);
        else queueTask(proceed);
      },
      drain: () => {
        watchdog?.onDrain();
        sink.drain();
      },
      close: (closure) => {
        watchdog?.stop();
        words.release();
        sink.close(reason === undefined ? closure : { ...closure, error: reason });
      },
    });
    return made;
  };
}

/** The line, as its watchdog sees it. */
function lineOf(transport: Transport, inbox: Inbox, dead: WatchedLine['dead']): WatchedLine {
  let pauses = 0;
  return {
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
    dead,
  };
}
