/**
 * What of one attempt is secret, and the one place where it is taken out of what is kept: errors, states, traces. A server
 * repeats what it was sent in many spellings, so texts are compared by their characters, whatever they are written as.
 */

import { shownUrl } from '../base/shown-url.ts';
import { characters, formsOf, textOf } from './spelled.ts';
import type { SendData, TransportFactory, TransportRequest, TransportSink } from './transport.ts';
import { hearing } from './wrapped-transport.ts';

/** Stands where a secret stood. */
const REDACTED = '[redacted]';

/**
 * A shorter secret is left where it stands: it is guessed in no time anyway, and to take out every `true` or `chat` would
 * leave no text that says anything.
 */
const MIN_SECRET_CHARACTERS = 6;

/** So many characters of a secret in a row are one: a server, or a limit, may have cut the rest off. */
const WINDOW_CHARACTERS = 12;

/**
 * A shorter parameter of an address is a word, such as `orders`, and no token; a password has as many (NIST SP 800-63B,
 * 3.1.1.2).
 */
const MIN_PARAMETER_CHARACTERS = 8;

/** Fewer characters, once blanks and punctuation are left out, are no run to look for. */
const MIN_RUN_CHARACTERS = 4;

/** Of a longer secret the rest is not looked for: a key has 3,272, a token as long fits into no header. */
const MAX_SECRET_CHARACTERS = 16_384;

/**
 * So many characters of all secrets of an attempt are looked for: a login may send megabytes, or answer its server for ever,
 * and to look for all of that would take minutes and gigabytes.
 */
export const MAX_MARKED = 131_072;

/**
 * What is looked through of one error, state or frame, in characters and values: the rest is dropped. A server may answer a
 * login with 16 MiB, and to look through these would hold up the program for half a minute.
 */
export const MAX_CLEANED = 65_536;

/**
 * The same of all errors that one connection brings in a second: 250 of them have room in one message, which is 16 KB on the
 * wire where it is compressed.
 */
export const MAX_CLEANED_A_SECOND: number = 16 * MAX_CLEANED;

/** So much is looked through of each error even then: its `code` and its message must stay. */
const MIN_CLEANED = 1_024;

/** What lies deeper is dropped: a server may nest a million deep. */
const MAX_DEPTH = 50;

/** So many fields of an error, if they are no longer than that, are looked through in any case: its `code` must stay. */
const MAX_FIELDS = 100;
const MAX_FIELD_CHARACTERS = 64;

/** Of a text this long no short part matters by itself. */
const LONG_CHARACTERS = 100;

/** Fields of the caller's that are no secrets, and that a server names when it refuses them. */
const PUBLIC_FIELD = /^(?:origin|user-agent|accept(?:-\w+)?|cache-control|pragma)$/i;

/** Whether the value of a header field that the program adds may be shown. */
export function isPublicField(name: string): boolean {
  return PUBLIC_FIELD.test(name);
}

/** A text, unless it is long, and each of its words: what stands behind `Bearer`, or in a cookie. */
export function withWords(text: string): string[] {
  const words = text.split(/[\s;,]+|=(?=[^=])/);
  return text.length > LONG_CHARACTERS ? words : [text, ...words];
}

/** The values of cookies, `name=value; …`: a name is no secret, and may be a word of any text. */
export function cookieValues(cookies: string): string[] {
  return cookies.split(';').flatMap((pair) => withWords(pair.slice(pair.indexOf('=') + 1).trim()));
}

/** How many ways a run may begin are told apart. */
const BEGINNINGS = 65_536;

/** How a run begins, as a number: of its first three characters. */
function beginning(first: number, second: number, third: number): number {
  return Math.imul((first << 10) ^ (second << 5) ^ third, 0x9e37_79b1) >>> 16;
}

