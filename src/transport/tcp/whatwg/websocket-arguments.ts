/** The arguments of {@link WebSocket} as Web IDL and the WebSockets standard read them, and what it gives back. */
import { isArrayBuffer, isSharedArrayBuffer } from 'node:util/types';
import { type Detail, UsageError } from '../../../base/errors.ts';
import { MAX_CLOSE_REASON_BYTES } from '../../../protocol/close-code.ts';
import * as CloseCode from '../../../protocol/close-codes.ts';
import { parseWebSocketUrl } from '../../../protocol/url.ts';
import { utf8Length } from '../../../protocol/utf8.ts';
import { isBlob } from '../../send-data.ts';
import { builtin } from '../builtin.ts';
import { parseDialTarget } from '../dialling/unix-url.ts';
import { PlatformException } from './platform.ts';

/** The lowest and highest code that a program may choose (RFC 6455, 7.4.2), besides 1000. */
const LOWEST_OWN_CODE = 3000;
const HIGHEST_OWN_CODE = 4999;

/**
 * The address, normalised. A relative one is resolved against `base`.
 *
 * @throws DOMException `SyntaxError`
 */
export function toUrl(url: unknown, base: unknown): string {
  const text = `${url}`;
  try {
    // Beyond the standard: the address of a unix socket.
    if (/^wss?\+unix:/i.test(text)) return parseDialTarget(text).href;
    const from = base === undefined ? undefined : `${base}`;
    return parseWebSocketUrl(readUrl(text, from) ?? text, from).href;
  } catch (error) {
    throw asSyntaxError(error);
  }
}

/** As the URL standard reads it: without tabs and line breaks, and what else it drops. Undefined: it cannot be read. */
function readUrl(text: string, base: string | undefined): string | undefined {
  try {
    return new URL(text, base).href;
  } catch {
    return undefined;
  }
}

/**
 * `(DOMString or sequence<DOMString>)`: what can be iterated is a list, all else is one string. No two may be the same,
 * whatever the case of their letters: that is what web-platform-tests ask for.
 *
 * @throws DOMException `SyntaxError`
 */
export function toProtocols(protocols: unknown): string[] {
  if (protocols === undefined) return [];
  const isList = typeof protocols === 'object' && protocols !== null && Symbol.iterator in protocols;
  const list = isList ? Array.from(protocols as Iterable<unknown>, (one) => `${one}`) : [`${protocols}`];
  if (new Set(list.map((protocol) => protocol.toLowerCase())).size === list.length) return list;
  throw new PlatformException('A subprotocol was offered twice. Name each once.', 'SyntaxError');
}

/** What a wrong URL or subprotocol ends in: the standard's DOMException. Other errors stay as they are. */
export function asSyntaxError(error: unknown): unknown {
  const isSyntax =
    error instanceof UsageError && (error.code === 'INVALID_URL' || error.code === 'INVALID_SUBPROTOCOL');
  return isSyntax ? new PlatformException(error.message, 'SyntaxError') : error;
}

/**
 * `(BufferSource or Blob or USVString)`: bytes as bytes, everything else as a string. A buffer that was transferred
 * away has no bytes left; one that can still change its size, or is shared between threads, is no BufferSource.
 *
 * @throws TypeError for a view of a shared or resizable buffer, and for a symbol
 */
export function toMessage(data: unknown): string | Uint8Array | Blob {
  if (ArrayBuffer.isView(data)) {
    if (isSharedArrayBuffer(data.buffer)) throw notSendable('shared-buffer');
    return bytesOf(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength);
  }
  if (isArrayBuffer(data)) return bytesOf(data, 0, data.byteLength);
  if (isBlob(data)) return data;
  return `${data}`;
}

/** A binary message of the server as `binaryType` "blob" has it. */
export function toBlob(message: Uint8Array): Blob {
  const { Blob } = builtin('node:buffer');
  return new Blob([message as Uint8Array<ArrayBuffer>]) as globalThis.Blob;
}

/** A binary message of the server as `binaryType` "arraybuffer" has it: copied only if it is part of something larger. */
export function toArrayBuffer(message: Uint8Array): ArrayBuffer {
  const { buffer, byteOffset, byteLength } = message;
  if (byteLength === buffer.byteLength) return buffer as ArrayBuffer;
  return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
}

/** Bytes of a message as they count in `bufferedAmount`. */
export function sizeOf(message: string | Uint8Array | Blob): number {
  if (typeof message === 'string') return utf8Length(message);
  return isBlob(message) ? message.size : message.length;
}

/**
 * `close(optional [Clamp] unsigned short code, optional USVString reason)`. A reason cannot stand without a code (RFC
 * 6455, 5.5.1): 1000 is put before it.
 *
 * @throws DOMException `InvalidAccessError` for a code other than 1000 and 3000-4999; `SyntaxError` for a reason over
 *   123 bytes
 */
export function toCloseArguments(code: unknown, reason: unknown): [code?: number, reason?: string] {
  const closeCode = code === undefined ? undefined : clampToUnsignedShort(code);
  const text = reason === undefined ? '' : `${reason}`;
  if (closeCode !== undefined && closeCode !== CloseCode.normal && !isOwnCode(closeCode)) {
    throw new PlatformException(
      `The close code must be 1000 or 3000 to 4999, not ${closeCode}.`,
      'InvalidAccessError',
    );
  }
  if (utf8Length(text) > MAX_CLOSE_REASON_BYTES) {
    throw new PlatformException(
      `The close reason is longer than ${MAX_CLOSE_REASON_BYTES} bytes.`,
      'SyntaxError',
    );
  }
  if (text !== '') return [closeCode ?? CloseCode.normal, text];
  return closeCode === undefined ? [] : [closeCode];
}

/**
 * The payload of a Ping. Not of the standard, so nothing is turned into a string: a number would be one by mistake.
 *
 * @throws UsageError `INVALID_DATA`
 */
export function toPingPayload(payload: unknown): Uint8Array {
  if (typeof payload === 'string') return new TextEncoder().encode(payload);
  if (ArrayBuffer.isView(payload) || isArrayBuffer(payload)) return toMessage(payload) as Uint8Array;
  throw new UsageError('INVALID_DATA', { detail: 'ping-type' });
}

function bytesOf(buffer: ArrayBuffer, offset: number, length: number): Uint8Array {
  if ((buffer as { resizable?: boolean }).resizable === true) throw notSendable('resizable-buffer');
  // A view of a transferred buffer cannot be made, not even an empty one.
  return length === 0 ? new Uint8Array(0) : new Uint8Array(buffer, offset, length);
}

function notSendable(detail: Detail<'INVALID_DATA'>): TypeError {
  return new UsageError('INVALID_DATA', { detail });
}

function isOwnCode(code: number): boolean {
  return code >= LOWEST_OWN_CODE && code <= HIGHEST_OWN_CODE;
}

/** Web IDL, [Clamp] unsigned short: NaN is 0, a tie goes to the even neighbour. */
function clampToUnsignedShort(value: unknown): number {
  const number = +(value as number);
  if (Number.isNaN(number)) return 0;
  const clamped = Math.min(Math.max(number, 0), 65_535);
  const floor = Math.floor(clamped);
  const isTie = clamped - floor === 0.5;
  return isTie ? floor + (floor % 2) : Math.round(clamped);
}
