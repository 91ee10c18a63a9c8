/**
 * Whether `data` is a Uint8Array, of this realm or of another (a frame's, a test environment's). What only looks
 * like one, a number above all, must not decide how much of our memory is sent (CVE-2026-45736 of ws).
 */
export function isBytes(data: unknown): data is Uint8Array {
  if (data instanceof Uint8Array) return true;
  return (
    ArrayBuffer.isView(data) &&
    (data as { [Symbol.toStringTag]?: string })[Symbol.toStringTag] === 'Uint8Array'
  );
}