/** Secrets as they may stand in a text. */
interface Forms {
  /** Those that are looked for as a whole. */
  readonly short: readonly string[];
  /** Every run of those of which a run is enough. A set: a search through them for each run of a text could take seconds. */
  readonly runs: ReadonlySet<string>;
  /** Whether one of them may begin so, by {@link beginning}: most of a text need not be cut into runs. */
  readonly begun: Uint8Array;
  /** What is no secret, though one may hold it. */
  readonly known: string;
}

/** How far one error, state or frame has been looked through. */
interface Progress {
  readonly seen: Map<unknown, unknown>;
  /** How much may follow. */
  left: number;
  depth: number;
}

/** The secrets of one attempt, and the newest of those before it: what was refused is often named once more later. */
export class Secrets {
  /** In the order in which they came. */
  readonly #secrets = new Set<string>();
  /** How many characters they have; and those of them that came first, which stay. */
  #characters = 0;
  #first = 0;
  /** How many characters were looked through, and by the beginning of the second that ends at `end`. */
  #looked = 0;
  #second = { end: Number.NEGATIVE_INFINITY, looked: 0 };
  /** Those of them that the next attempt is to know too. */
  readonly #lasting = new Set<string>();
  /** Made when they are needed. */
  #forms: Forms | undefined;
  /** What is none, though a secret may hold it: the address that errors name. */
  #known = '';

