/**
 * What of one attempt is secret, and the one place where it is taken out of what is kept: errors, states, traces. A server
 * repeats what it was sent in many spellings, so texts are compared by their characters, whatever they are written as.
 */

import { shownUrl } from '../base/shown-url.ts';
import type { SendData, TransportRequest, TransportSink } from './transport.ts';

/** Stands where a secret stood. */
const REDACTED = '[redacted]';

/**
 * A shorter secret is left where it stands: it is guessed in no time anyway, and to take out every `true` or `chat` would
 * leave no text that says anything.
 */
const MIN_SECRET_CHARACTERS = 6;

/** So many characters of a secret in a row are one: a server, or a limit, may have cut the rest off. */
const WINDOW_CHARACTERS = 12;

/** A shorter parameter of an address is a word, such as `orders`, and no token; a password has as many (NIST SP 800-63B, 3.1.1.2). */
const MIN_PARAMETER_CHARACTERS = 8;

/** Fewer characters, once blanks and punctuation are left out, are no run to look for. */
const MIN_RUN_CHARACTERS = 4;

/** Of a longer secret the rest is not looked for: a key has 3,272, a token as long fits into no header. */
const MAX_SECRET_CHARACTERS = 16_384;

/**
 * What is looked through of one error, state or frame, in characters and values: the rest is dropped. A server may answer a
 * login with 16 MiB, and to look through these would hold up the program for half a minute.
 */
export const MAX_CLEANED = 65_536;

/** What lies deeper is dropped: a server may nest a million deep. */
const MAX_DEPTH = 50;

/** So many fields of an error, if they are no longer than that, are looked through in any case: its `code` must stay. */
const MAX_FIELDS = 100;
const MAX_FIELD_CHARACTERS = 64;

// One character: percent-encoded, any number of times; in JSON; in HTML; or as it is.
const CHARACTER = /%(?:25)*([\da-f]{2})|(?:\\u|&#x)([\da-f]{2,4});?|&#(\d+);|&\w+;|[\s\S]/gi;

// What spellings add, change or leave out: blanks, base64's last three (and base64url's), quotes, punctuation.
const SEPARATOR = /^(?:[\s+/=\-_.,:;\\"'`~<>&|[\](){}]|&\w+;)$/;

/** For a secret in which `%41` stands for itself. */
const LITERAL = /[\s\S]/g;

/** A text by its characters, and where each begins and ends. */
function characters(
  text: string,
  character = CHARACTER,
): { spelled: string; starts: number[]; ends: number[] } {
  let spelled = '';
  const starts: number[] = [];
  const ends: number[] = [];
  for (const { 0: unit, 1: byte, 2: hex = byte, 3: decimal, index } of text.matchAll(character)) {
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    const one = Number.isNaN(code) ? unit : String.fromCharCode(code);
    if (SEPARATOR.test(one)) continue;
    // The names of header fields come in lower case; a character that has two there would shift all that follow.
    spelled += one.toLowerCase()[0];
    starts.push(index);
    ends.push(index + unit.length);
  }
  return { spelled, starts, ends };
}

/** A text as one character a byte of its UTF-8: how HTTP reads it, and what `btoa` takes. */
function bytesOf(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text));
}

/** What a secret looks like, by its characters: as it is, in hexadecimal, in base64 wherever it begins there. */
function formsOf(secret: string): string[] {
  const bytes = bytesOf(secret);
  const ways = /[%\\&]/.test(secret) ? [CHARACTER, LITERAL] : [CHARACTER];
  const raw = [...new Set([secret, bytes])].flatMap((text) => ways.map((way) => characters(text, way)));
  let hex = '';
  for (let at = 0; at < bytes.length; at++) hex += bytes.charCodeAt(at).toString(16).padStart(2, '0');
  // Behind 0, 1 or 2 other bytes: without the digits that hold bits of these, or of what follows.
  const base64 = [0, 1, 2].map((before) =>
    btoa('\0'.repeat(before) + bytes)
      .slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6))
      .replace(/[+/]/g, '')
      .toLowerCase(),
  );
  return [...raw.map(({ spelled }) => spelled), hex, ...base64];
}

/** Of a text this long no short part matters by itself. */
const LONG_CHARACTERS = 100;

