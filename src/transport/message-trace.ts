import type { Opcode } from '../protocol/opcode.ts';
import type { FrameTracer } from '../protocol/trace.ts';
import { dataSize, isBlob } from './send-data.ts';
import type { SendData } from './transport.ts';

// The table itself would be in every bundle.
const TEXT: typeof Opcode.text = 0x1;
const BINARY: typeof Opcode.binary = 0x2;

/**
 * Tells a tracer of one message, as if it had crossed the line in a single frame: how a platform's WebSocket cut it
 * cannot be seen. A Blob's bytes cannot be read in time, so its payload is told as empty, with the true length.
 */
export function traceMessage(trace: FrameTracer | undefined, direction: 'in' | 'out', data: SendData): void {
  trace?.({
    direction,
    opcode: typeof data === 'string' ? TEXT : BINARY,
    fin: true,
    length: dataSize(data),
    payload: bytesOf(data),
  });
}

function bytesOf(data: SendData): Uint8Array {
  if (typeof data === 'string') return new TextEncoder().encode(data);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return new Uint8Array(isBlob(data) ? [] : data);
}
