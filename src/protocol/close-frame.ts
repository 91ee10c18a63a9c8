/** The body of a Close frame, read and written side by side (RFC 6455, 5.5.1). */
import { type CloseFrame, ProtocolError } from '../base/errors.ts';
import { CLOSE_CODE_BYTES, isReceivableCloseCode } from './close-code.ts';
import * as CloseCode from './close-codes.ts';
import type { TextCodec } from './ports.ts';

/**
 * Reads a server's Close body.
 *
 * @throws ProtocolError `PROTOCOL` (1002) for one byte alone or a code that must not be sent; `INVALID_PAYLOAD`
 * (1007) for a reason that is not UTF-8
 */
export function parseCloseBody(body: Uint8Array, codec: TextCodec): CloseFrame {
  if (body.length === 0) return { code: CloseCode.noStatus, reason: '' };
  if (body.length < CLOSE_CODE_BYTES) {
    throw new ProtocolError('PROTOCOL', { detail: 'half-close-code', closeCode: CloseCode.protocolError });
  }
  const code = ((body[0] as number) << 8) | (body[1] as number);
  if (!isReceivableCloseCode(code)) {
    throw new ProtocolError('PROTOCOL', {
      detail: 'close-code',
      closeCode: CloseCode.protocolError,
      received: code,
    });
  }
  const reason = codec.decode(body, CLOSE_CODE_BYTES, body.length);
  if (reason === undefined) {
    throw new ProtocolError('INVALID_PAYLOAD', {
      detail: 'close-reason',
      closeCode: CloseCode.invalidPayload,
    });
  }
  return { code, reason };
}

/** Writes a Close body; the code 1005 stands for none. */
export function serializeCloseBody(frame: CloseFrame): Uint8Array {
  if (frame.code === CloseCode.noStatus) return new Uint8Array(0);
  const reason = new TextEncoder().encode(frame.reason);
  const body = new Uint8Array(CLOSE_CODE_BYTES + reason.length);
  body[0] = frame.code >>> 8;
  body[1] = frame.code & 0xff;
  body.set(reason, CLOSE_CODE_BYTES);
  return body;
}
