/** A heartbeat over a line that only writes down what it is told. */
import { Heartbeat, type HeartbeatOptions } from '../../src/connection/heartbeat.ts';
import { createScriptedRandom } from '../../src/testing/scripted-random.ts';
import { createVirtualClock, type VirtualClock } from '../../src/testing/virtual-clock.ts';
import { always } from './connection-harness.ts';

/** The heartbeat, and everything that it does and is told. */
export interface Watched {
  readonly clock: VirtualClock;
  readonly log: string[];
  readonly port: { canPing: boolean; bytesReceived: number };
  readonly heartbeat: Heartbeat;
  byte(): void;
  ping(): void;
  pong(): void;
  message(data: string): boolean;
}

export function watch(
  options: HeartbeatOptions,
  { canPing = true, chance = 0 }: { canPing?: boolean; chance?: number } = {},
): Watched {
  const clock = createVirtualClock();
  const log: string[] = [];
  let lastPing: Uint8Array = new Uint8Array(0);
  const note = (what: string): void => void log.push(`${clock.now()} ${what}`);
  const port = {
    canPing,
    bytesReceived: 0,
    ping: (payload: Uint8Array) => {
      lastPing = payload;
      note('ping');
    },
    send: (data: string | Uint8Array) => note(`send ${data}`),
    measured: (rtt: number, smoothed: number) => note(`rtt ${rtt} ${smoothed}`),
    dead: (silence: number, isLocal: boolean) => note(`dead ${silence}${isLocal ? ' in doubt' : ''}`),
  };
  const random = createScriptedRandom({ numbers: always(chance) });
  const heartbeat = new Heartbeat(options, port, { clock, random });
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
