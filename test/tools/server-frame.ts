/** Frames and answers as a server writes them, byte by byte, so that tests can also write them wrong. */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'; // RFC 6455, 1.3

export const TEXT = 1;
export const BINARY = 2;
export const CLOSE = 8;
export const PING = 9;

/** The value of `Sec-WebSocket-Accept` for a request. */
export function acceptFor(request: IncomingMessage): string {
  return createHash('sha1').update(`${request.headers['sec-websocket-key']}${GUID}`).digest('base64');
}

/** The answer that accepts `request`; `changes` replaces or (undefined) removes header fields. */
export function switchingProtocols(
  request: IncomingMessage,
  changes: Record<string, string | undefined> = {},
): Buffer {
  const fields: Record<string, string | undefined> = {
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Accept': acceptFor(request),
    ...changes,
  };
  const lines = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}`],
  );
  return Buffer.from(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}

/** One unmasked frame. `first` overrides the first byte: FIN, RSV and opcode. */
export function serverFrame(
  opcode: number,
  payload: string | Uint8Array = '',
  first: number = 0x80 | opcode,
): Buffer {
  const body = Buffer.from(payload as Uint8Array);
  let head: Buffer;
  if (body.length < 126) {
    head = Buffer.from([first, body.length]);
  } else if (body.length < 65_536) {
    head = Buffer.from([first, 126, 0, 0]);
    head.writeUInt16BE(body.length, 2);
  } else {
    head = Buffer.from([first, 127, 0, 0, 0, 0, 0, 0, 0, 0]);
    head.writeBigUInt64BE(BigInt(body.length), 2);
  }
  return Buffer.concat([head, body]);
}

/** A Close frame; without a code its body is empty. */
export function closeFrame(code?: number, reason: string = ''): Buffer {
  if (code === undefined) return serverFrame(CLOSE);
  return serverFrame(CLOSE, Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason)]));
}
