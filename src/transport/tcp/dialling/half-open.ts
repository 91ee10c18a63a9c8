import type { Duplex } from 'node:stream';
import type { DialPlan } from './plan.ts';

/** Whether the stream is a socket of ours with nothing upon it. It may be half open, and is then ours to end. */
export function isBare({ target, options, proxy }: DialPlan): boolean {
  return !target.secure && proxy === undefined && options.createConnection === undefined;
}

/**
 * Ends our side of a socket whose other side has ended. Where all is written, closing it tells the server the same as
 * shutting it down first would: two calls to the system and two turns of the event loop less.
 */
export function endBoth(stream: Duplex): void {
  if (stream.writableLength === 0) stream.destroy();
  else stream.end();
}
