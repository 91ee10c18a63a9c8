import * as Opcode from '../protocol/opcodes.ts';
import type { FrameTracer } from '../protocol/trace.ts';
import { isBlob } from './send-data.ts';

/**
 * Tells a tracer of one message, as if it had crossed the line in a single frame: how a platform's WebSocket cut it
 * cannot be seen. A Blob's bytes cannot be read in time, so its payload is told as empty, with the true length.
 */
export function traceMessage(trace: FrameTracer, direction: 'in' | 'out', data: unknown): void {
  const payload = bytesOf(data);
  trace({
    direction,
    opcode: typeof data === 'string' ? Opcode.text : Opcode.binary,
    fin: true,
    length: isBlob(data) ? data.size : payload.length,
    payload,
  });
}

function bytesOf(data: unknown): Uint8Array {
  if (typeof data === 'string') return new TextEncoder().encode(data);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return isBlob(data) ? new Uint8Array(0) : new Uint8Array(data as ArrayBuffer);
}
