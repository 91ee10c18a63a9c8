import { UsageError } from '../base/errors.ts';
import { utf8Length } from '../protocol/utf8.ts';
import type { SendData } from './transport.ts';

/**
 * Refuses what is not a message. A platform's own WebSocket would send "[object Object]" without a word.
 *
 * @throws UsageError `INVALID_DATA`
 */
export function checkSendData(data: SendData): void {
  if (typeof data === 'string' || hasSize(data)) return;
  const isPromise = typeof (data as { then?: unknown } | undefined)?.then === 'function';
  throw new UsageError('INVALID_DATA', { detail: isPromise ? 'promise' : 'type' });
}

/** Whether it is one of the three kinds of bytes, and its size can be told: a fake might pass all bounds. */
function hasSize(data: SendData): boolean {
  if (isBlob(data)) return data.size >= 0;
  const isView = ArrayBuffer.isView(data);
  if (!isView && !isArrayBuffer(data)) return false;
  try {
    // The length of a DataView throws when its buffer was transferred to another thread (ECMA-262, 25.3.4.2).
    if (data.byteLength > 0) return true;
    // Any other is empty then, and only this tells (23.2.5.1.3).
    new Uint8Array(isView ? data.buffer : data);
    return data.byteLength === 0;
  } catch {
    return false;
  }
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

/** Whether `value` is one of the three kinds of bytes: a view, an ArrayBuffer or a Blob. */
export function isBytes(value: unknown): value is Exclude<SendData, string> {
  if (typeof value !== 'object') return false;
  return ArrayBuffer.isView(value) || isArrayBuffer(value) || isBlob(value);
}

function tagOf(value: unknown): unknown {
  return (value as { [Symbol.toStringTag]?: unknown } | null | undefined)?.[Symbol.toStringTag];
}

/** What goes over the wire as one: a message, or several that stay together. */
export type Parcel = SendData | readonly SendData[];

/** Whether it is several messages. */
export function isSeveral(data: Parcel): data is readonly SendData[] {
  return Array.isArray(data);
}

/** The size of a message in bytes, or of several. */
export function dataSize(data: Parcel): number {
  if (typeof data === 'string') return utf8Length(data);
  if (isSeveral(data)) return data.reduce((size, one) => size + dataSize(one), 0);
  return isBlob(data) ? data.size : data.byteLength;
}

/** A copy that the caller can no longer change. Strings and Blobs are immutable already. */
export function snapshot(data: SendData): SendData;
export function snapshot(data: Parcel): Parcel;
export function snapshot(data: Parcel): Parcel {
  if (isSeveral(data)) return data.map((one) => snapshot(one));
  if (isArrayBuffer(data)) return data.slice(0);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  return data;
}
