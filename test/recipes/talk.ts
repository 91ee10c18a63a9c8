/** A client with a recipe's envelope, and a server that says what a test says. */
import { expect } from 'vitest';
import type { EnvelopeFactory } from '../../src/messaging/envelope.ts';
import { checkEnvelope } from '../../src/testing/check-envelope.ts';
import { type Bench, setUp } from '../client/set-up.ts';

export interface Talk extends Bench {
  /** Frames of the server's, each a message: as they are if they are text or bytes, else as JSON. */
  say(...frames: readonly unknown[]): Promise<void>;
}

const wire = (frame: unknown): string | Uint8Array =>
  typeof frame === 'string' || frame instanceof Uint8Array ? frame : JSON.stringify(frame);

/** Connects. */
export async function begin(...args: Parameters<typeof setUp>): Promise<Talk> {
  const bench = setUp(...args);
  await bench.open();
  const say = async (...frames: readonly unknown[]): Promise<void> => {
    for (const one of frames) {
      bench.server.last.send(wire(one));
      await bench.clock.settle();
    }
  };
  return { ...bench, say };
}

/** It survives a server that says anything, with these frames as a beginning. */
export function survives(envelope: EnvelopeFactory, frames: readonly unknown[]): void {
  expect(checkEnvelope(envelope, { received: frames.map(wire) })).toEqual([]);
}
