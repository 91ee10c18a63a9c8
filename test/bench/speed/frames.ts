/** Frames as bytes, for those who take no library: the blocks that the server sends, and the bare socket. */

/** A whole frame. `bits`: FIN, RSV1-3 and the opcode. With a key the payload is masked (RFC 6455, 5.3). */
export function frameOf(bits: number, payload: Uint8Array, key?: Uint8Array): Uint8Array {
  const { length } = payload;
  const extended = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const at = 2 + extended + (key === undefined ? 0 : 4);
  const frame = new Uint8Array(at + length);
  const view = new DataView(frame.buffer);
  frame[0] = bits;
  frame[1] = (key === undefined ? 0 : 128) | (extended === 0 ? length : extended === 2 ? 126 : 127);
  if (extended === 2) view.setUint16(2, length);
  if (extended === 8) view.setBigUint64(2, BigInt(length));
  if (key === undefined) {
    frame.set(payload, at);
  } else {
    frame.set(key, at - 4);
    for (let index = 0; index < length; index++) {
      frame[at + index] = (payload[index] as number) ^ (key[index & 3] as number);
    }
  }
  return frame;
}

export const FIN_TEXT = 0x81;
export const FIN_BINARY = 0x82;
/** A whole compressed text message (RFC 7692, 6). */
export const FIN_TEXT_COMPRESSED = 0xc1;
export const FIN_CLOSE = 0x88;
