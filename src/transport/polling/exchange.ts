import type { Clock, TimerHandle } from '../../base/clock.ts';
import { type Deferred, deferred } from '../../base/deferred.ts';
import { HandshakeError, ProtocolError } from '../../base/errors.ts';
import { shownUrl } from '../../base/shown-url.ts';
import * as CloseCode from '../../protocol/close-codes.ts';
import { refusedError } from '../../protocol/handshake-response.ts';
import type { Limits } from '../../protocol/limits.ts';
import { REFUSAL_TIMEOUT_MS } from '../timeouts.ts';
import type { PollAnswer, PollFetch, PollRequest, PollResponse } from './options.ts';

/** What all requests of a connection share. */
export interface Wire {
  readonly fetch: PollFetch;
  readonly clock: Clock;
  readonly limits: Limits;
  /** Header fields of the attempt. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly credentials: 'omit' | 'same-origin' | 'include' | undefined;
  /** So many bytes arrived; 0 for an answer without a body. */
  arrived(bytes: number): void;
}

/** An exchange may take a millisecond longer for each of so many bytes: 16 kB a second is a slow phone. */
export const BYTES_PER_MS = 16;

/** How many silences an answer may have in sum. */
const SILENCES = 6;

/** How an answer is waited for. */
export interface Patience {
  /** Milliseconds until the first sign of it, which may be its head. */
  readonly first: number;
  /**
   * Milliseconds of silence after that. An answer of one part has six times as long for all of it, and longer for each byte
   * that comes: a byte now and then is no answer.
   */
  readonly silence: number;
  /** Where parts end, and who reads them. Default: the answer is one part. */
  readonly parts?: { readonly separator: string; take(answer: PollAnswer): void } | undefined;
}

/**
 * One request and its answer, from `start` to `end`: read as it comes, no further than the limits, never waited for without a
 * deadline. What is not an answer of 2xx is a {@link HandshakeError}, as for a WebSocket that was refused.
 */
export class Exchange {
  readonly #wire: Wire;
  readonly #request: PollRequest;
  readonly #patience: Patience;
  readonly #controller = new AbortController();
  readonly #answer: Deferred<PollAnswer> = deferred();
  #deadline: TimerHandle | undefined;
  /** When its head came, by the clock. */
  #headAt = 0;
  #isOver = false;

  constructor(wire: Wire, request: PollRequest, patience: Patience) {
    this.#wire = wire;
    this.#request = request;
    this.#patience = patience;
  }