  constructor(before?: Secrets) {
    let left = MAX_SECRET_CHARACTERS;
    const newest: string[] = [];
    for (const secret of before === undefined ? [] : [...before.#lasting].reverse()) {
      left -= secret.length;
      if (left >= 0) newest.push(secret);
    }
    this.add(newest.reverse());
  }

  /** The request, of which the transport adds what it knows, and whose trace shows no secret. */
  request(request: TransportRequest): TransportRequest {
    const { url, trace } = request;
    this.addUrl(url);
    return { ...request, secrets: this, trace: trace && ((frame) => trace(this.clean(frame))) };
  }

  /** The sink, which is told no secret by the opening or the end; messages go to it as they come. */
  sink(sink: TransportSink, offered: readonly string[]): TransportSink {
    // A subprotocol may be a token. That which the server chose is none, unless it was marked as one; nor that which it
    // chooses next time.
    const offer = (chosen?: string): void =>
      this.add(
        offered.filter((protocol) => protocol !== chosen),
        false,
      );
    let isOpen = false;
    return {
      ...hearing(sink),
      open: (info) => {
        isOpen = true;
        offer(info.protocol);
        sink.open(this.clean(info));
      },
      close: (closure) => {
        if (!isOpen) offer();
        sink.close(this.clean(closure));
      },
    };
  }

  /** Takes a text, or all texts in a list, an object or bytes; with `isLasting` also for the next attempts. */
  add(value: unknown, isLasting = true): void {
    if (value instanceof Uint8Array) this.add(new TextDecoder().decode(value), isLasting);
    else if (typeof value === 'object' && value !== null)
      for (const one of Object.values(value)) this.add(one, isLasting);
    else if (typeof value === 'string' && value.length >= MIN_SECRET_CHARACTERS) {
      const secret = value.slice(0, MAX_SECRET_CHARACTERS);
      if (isLasting) this.#lasting.add(secret);
      this.#keep(secret);
    }
  }

  /** Of more than can be looked for the first half stays, where the tokens are, and the newest of the others. */
  #keep(secret: string): void {
    if (this.#secrets.has(secret)) return;
    this.#secrets.add(secret);
    this.#forms = undefined;
    this.#characters += secret.length;
    if (this.#characters <= MAX_MARKED / 2) this.#first = this.#secrets.size;
    if (this.#characters <= MAX_MARKED) return;
    const others = [...this.#secrets].slice(this.#first);
    for (const other of others) {
      if (this.#characters <= MAX_MARKED / 2 + MAX_SECRET_CHARACTERS) break;
      this.#secrets.delete(other);
      this.#lasting.delete(other);
      this.#characters -= other.length;
    }
  }

  /** Takes what a login sends: the values of JSON, else each word. */
  addMessage(data: SendData): void {
    if (typeof data !== 'string') return this.add(data);
    try {
      this.add(JSON.parse(data));
    } catch {
      this.add(withWords(data));
    }
  }

  /** Takes user, password and query of an address. */
  addUrl(url: string): void {
    if (!URL.canParse(url)) return;
    this.#known = shownUrl(url);
    const { username, password, searchParams } = new URL(url);
    this.add([username, password]);
    // Without a value the name may be all there is: `wss://example.com/?ticket`.
    for (const [name, value] of searchParams) {
      if ((value || name).length >= MIN_PARAMETER_CHARACTERS) this.add(value || name);
    }
  }

  /**
   * The same without secrets: texts, and all texts in lists, maps, plain objects and bytes, their names too. An error is
   * changed itself.
   *
   * @param now - the time, of what a server may say any number of times: what it says in a second is looked through so far
   * alone
   */
  clean<T>(value: T, now?: number): T {
    if (this.#secrets.size === 0) return value;
    const progress = { seen: new Map(), left: now === undefined ? MAX_CLEANED : this.#leftAt(now), depth: 0 };
    return this.#clean(value, progress) as T;
  }

  #leftAt(now: number): number {
    if (now >= this.#second.end) this.#second = { end: now + 1_000, looked: this.#looked };
    const left = MAX_CLEANED_A_SECOND - (this.#looked - this.#second.looked);
    return Math.min(Math.max(left, MIN_CLEANED), MAX_CLEANED);
  }

  #clean(value: unknown, progress: Progress): unknown {
    if (typeof value === 'string') return this.#cleanText(value, progress);
    progress.left--;
    if (typeof value !== 'object' || value === null) return value;
    const { seen, left, depth } = progress;
    if (seen.has(value)) return seen.get(value);
    if (value instanceof Uint8Array) {
      const { text, bytesOf } = asText(value.subarray(0, Math.max(left, 0)));
      const clean = this.#cleanText(text, progress);
      return clean === text && value.length <= left ? value : bytesOf(clean);
    }
    if (depth > MAX_DEPTH) return REDACTED;
    progress.depth++;
    const copy = value instanceof Map ? this.#cleanMap(value, progress) : this.#cleanFields(value, progress);
    progress.depth--;
    return copy;
  }

  #cleanMap(map: ReadonlyMap<unknown, unknown>, progress: Progress): unknown {
    const copy = new Map<unknown, unknown>();
    progress.seen.set(map, copy);
    for (const [key, value] of map) {
      if (progress.left <= 0) break;
      copy.set(this.#clean(key, progress), this.#clean(value, progress));
    }
    return copy;
  }

  #cleanFields(value: object, progress: Progress): unknown {
    const isError = value instanceof Error;
    const copy: object = isError ? value : Array.isArray(value) ? [] : {};
    const prototype: unknown = Object.getPrototypeOf(value);
    // What is somebody's own may be anything: a socket, a signal.
    if (!isError && prototype !== null && prototype !== Object.getPrototypeOf(copy)) return value;
    progress.seen.set(value, copy);
    // The names of all items of a long list would take more memory than the list.
    const looked = Array.isArray(value) ? value.slice(0, Math.max(progress.left, 0)) : value;
    // Of an error also those that are not listed: the message, the stack, the body.
    const names = isError ? Object.getOwnPropertyNames(value) : Object.keys(looked);
    let isSame = !Array.isArray(value) || names.length === value.length;
    for (const [at, name] of names.entries()) {
      const one: unknown = Reflect.get(value, name);
      if (!isError && progress.left <= 0) return copy;
      const isTooMuch = isError && at >= MAX_FIELDS;
      const cleanName = isTooMuch || Array.isArray(value) ? name : this.#cleanText(name, progress);
      const clean = isTooMuch ? REDACTED : this.#clean(one, progress);
      if (clean !== one || cleanName !== name) isSame = false;
      else if (isError) continue;
      if (isError && cleanName !== name) Reflect.deleteProperty(value, name);
      // Not by assignment: a server may name one `__proto__`.
      if (isError) Reflect.set(copy, cleanName, clean);
      else define(copy, cleanName, clean);
    }
    return isSame ? value : copy;
  }

  #cleanText(text: string, progress: Progress): string {
    if (text.length < MIN_SECRET_CHARACTERS) return text;
    const most = Math.max(progress.left, MAX_FIELD_CHARACTERS);
    const whole = text.slice(0, most);
    progress.left -= whole.length;
    this.#looked += whole.length;
    const { spelled, codes, starts, ends } = characters(whole);
    const isFound = this.#found(spelled, codes);
    if (isFound === undefined) return whole;
    let clean = '';
    let copied = 0;
    for (let at = isFound.indexOf(1); at >= 0; at = isFound.indexOf(1, at)) {
      clean += whole.slice(copied, starts[at]) + REDACTED;
      const behind = isFound.indexOf(0, at);
      at = behind < 0 ? codes.length : behind;
      copied = ends[at - 1] as number;
    }
    return clean + whole.slice(copied);
  }

  /** Which of the characters are part of a secret; undefined if none is. */
  #found(spelled: string, codes: Uint16Array): Uint8Array | undefined {
    this.#forms ??= this.#allForms();
    const { short, runs, begun, known } = this.#forms;
    let isFound: Uint8Array | undefined;
    const mark = (from: number, text: string): void => {
      if (known.includes(text)) return;
      isFound ??= new Uint8Array(codes.length);
      isFound.fill(1, from, from + text.length);
    };
    for (const form of short)
      for (let at = spelled.indexOf(form); at >= 0; at = spelled.indexOf(form, at + 1)) mark(at, form);
    for (let at = 0; at + WINDOW_CHARACTERS <= codes.length; at++) {
      const begins = beginning(codes[at] as number, codes[at + 1] as number, codes[at + 2] as number);
      if (begun[begins] === 0) continue;
      const run = spelled.slice(at, at + WINDOW_CHARACTERS);
      if (runs.has(run)) mark(at, run);
    }
    return isFound;
  }

  #allForms(): Forms {
    const forms = [...new Set([...this.#secrets].flatMap(formsOf))];
    const runs = new Set<string>();
    const begun = new Uint8Array(BEGINNINGS);
    for (const form of forms) {
      for (let at = 0; at + WINDOW_CHARACTERS <= form.length; at++) {
        begun[beginning(form.charCodeAt(at), form.charCodeAt(at + 1), form.charCodeAt(at + 2))] = 1;
        runs.add(form.slice(at, at + WINDOW_CHARACTERS));
      }
    }
    return {
      short: forms.filter(({ length }) => length >= MIN_RUN_CHARACTERS && length < WINDOW_CHARACTERS),
      runs,
      begun,
      known: characters(this.#known).spelled,
    };
  }
}

/** For one client: makes them for each attempt anew, with those of the attempt before. */
export function secrets(): () => Secrets {
  let last: Secrets | undefined;
  return () => {
    last = new Secrets(last);
    return last;
  };
}

/** A transport that tells none of the secrets of its one attempt. */
export function withoutSecrets(transport: TransportFactory): TransportFactory {
  return (request, sink) => {
    const known = new Secrets();
    return transport(known.request(request), known.sink(sink, request.protocols));
  };
}

/**
 * Bytes as a text, and back: what is no UTF-8, such as the code of a Close frame, stays as it is. There a character is a byte, as
 * it is in one of the forms of a secret.
 */
function asText(bytes: Uint8Array): { text: string; bytesOf(text: string): Uint8Array } {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  if (!text.includes('\ufffd')) return { text, bytesOf: (clean) => new TextEncoder().encode(clean) };
  return {
    text: textOf(Uint16Array.from(bytes)),
    bytesOf: (clean) => Uint8Array.from(clean, (one) => one.charCodeAt(0)),
  };
}

function define(of: object, name: string, value: unknown): void {
  Object.defineProperty(of, name, { value, writable: true, enumerable: true, configurable: true });
}
