import { utf8Length } from '../protocol/utf8.ts';
import { isArrayBuffer, isBlob } from '../transport/send-data.ts';
import type { SendData } from '../transport/transport.ts';

/** The size of a message in bytes. */
export function dataSize(data: SendData): number {
  if (typeof data === 'string') return utf8Length(data);
  return isBlob(data) ? data.size : data.byteLength;
}

/** A copy that the caller can no longer change. Strings and Blobs are immutable already. */
export function snapshot(data: SendData): SendData {
  if (isArrayBuffer(data)) return data.slice(0);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  return data;
}
