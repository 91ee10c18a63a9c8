import { describe, expect, it } from 'vitest';
import type { TracedFrame } from '../../src/protocol/trace.ts';
import { traceMessage } from '../../src/transport/message-trace.ts';
import type { SendData } from '../../src/transport/transport.ts';

function traced(direction: 'in' | 'out', data: SendData): TracedFrame {
  const frames: TracedFrame[] = [];
  traceMessage((frame) => frames.push(frame), direction, data);
  expect(frames).toHaveLength(1);
  return frames[0] as TracedFrame;
}

describe('message trace', () => {
  it('shows a text as one frame of UTF-8', () => {
    expect(traced('in', 'ü')).toEqual({
      direction: 'in',
      opcode: 1,
      fin: true,
      length: 2,
      payload: new Uint8Array([0xc3, 0xbc]),
    });
  });

  it('shows bytes as one binary frame, views with their offset', () => {
    const bytes = new Uint8Array([1, 2, 3, 4]);
    expect(traced('out', bytes.buffer)).toMatchObject({
      direction: 'out',
      opcode: 2,
      length: 4,
      payload: bytes,
    });
    expect(traced('out', bytes.subarray(1, 3))).toMatchObject({ length: 2, payload: new Uint8Array([2, 3]) });
  });

  it('shows the length of a Blob, whose bytes cannot be read in time', () => {
    expect(traced('out', new Blob(['abc']))).toMatchObject({
      opcode: 2,
      length: 3,
      payload: new Uint8Array(0),
    });
  });
});
