/** The first bytes of the body of a refused handshake, kept as evidence (RFC 9112, 6 and 7). */
import { fieldValues, type ResponseHead } from './http-head.ts';

/** How long a body is: known, in chunks, or until the server closes. */
type BodyLength = number | 'chunked' | 'until end';

/** A size line is a few digits; a server that sends a longer one is not worth listening to. */
const MAX_SIZE_LINE_CHARACTERS = 256;

const CR = 0x0d;
const LF = 0x0a;

/** Collects a body until it is complete or the limit is reached, whichever is first. */
export class RefusalBody {
  readonly #limit: number;
  readonly #chunked: boolean;
  readonly #bytes: number[] = [];
  /** Bytes still to come of the body, or of the current chunk. */
  #missing: number;
  /** The line with the size of the next chunk, as far as it has come; undefined inside a chunk. */
  #sizeLine: string | undefined;

  constructor(head: ResponseHead, limit: number) {
    const length = bodyLength(head);
    this.#limit = limit;
    this.#chunked = length === 'chunked';
    this.#missing = length === 'chunked' ? 0 : length === 'until end' ? Number.POSITIVE_INFINITY : length;
    this.#sizeLine = this.#chunked ? '' : undefined;
    this.complete = limit === 0 || length === 0;
  }

  /** Whether more bytes would add nothing. */
  complete: boolean;

  /** Takes what has come; ignores what is beyond the body or the limit. */
  push(bytes: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end && !this.complete; at++) this.#take(bytes[at] as number);
  }

  /** What was collected, as text. Bytes that are not UTF-8 become U+FFFD: this is for people to read. */
  text(): string {
    return new TextDecoder().decode(Uint8Array.from(this.#bytes));
  }

  #take(byte: number): void {
    if (this.#sizeLine !== undefined) {
      this.#takeSizeByte(byte);
      return;
    }
    this.#bytes.push(byte);
    this.#missing--;
    if (this.#bytes.length === this.#limit) this.complete = true;
    else if (this.#missing === 0) this.#endPart();
  }

  #endPart(): void {
    if (this.#chunked) this.#sizeLine = '';
    else this.complete = true;
  }

  // chunk = chunk-size [ chunk-ext ] CRLF chunk-data CRLF
  #takeSizeByte(byte: number): void {
    if (byte === CR) return;
    if (byte !== LF) {
      this.#sizeLine += String.fromCharCode(byte);
      if ((this.#sizeLine as string).length > MAX_SIZE_LINE_CHARACTERS) this.complete = true;
      return;
    }
    if (this.#sizeLine === '') return; // the CRLF behind the previous chunk
    const size = Number.parseInt(this.#sizeLine as string, 16);
    if (size > 0) {
      this.#missing = size;
      this.#sizeLine = undefined;
    } else {
      this.complete = true; // the last chunk, or a size that cannot be read
    }
  }
}

function bodyLength(head: ResponseHead): BodyLength {
  if (head.status === 204 || head.status === 304) return 0;
  const codings = fieldValues(head, 'transfer-encoding').join(',').toLowerCase();
  if (codings.includes('chunked')) return 'chunked';
  const [length] = fieldValues(head, 'content-length');
  return length !== undefined && /^\d+$/.test(length) ? Number(length) : 'until end';
}