/** A text, unless it is long, and each of its words: what stands behind `Bearer`, or in a cookie. */
export function withWords(text: string): string[] {
  const words = text.split(/[\s;,]+|=(?=[^=])/);
  return text.length > LONG_CHARACTERS ? words : [text, ...words];
}

/** All runs of a text that count as a secret where they are of one. */
function* runsOf(text: string): Generator<{ run: string; at: number }> {
  for (let at = 0; at + WINDOW_CHARACTERS <= text.length; at++)
    yield { run: text.slice(at, at + WINDOW_CHARACTERS), at };
}

/** Secrets as they may stand in a text. */
interface Forms {
  /** Those that are looked for as a whole. */
  readonly short: readonly string[];
  /** Every run of those of which a run is enough. A set: a search through them for each run of a text could take seconds. */
  readonly runs: ReadonlySet<string>;
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
  readonly #secrets = new Set<string>();
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
    const { text, binary, ping, pong, hold, drain } = sink;
    return {
      open: (info) => {
        isOpen = true;
        offer(info.protocol);
        sink.open(this.clean(info));
      },
      text,
      binary,
      ping,
      pong,
      hold,
      drain,
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
      this.#secrets.add(secret);
      if (isLasting) this.#lasting.add(secret);
      this.#forms = undefined;
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

  /** The same without secrets: texts, and all texts in lists, maps, plain objects and bytes. An error is changed itself. */
  clean<T>(value: T): T {
    const progress = { seen: new Map(), left: MAX_CLEANED, depth: 0 };
    return this.#secrets.size === 0 ? value : (this.#clean(value, progress) as T);
  }

  #clean(value: unknown, progress: Progress): unknown {
    if (typeof value === 'string') return this.#cleanText(value, progress);
    progress.left--;
    if (typeof value !== 'object' || value === null) return value;
    const { seen, left, depth } = progress;
    if (seen.has(value)) return seen.get(value);
    if (value instanceof Uint8Array) {
      const text = new TextDecoder().decode(value.subarray(0, Math.max(left, 0)));
      const clean = this.#cleanText(text, progress);
      return clean === text && value.length <= left ? value : new TextEncoder().encode(clean);
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
      const clean = isError && at >= MAX_FIELDS ? REDACTED : this.#clean(one, progress);
      if (clean !== one) isSame = false;
      if (clean !== one || !isError) Reflect.set(copy, name, clean);
    }
    return isSame ? value : copy;
  }

  #cleanText(text: string, progress: Progress): string {
    if (text.length < MIN_SECRET_CHARACTERS) return text;
    const most = Math.max(progress.left, MAX_FIELD_CHARACTERS);
    const whole = text.slice(0, most);
    progress.left -= whole.length;
    const { spelled, starts, ends } = characters(whole);
    let clean = '';
    let copied = 0;
    let last = -2;
    for (const at of this.#found(spelled)) {
      if (at !== last + 1) clean += whole.slice(copied, starts[at]) + REDACTED;
      copied = ends[at] as number;
      last = at;
    }
    return clean + whole.slice(copied);
  }

  /** The characters that are part of a secret, in order. */
  #found(spelled: string): number[] {
    this.#forms ??= this.#allForms();
    const { short, runs, known } = this.#forms;
    const isFound: boolean[] = [];
    const mark = (from: number, length: number): void => {
      if (!known.includes(spelled.slice(from, from + length))) isFound.fill(true, from, from + length);
    };
    isFound.length = spelled.length;
    for (const form of short)
      for (let at = spelled.indexOf(form); at >= 0; at = spelled.indexOf(form, at + 1)) mark(at, form.length);
    for (const { run, at } of runsOf(spelled)) if (runs.has(run)) mark(at, WINDOW_CHARACTERS);
    return Object.keys(isFound).map(Number);
  }

  #allForms(): Forms {
    const forms = [...new Set([...this.#secrets].flatMap(formsOf))];
    const runs = new Set<string>();
    for (const form of forms) for (const { run } of runsOf(form)) runs.add(run);
    return {
      short: forms.filter(({ length }) => length >= MIN_RUN_CHARACTERS && length < WINDOW_CHARACTERS),
      runs,
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
