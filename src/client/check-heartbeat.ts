import type { HeartbeatOptions } from '../connection/heartbeat.ts';
import { need, needMethods } from './check-options.ts';

/** @throws UsageError `INVALID_OPTION` naming the option of `heartbeat` that is wrong */
export function checkHeartbeat({ ping, echo, announced, ...times }: HeartbeatOptions): void {
  for (const name of ['interval', 'timeout'] as const) {
    const { [name]: value = 1 } = times;
    const isRight = Number.isFinite(value) && value > 0;
    need(
      isRight,
      `heartbeat.${name}`,
      'a positive number of milliseconds. To switch it off: heartbeat: false',
    );
  }
  const asksItself = typeof ping === 'object' && isFunction(ping?.message) && isFunction(ping?.isAnswer);
  const isRight = ping === undefined || ping === 'protocol' || ping === 'none' || asksItself;
  need(isRight, 'heartbeat.ping', '"protocol", "none", or { message, isAnswer }, two functions');
  needMethods('heartbeat.echo', echo, []);
  needMethods('heartbeat.announced', announced, []);
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}
