import { expect, it } from 'vitest';
import { trace } from '../../src/client/trace.ts';
import type { FrameTracer, TracedFrame } from '../../src/protocol/trace.ts';
import { setUp } from './set-up.ts';

it('shows the frames of a client: its tracer goes to the transport', async () => {
  const seen: TracedFrame[] = [];
  const tracer: FrameTracer = (frame) => seen.push(frame);
  const { client, server, open } = setUp({ use: [trace(tracer)] });
  await open();
  expect(server.last.request.trace).toBe(tracer);
  void client.close();
});

it('refuses what is no function', () => {
  expect(() => trace(undefined as never)).toThrow('The option trace must be a function.');
});
