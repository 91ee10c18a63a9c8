/** Bytes in which a shift shows. A callback for each of a million bytes would be most of the work of a test. */
export function sampleBytes(length: number, step = 1): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at++) bytes[at] = (at * step) % 251;
  return bytes;
}

/** Where two of the same length begin to differ; -1: nowhere. */
export function firstDifference(one: Uint8Array, other: Uint8Array): number {
  for (let at = 0; at < one.length; at++) if (one[at] !== other[at]) return at;
  return -1;
}
