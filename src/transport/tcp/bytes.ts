/** `held` and the first `length` bytes of `chunk`, in memory of their own. */
export function joined(held: Uint8Array, chunk: Uint8Array, length: number): Uint8Array {
  const bytes = new Uint8Array(held.length + length);
  bytes.set(held);
  bytes.set(chunk.subarray(0, length), held.length);
  return bytes;
}

/** The bytes of a message, where they are. */
export function bytesOf(data: ArrayBuffer | ArrayBufferView): Uint8Array {
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
