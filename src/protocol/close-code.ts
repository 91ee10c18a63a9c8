/** Close codes: RFC 6455, 7.4, and the IANA registry that it opened. */
import { UsageError } from '../base/errors.ts';
import type * as codes from './close-codes.ts';
import {
  abnormal,
  goingAway,
  invalidPayload,
  messageTooBig,
  normal,
  noStatus,
  policyViolation,
  protocolError,
} from './close-codes.ts';
import { utf8Length } from './utf8.ts';

/** The registered codes that holdline sends or understands. */
export const CloseCode: typeof codes = {
  normal,
  goingAway,
  protocolError,
  noStatus,
  abnormal,
  invalidPayload,
  policyViolation,
  messageTooBig,
};

/** A control frame carries at most 125 bytes (RFC 6455, 5.5). */
export const MAX_CONTROL_PAYLOAD_BYTES = 125;

/** A Close body is a two-byte code and then the reason (RFC 6455, 5.5.1). */
export const CLOSE_CODE_BYTES = 2;

/** The longest close reason, in bytes of UTF-8: 125 - 2. A sum that nobody uses would stay in a bundle. */
export const MAX_CLOSE_REASON_BYTES = 123;

/**
 * Whether a server may put `code` into a Close frame: RFC 6455, 7.4.2 and the IANA registry.
 * 1004-1006 and 1015 must not stand on the wire; 1016-2999 are reserved; 3000-4999 belong to applications.
 */
export function isReceivableCloseCode(code: number): boolean {
  if (code >= 3000) return code <= 4999;
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014);
}

/**
 * Checks what a caller wants to close with, before anything is sent (WHATWG WebSockets, `close()`).
 *
 * @throws UsageError `INVALID_CLOSE` for a code other than 1000 or 3000-4999, a reason without a code, or one
 * of more than 123 bytes of UTF-8.
 */
export function checkCloseArguments(code: number | undefined, reason: string | undefined): void {
  if (code !== undefined && code !== normal && !(Number.isInteger(code) && code >= 3000 && code <= 4999)) {
    throw new UsageError('INVALID_CLOSE', { detail: 'code', received: String(code) });
  }
  if (reason === undefined || reason === '') return;
  if (typeof reason !== 'string') {
    throw new UsageError('INVALID_CLOSE', { detail: 'reason-type' });
  }
  if (code === undefined) {
    throw new UsageError('INVALID_CLOSE', { detail: 'reason-alone' });
  }
  const bytes = utf8Length(reason);
  if (bytes > MAX_CLOSE_REASON_BYTES) {
    throw new UsageError('INVALID_CLOSE', { detail: 'reason-length', bytes, limit: MAX_CLOSE_REASON_BYTES });
  }
}
