import { UsageError } from '../base/errors.ts';
import { isToken } from './token.ts';

/** Field names that the handshake itself writes (RFC 6455, 4.1), in lower case. */
const OWN_FIELDS: readonly string[] = /* @__PURE__ */ Object.freeze([
  'host',
  'upgrade',
  'connection',
  'content-length',
  'transfer-encoding',
]);

/**
 * Checks header fields that a caller adds to the handshake. Nothing in them can end the line that they stand on
 * (RFC 9110, 5.5: CR, LF and NUL), and none takes the place of one of the handshake's own.
 *
 * @throws UsageError `INVALID_HEADER`. The message names the field, never its value.
 */
export function checkHeaderFields(headers: readonly (readonly [name: string, value: string])[]): void {
  for (const [index, [name, value]] of headers.entries()) {
    if (typeof name !== 'string' || !isToken(name)) {
      // Not quoted: "Authorization: Bearer ..." passed as a name is a likely mistake.
      throw new UsageError('INVALID_HEADER', { detail: 'name', index: index + 1 });
    }
    const lower = name.toLowerCase();
    if (OWN_FIELDS.includes(lower) || lower.startsWith('sec-websocket-')) {
      throw new UsageError('INVALID_HEADER', { detail: 'reserved', header: name });
    }
    if (typeof value !== 'string') {
      throw new UsageError('INVALID_HEADER', { detail: 'no-text', header: name });
    }
    if (!isFieldValue(value)) {
      throw new UsageError('INVALID_HEADER', { detail: 'value', header: name });
    }
  }
}

/** field-value, with obs-text as Latin-1; tabs and spaces inside are fine. */
function isFieldValue(value: string): boolean {
  for (let at = 0; at < value.length; at++) {
    const unit = value.charCodeAt(at);
    const isControl = (unit < 0x20 && unit !== 0x09) || unit === 0x7f;
    if (isControl || unit > 0xff) return false;
  }
  return true;
}
