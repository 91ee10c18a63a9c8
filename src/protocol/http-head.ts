/** The head of an HTTP/1.1 answer, read byte by byte in linear time (RFC 9112, 2 to 5). */
import { type Detail, HandshakeError } from '../base/errors.ts';
import type { Limits } from './limits.ts';
import { isToken, trimWhiteSpace } from './token.ts';

/** Status line and header fields of an answer. */
export interface ResponseHead {
  /** 0 for HTTP/1.0, 1 for HTTP/1.1. */
  readonly minorVersion: number;
  readonly status: number;
  readonly statusText: string;
  /** In order, names in lower case, values without surrounding white space, bytes above 0x7F as Latin-1. */
  readonly fields: readonly (readonly [name: string, value: string])[];
}

/** All values of the field `name` (lower case), in order. */
export function fieldValues(head: ResponseHead, name: string): string[] {
  const values: string[] = [];
  for (const field of head.fields) if (field[0] === name) values.push(field[1]);
  return values;
}

const CR = 0x0d;
const LF = 0x0a;
const NUL = 0x00;
/** What every answer must begin with. Checked at once, so that a server of another kind is named early. */
const PREFIX = 'HTTP/';

/** Most bytes that become a piece of a line at once: each is an argument of a call. */
const MAX_PIECE_BYTES = 1024;

// status-line = HTTP-version SP status-code SP [ reason-phrase ]; real servers also leave out the second SP.
const STATUS_LINE = /^HTTP\/1\.(\d) ([1-9]\d{2})(?: (.*))?$/;

/**
 * Takes the bytes of an answer until its head is complete. Stricter than HTTP requires, since nothing behind a
 * WebSocket URL has a reason to be sloppy: no bare CR or LF, no NUL, no folded lines, no space before the colon.
 */
export class HeadParser {
  readonly #limits: Limits;
  /** The line being read. Grows to the longest line, which `maxHeadLineBytes` bounds. */
  #line = '';
  /** The last byte was a CR, so that only an LF may follow. */
  #afterCr = false;
  #total = 0;
  #statusLine: RegExpExecArray | undefined;
  #fields: [string, string][] = [];

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** The head, once {@link push} has found its end. */
  head: ResponseHead | undefined;

  /**
   * Takes bytes from `bytes[start]` on and stops behind the blank line. Informational answers (100, 102, 103) are
   * passed over.
   *
   * @returns where it stopped: the first byte that is not the head's
   * @throws HandshakeError `HANDSHAKE_MALFORMED` or `HANDSHAKE_HEADERS_TOO_LARGE`
   */
  push(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (at < end && this.head === undefined) {
      const behind = this.#takeText(bytes, at, end);
      if (behind > at) at = behind;
      else this.#take(bytes[at++] as number);
    }
    return at;
  }

  /**
   * Takes bytes that are nothing but part of a line, and no more than every limit allows; returns where it stopped. By what
   * is built in: a loop over bytes is compiled only after many a connection.
   */
  #takeText(bytes: Uint8Array, start: number, end: number): number {
    if (this.#afterCr || this.#total < PREFIX.length) return start;
    const { maxHeadBytes, maxHeadLineBytes } = this.#limits;
    const room = Math.min(maxHeadBytes - this.#total, maxHeadLineBytes - this.#line.length, MAX_PIECE_BYTES);
    const piece = bytes.subarray(start, Math.min(end, start + room));
    const cr = piece.indexOf(CR);
    const text = latin1(cr < 0 ? piece : piece.subarray(0, cr));
    // Both end the reading at once, so that nothing is looked through twice.
    const length = Math.min(before(text, '\n'), before(text, '\0'));
    this.#line += text.slice(0, length);
    this.#total += length;
    return start + length;
  }

  #take(byte: number): void {
    this.#total++;
    if (this.#total > this.#limits.maxHeadBytes) throw tooLarge('bytes', this.#limits.maxHeadBytes);
    this.#checkPrefix(byte);
    if (byte === LF) {
      if (!this.#afterCr) throw malformed('bare-lf');
      this.#afterCr = false;
      const line = this.#line;
      this.#line = '';
      this.#endLine(line);
      return;
    }
    if (this.#afterCr) throw malformed('stray-cr');
    if (byte === NUL) throw malformed('nul');
    if (byte === CR) {
      this.#afterCr = true;
      return;
    }
    this.#line += String.fromCharCode(byte);
    if (this.#line.length > this.#limits.maxHeadLineBytes) {
      throw tooLarge('line', this.#limits.maxHeadLineBytes);
    }
  }

  #checkPrefix(byte: number): void {
    if (this.#total <= PREFIX.length && byte !== PREFIX.charCodeAt(this.#total - 1)) {
      throw malformed('not-http');
    }
  }

  #endLine(line: string): void {
    if (this.#statusLine === undefined) {
      const match = STATUS_LINE.exec(line);
      if (match === null) throw malformed('status-line');
      this.#statusLine = match;
    } else if (line === '') {
      this.#endHead(this.#statusLine);
    } else {
      this.#fields.push(parseField(line));
      if (this.#fields.length > this.#limits.maxHeaders) {
        throw tooLarge('fields', this.#limits.maxHeaders);
      }
    }
  }

  #endHead([, minor, code, phrase]: RegExpExecArray): void {
    const status = Number(code);
    if (status >= 100 && status < 200 && status !== 101) {
      // RFC 9110, 15.2: "A client MUST be able to parse one or more 1xx responses received prior to a final response"
      this.#statusLine = undefined;
      this.#fields = [];
      return;
    }
    this.head = { minorVersion: Number(minor), status, statusText: phrase ?? '', fields: this.#fields };
  }
}

/** How much of `text` stands before `end`. */
function before(text: string, end: string): number {
  const at = text.indexOf(end);
  return at < 0 ? text.length : at;
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode.apply(undefined, bytes as unknown as number[]);
}

// field-line = field-name ":" OWS field-value OWS
function parseField(line: string): [string, string] {
  const colon = line.indexOf(':');
  const name = line.slice(0, Math.max(colon, 0));
  if (line.startsWith(' ') || line.startsWith('\t')) throw malformed('folded');
  if (!isToken(name)) throw malformed('header-name');
  return [name.toLowerCase(), trimWhiteSpace(line.slice(colon + 1))];
}

function malformed(detail: Detail<'HANDSHAKE_MALFORMED'>): HandshakeError {
  return new HandshakeError('HANDSHAKE_MALFORMED', { detail, phase: 'http' });
}

function tooLarge(detail: Detail<'HANDSHAKE_HEADERS_TOO_LARGE'>, limit: number): HandshakeError {
  return new HandshakeError('HANDSHAKE_HEADERS_TOO_LARGE', { detail, phase: 'http', limit });
}
