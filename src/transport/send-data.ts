import { UsageError } from '../base/errors.ts';
import type { SendData } from './transport.ts';

/**
 * Refuses what is not a message. A platform's own WebSocket would send "[object Object]" without a word.
 *
 * @throws UsageError `INVALID_DATA`
 */
export function checkSendData(data: SendData): void {
  if (typeof data === 'string' || ArrayBuffer.isView(data) || isArrayBuffer(data) || isBlob(data)) return;
  throw new UsageError(
    'INVALID_DATA',
    'Only a string, an ArrayBuffer, a typed array or a Blob can be sent. Turn other values into text first, with JSON.stringify for instance.',
  );
}

/** Whether `data` is a Blob or a File, of this realm or another. */
export function isBlob(data: unknown): data is Blob {
  const tag = tagOf(data);
  return tag === 'Blob' || tag === 'File';
}

/** Whether `data` is an ArrayBuffer, of this realm or another (a frame's, a test environment's). */
export function isArrayBuffer(data: unknown): data is ArrayBuffer {
  return tagOf(data) === 'ArrayBuffer';
}

function tagOf(value: unknown): unknown {
  return (value as { [Symbol.toStringTag]?: unknown } | null | undefined)?.[Symbol.toStringTag];
}
