/** A heartbeat over a line that only writes down what it is told. */
import {
  Heartbeat,
  type HeartbeatOptions,
  type Watchdog,
  type WatchdogFactory,
} from '../../src/connection/heartbeat.ts';
import { type ServerPingsOptions, serverPings } from '../../src/connection/server-pings.ts';
import { createScriptedRandom } from '../../src/testing/scripted-random.ts';
import { createVirtualClock, type VirtualClock } from '../../src/testing/virtual-clock.ts';
import { always } from './connection-harness.ts';

/** The heartbeat, and everything that it does and is told. */
export interface Watched {
  readonly clock: VirtualClock;
  readonly log: string[];
  readonly port: {
    canPing: boolean;
    bytesReceived: number;
    bufferedAmount: number;
    bytesSent: number;
    isFull: boolean;
  };
  readonly heartbeat: Watchdog;
  byte(): void;
  ping(): void;
  pong(): void;
  message(data: string): boolean;
}

/** Watches with the heartbeat alone; with `echo`, `announced`, `beat` or `learns` also by the server's own pings. */
export function watch(
  { echo, announced, beat, ...options }: HeartbeatOptions & ServerPingsOptions,
  {
    canPing = true,
    chance = 0,
    learns = false,
  }: { canPing?: boolean; chance?: number; learns?: boolean } = {},
): Watched {
  const clock = createVirtualClock();
  const log: string[] = [];
  let lastPing: Uint8Array = new Uint8Array(0);
  const note = (what: string): void => void log.push(`${clock.now()} ${what}`);
  const port = {
    canPing,
    bytesReceived: 0,
    bufferedAmount: 0,
    bytesSent: 0,
    isFull: false,
    ping: (payload: Uint8Array) => {
      lastPing = payload;
      note('ping');
    },
    send: (data: string | Uint8Array) => {
      if (!port.isFull) note(`send ${data}`);
      return !port.isFull;
    },
    measured: (rtt: number, smoothed: number) => note(`rtt ${rtt} ${smoothed}`),
    dead: (silence: number, isLocal: boolean) => note(`dead ${silence}${isLocal ? ' in doubt' : ''}`),
  };
  const random = createScriptedRandom({ numbers: always(chance) });
  const made: { heartbeat: HeartbeatOptions; watchdog: WatchdogFactory } = {
    heartbeat: options,
    watchdog: (line, time) => new Heartbeat(options, line, time),
  };
  if (learns || echo !== undefined || announced !== undefined || beat !== undefined) {
    serverPings({ echo, announced, beat })({ connection: { options: made } });
  }
  const heartbeat = made.watchdog(port, { clock, random });
  const byte = (): void => void port.bytesReceived++;
  const pong = (): void => {
    byte();
    heartbeat.onPong(lastPing);
  };
  const message = (data: string): boolean => {
    byte();
    return heartbeat.onMessage(data);
  };
  const ping = (): void => {
    byte();
    heartbeat.onPing();
  };
  return { clock, log, port, heartbeat, byte, ping, pong, message };
}
