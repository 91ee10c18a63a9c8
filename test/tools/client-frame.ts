/** Reads a client's frames as a strict server would. Knows nothing of src/: the engine is judged by this reading. */

export interface ClientFrame {
  readonly fin: boolean;
  readonly opcode: number;
  /** Set on the first frame of a compressed message (RFC 7692, 6). */
  readonly rsv1: boolean;
  /** The masking key, in the order of the wire. */
  readonly key: number[];
  /** Unmasked. */
  readonly payload: Uint8Array;
}

/**
 * Splits `bytes` into frames. Throws at whatever RFC 6455 forbids a client, and at a frame that is cut. `deflate`: RSV1 may
 * stand where RFC 7692 allows it.
 */
export function readClientFrames(bytes: Uint8Array, deflate = false): ClientFrame[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const frames: ClientFrame[] = [];
  let at = 0;
  while (at < bytes.length) {
    const first = view.getUint8(at);
    const second = view.getUint8(at + 1);
    const mayHaveRsv1 = deflate && [1, 2].includes(first & 0x0f);
    if ((first & (mayHaveRsv1 ? 0x30 : 0x70)) !== 0) throw new Error('reserved bits are set (#47)');
    if (second < 0x80) throw new Error('the frame is not masked (#44)');
    const opcode = first & 0x0f;
    if (![0, 1, 2, 8, 9, 10].includes(opcode)) throw new Error(`reserved opcode ${opcode}`);
    let length = second - 0x80;
    at += 2;
    if (length === 126) {
      length = view.getUint16(at);
      if (length < 126) throw new Error('16 bits for a length that fits 7 (#48)');
      at += 2;
    } else if (length === 127) {
      length = Number(view.getBigUint64(at));
      if (length < 65_536) throw new Error('64 bits for a length that fits 16 (#48)');
      at += 8;
    }
    const fin = first >= 0x80;
    if (opcode >= 8 && (length > 125 || !fin)) throw new Error('a control frame too long or in parts (#49)');
    const key = [...bytes.subarray(at, at + 4)];
    at += 4;
    if (at + length > bytes.length) throw new Error('the frame is cut');
    // A copy, also out of a Buffer, whose own slice() shares the memory.
    const payload = new Uint8Array(bytes.subarray(at, at + length));
    for (let index = 0; index < length; index++) {
      payload[index] = (payload[index] as number) ^ (key[index % 4] as number);
    }
    frames.push({ fin, opcode, rsv1: (first & 0x40) !== 0, key, payload });
    at += length;
  }
  return frames;
}

/** The size of the frame that begins `bytes`; undefined as long as its header is not whole. */
export function clientFrameSize(bytes: Uint8Array): number | undefined {
  if (bytes.length < 2) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const short = (bytes[1] as number) & 0x7f;
  if (short < 126) return 6 + short;
  if (bytes.length < 10) return undefined;
  return short === 126 ? 8 + view.getUint16(2) : 14 + Number(view.getBigUint64(2));
}
