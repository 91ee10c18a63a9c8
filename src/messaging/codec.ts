import { type Detail, UsageError } from '../base/errors.ts';
import { checkSendData } from '../transport/send-data.ts';
import type { SendData } from '../transport/transport.ts';

/** Turns values into what a WebSocket message carries, and back. */
export interface Codec {
  /** @throws UsageError `INVALID_DATA` for a value that it cannot carry */
  encode(value: unknown): SendData;
  /** Throws whatever it likes for data that it cannot read; the client reports it as `BAD_MESSAGE`. */
  decode(data: string | Uint8Array): unknown;
}

/**
 * What the codec makes of a value, checked: a message that cannot be sent must fail in its caller's hands.
 *
 * @throws UsageError `INVALID_DATA`
 */
export function encode(codec: Codec, value: unknown): SendData {
  const data = codec.encode(value);
  checkSendData(data);
  return data;
}

/**
 * JSON in text messages (RFC 8259). Binary messages are read as UTF-8.
 *
 * @example
 * ```ts
 * createClient({ url, codec: json() }); // the default of jsonRpc()
 * ```
 */
export function json(): Codec {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  return {
    encode(value) {
      const text = stringify(value);
      if (text === undefined) throw unsendable('no-json');
      return text;
    },
    decode(data) {
      const text = typeof data === 'string' ? data : decoder.decode(data);
      try {
        return JSON.parse(text);
      } catch {
        // The platform's own error quotes the text, which may hold secrets.
        throw new SyntaxError(`${text.length} characters that are not JSON.`);
      }
    },
  };
}

/**
 * No translation: strings travel as text, buffers and Blobs as binary. The default of `raw()`.
 */
export function plain(): Codec {
  return {
    encode(value) {
      checkSendData(value as SendData);
      return value as SendData;
    },
    decode: (data) => data,
  };
}

function stringify(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (cause) {
    throw unsendable('json-failed', cause);
  }
}

function unsendable(detail: Detail<'INVALID_DATA'>, cause?: unknown): UsageError {
  return new UsageError('INVALID_DATA', { detail, cause });
}
