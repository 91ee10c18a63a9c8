import { UsageError } from '../base/errors.ts';
import type { SendData } from '../transport/transport.ts';

/** Turns values into what a WebSocket message carries, and back. */
export interface Codec {
  /** @throws UsageError `INVALID_DATA` for a value that it cannot carry */
  encode(value: unknown): SendData;
  /** Throws whatever it likes for data that it cannot read; the client reports it as `BAD_MESSAGE`. */
  decode(data: string | Uint8Array): unknown;
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
      if (text === undefined) throw unsendable('JSON has no form for undefined, functions and symbols.');
      return text;
    },
    decode: (data) => JSON.parse(typeof data === 'string' ? data : decoder.decode(data)),
  };
}

/**
 * No translation: strings travel as text, buffers and Blobs as binary. The default of `raw()`.
 */
export function plain(): Codec {
  return {
    encode(value) {
      if (typeof value === 'string' || value instanceof ArrayBuffer || ArrayBuffer.isView(value))
        return value;
      if (typeof Blob !== 'undefined' && value instanceof Blob) return value;
      throw unsendable(
        'Pass a string, an ArrayBuffer, a typed array or a Blob, or choose a codec such as json().',
      );
    },
    decode: (data) => data,
  };
}

function stringify(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (cause) {
    throw unsendable('It has no JSON form: a cycle, a BigInt, or a toJSON that throws.', cause);
  }
}

function unsendable(why: string, cause?: unknown): UsageError {
  return new UsageError(
    'INVALID_DATA',
    `This value cannot be sent. ${why}`,
    cause === undefined ? {} : { cause },
  );
}
