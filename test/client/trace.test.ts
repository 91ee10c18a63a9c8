import { expect, it } from 'vitest';
import { trace } from '../../src/client/trace.ts';
import type { FrameTracer, TracedFrame } from '../../src/protocol/trace.ts';
import { setUp } from './set-up.ts';

it('shows the frames of a client: its tracer goes to the transport', async () => {
  const seen: TracedFrame[] = [];
  const tracer: FrameTracer = (frame) => seen.push(frame);
  const { client, server, open } = setUp({ use: [trace(tracer)] });
  await open();
  const frame = {
    direction: 'out',
    opcode: 1,
    fin: true,
    length: 2,
    payload: Uint8Array.of(104, 105),
  } as const;
  server.last.request.trace?.(frame);
  expect(seen).toEqual([frame]);
  void client.close();
});

it('refuses what is no function', () => {
  expect(() => trace(undefined as never)).toThrow('The option trace must be a function.');
});