  /** Sends it. @throws HandshakeError or ProtocolError. Never settles once it was ended. */
  start(): Promise<PollAnswer> {
    this.#await(this.#patience.first);
    this.#run().then(
      (answer) => this.#settle(() => this.#answer.resolve(answer)),
      (error) => this.#settle(() => this.#answer.reject(error)),
    );
    return this.#answer.promise;
  }

  /** Nobody waits for it any more. */
  end(): void {
    this.#isOver = true;
    this.#wire.clock.clearTimer(this.#deadline);
    this.#controller.abort();
  }

  #settle(tell: () => void): void {
    if (this.#isOver) return;
    this.end();
    tell();
  }

  #await(delay: number): void {
    const { clock } = this.#wire;
    clock.clearTimer(this.#deadline);
    if (this.#isOver || !Number.isFinite(delay)) return;
    const tooLate = (): HandshakeError =>
      new HandshakeError('TIMEOUT', {
        phase: 'http',
        detail: 'poll',
        server: this.#server,
        timeout: Math.max(Math.round(delay), 0),
      });
    this.#deadline = clock.setTimer(() => this.#settle(() => this.#answer.reject(tooLate())), delay);
  }

  /** So many bytes have come, and more is to. */
  #awaitMore(size: number): void {
    const { silence, parts } = this.#patience;
    const due = this.#headAt + silence * SILENCES + size / BYTES_PER_MS - this.#wire.clock.now();
    this.#await(parts === undefined ? Math.min(silence, due) : silence);
  }

  get #server(): string {
    return shownUrl(this.#request.url);
  }

  async #run(): Promise<PollAnswer> {
    const response = await this.#fetch();
    this.#wire.arrived(0);
    this.#headAt = this.#wire.clock.now();
    const { status } = response;
    const isGood = status >= 200 && status < 300;
    // What a refusal says is evidence, and worth no long wait: what has come by then must do.
    this.#await(isGood ? this.#patience.silence : REFUSAL_TIMEOUT_MS);
    if (!isGood) throw await this.#refusal(response);
    const headers = new Map<string, string>();
    response.headers.forEach((value, name) => {
      headers.set(name, value);
    });
    const { parts } = this.#patience;
    const part = (text: string, isLast = false): PollAnswer => ({ status, headers, text, isLast });
    let tail = '';
    const text = await this.#read(response, (left, piece) => {
      const whole = left + piece;
      if (parts === undefined) return whole;
      const { separator, take } = parts;
      // What came before this piece holds no separator, but may end with the beginning of one.
      const searched = tail + piece;
      const rest = searched.includes(separator) ? whole.split(separator) : undefined;
      const last = rest?.pop() ?? whole;
      for (const one of rest ?? []) if (!this.#isOver) take(part(one));
      tail = separator.length > 1 ? (rest ? last : searched).slice(1 - separator.length) : '';
      return last;
    });
    return part(text, true);
  }

  async #fetch(): Promise<PollResponse> {
    const { url, method, headers = {}, body } = this.#request;
    const { fetch, credentials } = this.#wire;
    try {
      return await fetch(String(url), {
        method: method ?? (body === undefined ? 'GET' : 'POST'),
        headers: [
          ...Object.entries(headers),
          ...this.#wire.headers.map(([name, value]) => [name, value] as [string, string]),
        ],
        ...(body === undefined ? {} : { body: body as string | Uint8Array<ArrayBuffer> }),
        ...(credentials === undefined ? {} : { credentials }),
        cache: 'no-store',
        redirect: 'manual',
        signal: this.#controller.signal,
      });
    } catch (error) {
      throw new HandshakeError('HANDSHAKE_OPAQUE', {
        phase: 'unknown',
        detail: 'fetch',
        server: this.#server,
        // Node says what happened one level below "fetch failed".
        cause: (error as { cause?: unknown } | null)?.cause ?? error,
      });
    }
  }

  async #refusal(response: PollResponse): Promise<HandshakeError> {
    const { status, statusText } = response;
    const fields: [string, string][] = [];
    response.headers.forEach((value, name) => {
      fields.push([name, value]);
    });
    const head = { minorVersion: 1, status, statusText, fields };
    const { maxRefusalBytes } = this.#wire.limits;
    let body = '';
    const done = deferred<void>();
    const wait = this.#wire.clock.setTimer(() => done.resolve(), REFUSAL_TIMEOUT_MS / 2);
    const read = readBody(response, (text, size) => {
      body = (body + text).slice(0, maxRefusalBytes);
      return size < maxRefusalBytes && !this.#isOver;
    });
    await Promise.race([read.catch(() => {}), done.promise]);
    this.#wire.clock.clearTimer(wait);
    return refusedError(head, body, [], 'poll');
  }

  /** `keep`: what was left, and the piece behind it; returns what is left of both. */
  async #read(response: PollResponse, keep: (left: string, piece: string) => string): Promise<string> {
    const { maxMessageBytes: limit } = this.#wire.limits;
    let left = '';
    let before = 0;
    try {
      await readBody(response, (text, size) => {
        this.#wire.arrived(size - before);
        before = size;
        this.#awaitMore(size);
        left = keep(left, text);
        const held = this.#patience.parts === undefined ? size : left.length;
        if (held <= limit) return !this.#isOver;
        throw new ProtocolError('MESSAGE_TOO_BIG', { closeCode: CloseCode.messageTooBig, limit, size: held });
      });
    } catch (error) {
      if (error instanceof ProtocolError) throw error;
      throw unreadable(this.#server, error);
    }
    return left;
  }
}

/** The error for an answer of 2xx that says nothing, or something else than it should. */
export function unreadable(server: string, cause: unknown, answer?: PollAnswer): HandshakeError {
  const { status, headers, text } = answer ?? {};
  return new HandshakeError('HANDSHAKE_MALFORMED', {
    phase: 'http',
    detail: 'answer',
    server,
    status,
    received: headers?.get('content-type'),
    body: text?.slice(0, MAX_SHOWN_CHARACTERS),
    cause,
  });
}

/** Of an answer that cannot be read so much is kept, as of a refused handshake. */
const MAX_SHOWN_CHARACTERS = 4096;

/** Tells every piece of the body, and how many bytes have come with it, until `take` says that it is enough. */
async function readBody(
  response: PollResponse,
  take: (text: string, size: number) => boolean,
): Promise<void> {
  if (!response.body) {
    const text = await response.text();
    take(text, new TextEncoder().encode(text).length);
    return;
  }
  const reader = response.body.getReader();
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (value !== undefined) size += value.byteLength;
      const text = decoder.decode(value, { stream: !done });
      if (!take(text, size) || done) return;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
