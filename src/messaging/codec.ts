import { type Detail, type Evidence, UsageError } from '../base/errors.ts';
import { DEFAULT_MAX_PARSED_BYTES, jsonWeight } from '../base/json-weight.ts';
import { checkSendData, isBytes, type Parcel } from '../transport/send-data.ts';
import type { SendData } from '../transport/transport.ts';
import { checkJson, type JsonOptions } from './checks.ts';
import { lostInJson } from './lost-in-json.ts';
import { checkAmount } from './message-limits.ts';
import { membersOf } from './together.ts';

export type { JsonOptions } from './checks.ts';

/**
 * Turns values into what a WebSocket message carries, and back. Bytes go round it: an ArrayBuffer, a view or a Blob is sent
 * as a binary message as it is.
 */
export interface Codec {
  /** @throws UsageError `INVALID_DATA` for a value that it cannot carry */
  encode(value: unknown): SendData;
  /** Throws whatever it likes for data that it cannot read; the client reports a text as `BAD_MESSAGE`. */
  decode(data: string | Uint8Array): unknown;
  /**
   * `true`: its own messages are binary (MessagePack, CBOR), so that bytes are encoded as any other value is, and what it
   * cannot read is `BAD_MESSAGE`. `false`: they are text, and binary messages of the server's are told as `message`, as
   * bytes. Default: it is asked to decode binary messages too, and those that it cannot read are told as bytes.
   */
  readonly binary?: boolean | undefined;
  /**
   * `false`: values are the data itself. Default: it reads what comes, and what it makes of that takes more memory than the
   * message: then `limits.maxMessageBytes` is 16 MiB, unless you say otherwise.
   */
  readonly reads?: boolean | undefined;
}

/**
 * What the codec makes of a value, checked: a message that cannot be sent must fail in its caller's hands.
 *
 * @throws UsageError `INVALID_DATA`
 */
export function encode(codec: Codec, value: unknown): Parcel {
  const members = membersOf(value);
  return members === undefined ? encodeOne(codec, value) : members.map((one) => encodeOne(codec, one));
}

function encodeOne(codec: Codec, value: unknown): SendData {
  const data = isBytes(value) && codec.binary !== true ? value : codec.encode(value);
  checkSendData(data);
  return data;
}

/**
 * JSON in text messages (RFC 8259). What has no JSON form is refused, not changed: functions, symbols, numbers
 * that are not finite, and anywhere inside a message bytes, Blobs, Maps, Sets, Errors and whatever else JSON would turn into
 * `{}`. What has a `toJSON` is sent as that says. `undefined` is left out of an object, and null in a list.
 *
 * @throws UsageError `INVALID_OPTION` naming the option that is wrong
 * @example
 * ```ts
 * createClient({ url, codec: json() }); // the default of jsonRpc()
 * ```
 */
export function json(options: JsonOptions = {}): Codec {
  checkJson(options, json);
  const { readBinary = false, maxParsedBytes = DEFAULT_MAX_PARSED_BYTES } = options;
  const { maxDepth, reviver } = options;
  let decoder: TextDecoder | undefined;
  return {
    binary: readBinary ? undefined : false,
    encode(value) {
      let text: string | undefined;
      let lost: string | undefined;
      try {
        text = JSON.stringify(value);
        lost = lostInJson(value);
      } catch (cause) {
        throw unsendable('json-failed', { cause, path: pathOfFault(value) });
      }
      if (text === undefined) throw unsendable('no-json');
      if (lost !== undefined) throw unsendable('lost-in-json', { path: lost });
      return text;
    },
    decode(data) {
      // Made on first use: jsdom has none, and text messages need none.
      if (typeof data !== 'string') decoder ??= new TextDecoder('utf-8', { fatal: true });
      const text = typeof data === 'string' ? data : (decoder as TextDecoder).decode(data);
      checkAmount('maxParsedBytes', jsonWeight(text, maxParsedBytes), maxParsedBytes);
      if (maxDepth !== undefined) checkAmount('maxDepth', jsonDepth(text), maxDepth);
      try {
        return JSON.parse(text, reviver);
      } catch (error) {
        if (reviver !== undefined && (error as Error)?.name !== 'SyntaxError') throw error; // its own
        // The platform's own error quotes the text, which may hold secrets.
        throw new SyntaxError(`${text.length} characters that are not JSON.`);
      }
    },
  };
}

/** How deep objects and lists of a JSON text lie in each other, found out before it is parsed. */
function jsonDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  // Strings are passed over as a whole.
  for (const [one] of text.matchAll(/"(?:[^"\\]|\\.)*"?|[[\]{}]/g)) {
    if (one === '[' || one === '{') deepest = Math.max(deepest, ++depth);
    else if (one === ']' || one === '}') depth--;
  }
  return deepest;
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
    reads: false,
  };
}

/** Where what JSON failed of stands. Undefined where even looking for it fails: a getter that throws, a depth without end. */
function pathOfFault(value: unknown): string | undefined {
  try {
    return lostInJson(value, new Set());
  } catch {
    return undefined;
  }
}

function unsendable(detail: Detail<'INVALID_DATA'>, evidence?: Evidence): UsageError {
  return new UsageError('INVALID_DATA', { detail, ...evidence });
}
