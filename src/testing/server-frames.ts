/** The server's side of RFC 6455, as small as it can be: tests of the client's side need no second strict one. */
import { acceptFor } from '../protocol/accept.ts';
import { Opcode } from '../protocol/opcode.ts';

const FIN_BIT = 0x80;
const MASK_BIT = 0x80;
const LENGTH_BITS = 0x7f;
const LENGTH_16 = 126;
const LENGTH_64 = 127;
const MASK_KEY_BYTES = 4;

/** A frame of the client's, unmasked. */
export interface ClientFrame {
  /** The opcode. */
  readonly opcode: number;
  /** The last one of its message. */
  readonly isLast: boolean;
  /** Clients must mask (RFC 6455, 5.1). */
  readonly isMasked: boolean;
  /** What it carries. */
  readonly payload: Uint8Array;
  /** Bytes that it took. */
  readonly size: number;
}

/** Reads the first frame of `bytes`; undefined if it is not there whole. */
export function readClientFrame(bytes: Uint8Array): ClientFrame | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < 2) return undefined;
  const first = view.getUint8(0);
  const second = view.getUint8(1);
  const isMasked = (second & MASK_BIT) !== 0;
  let length = second & LENGTH_BITS;
  let at = 2;
  if (length === LENGTH_16) {
    if (bytes.length < 4) return undefined;
    length = view.getUint16(2);
    at = 4;
  } else if (length === LENGTH_64) {
    if (bytes.length < 10) return undefined;
    length = Number(view.getBigUint64(2));
    at = 10;
  }
  const start = at + (isMasked ? MASK_KEY_BYTES : 0);
  const size = start + length;
  if (bytes.length < size) return undefined;
  const payload = bytes.slice(start, size);
  for (let index = 0; isMasked && index < length; index++) {
    payload[index] = (payload[index] as number) ^ (bytes[at + (index & 3)] as number);
  }
  return { opcode: first & 0x0f, isLast: (first & FIN_BIT) !== 0, isMasked, payload, size };
}

/** A frame of a server's: whole, and not masked. */
export function serverFrame(opcode: number, payload: Uint8Array): Uint8Array {
  const { length } = payload;
  const header = length < LENGTH_16 ? 2 : length <= 0xffff ? 4 : 10;
  const frame = new Uint8Array(header + length);
  const view = new DataView(frame.buffer);
  frame[0] = FIN_BIT | opcode;
  frame[1] = header === 2 ? length : header === 4 ? LENGTH_16 : LENGTH_64;
  if (header === 4) view.setUint16(2, length);
  if (header === 10) view.setBigUint64(2, BigInt(length));
  frame.set(payload, header);
  return frame;
}

/** The payload of a Close frame (RFC 6455, 5.5.1). Without a code it is empty. */
export function closePayload(
  code: number | undefined,
  reason: string,
  encode: (text: string) => Uint8Array,
): Uint8Array {
  if (code === undefined) return new Uint8Array(0);
  const text = encode(reason);
  const payload = new Uint8Array(2 + text.length);
  payload[0] = code >>> 8;
  payload[1] = code & 0xff;
  payload.set(text, 2);
  return payload;
}

/** A request to upgrade, as far as a simulated server reads it. */
export interface Upgrade {
  /** Path and query. */
  readonly path: string;
  /** Header fields, names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** Bytes that the request took. */
  readonly size: number;
}

/** Reads the request at the beginning of `text`; undefined if it is not there whole. */
export function readUpgrade(text: string): Upgrade | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [request = '', ...lines] = text.slice(0, end).split('\r\n');
  const headers = new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  return { path: request.split(' ')[1] ?? '', headers, size: end + 4 };
}

/** The answer that agrees. */
export function acceptAnswer({ headers }: Upgrade): string {
  const accept = acceptFor(headers.get('sec-websocket-key') ?? '');
  const protocol = headers.get('sec-websocket-protocol')?.split(',')[0]?.trim();
  const chosen = protocol === undefined ? '' : `Sec-WebSocket-Protocol: ${protocol}\r\n`;
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n${chosen}\r\n`;
}

/** The answer that refuses, with `Retry-After` in seconds where there is one. */
export function refusalAnswer(status: number, retryAfter: number | undefined): string {
  const wait = retryAfter === undefined ? '' : `Retry-After: ${retryAfter}\r\n`;
  return `HTTP/1.1 ${status} Simulated\r\n${wait}Content-Length: 0\r\nConnection: close\r\n\r\n`;
}

/** Whether a message goes on in this frame or ends with it. */
export function isDataOpcode(opcode: number): boolean {
  return opcode === Opcode.text || opcode === Opcode.binary || opcode === Opcode.continuation;
}
