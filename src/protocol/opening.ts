import { HandshakeError, UsageError } from '../base/errors.ts';
import { acceptFor } from './accept.ts';
import { checkAnswer, isSwitching, redirectLocation, refusedError } from './handshake-response.ts';
import { fieldValues, HeadParser, type ResponseHead } from './http-head.ts';
import type { Limits } from './limits.ts';
import type { DeflateOffer } from './permessage-deflate.ts';
import type { AcceptedHandshake, Compression, TextDigest } from './ports.ts';
import { RefusalBody } from './refusal-body.ts';

/** What the answer to a handshake is held against. */
export interface OpeningRequest {
  /** The Sec-WebSocket-Key that was sent. */
  readonly key: string;
  /** The subprotocols that were offered. */
  readonly protocols: readonly string[];
  /** The compression that was offered, if any. */
  readonly deflate?: DeflateOffer | undefined;
  /** Default: a SHA-1 of our own. */
  readonly digest?: TextDigest | undefined;
  /** See {@link EngineOptions.cookies}. */
  readonly cookies?: ((cookies: readonly string[]) => void) | undefined;
}

/** What an engine needs until the server has agreed. */
export interface Opening {
  /** The request, until it is written. */
  request: string | undefined;
  readonly answer: OpeningAnswer;
  /** What to compress with, if that is agreed on. */
  readonly compression: Compression | undefined;
}

/** Reads the answer to one opening handshake: its head, and its body if it is a refusal. */
export class OpeningAnswer {
  readonly #head: HeadParser;
  readonly #limits: Limits;
  readonly #request: OpeningRequest;
  #refusal: { head: ResponseHead; body: RefusalBody } | undefined;

  constructor(request: OpeningRequest, limits: Limits) {
    this.#head = new HeadParser(limits);
    this.#limits = limits;
    this.#request = request;
  }

  /** Set once the server has agreed. */
  accepted: AcceptedHandshake | undefined;

  /** Whether the server has refused; the rest of its answer may still be on the way. */
  get refused(): boolean {
    return this.#refusal !== undefined;
  }

  /** Whether a refusal has been read as far as it is worth. */
  get refusalComplete(): boolean {
    return this.#refusal?.body.complete === true;
  }

  /** Where a refusal points to (RFC 9110, 15.4), as it stands: it may hold secrets. */
  get location(): string | undefined {
    return this.#refusal && redirectLocation(this.#refusal.head);
  }

  /**
   * Takes bytes of the answer.
   *
   * @returns where the answer ends; frames may follow in the same chunk
   * @throws HandshakeError for an answer that cannot be read or breaks a rule
   */
  receive(chunk: Uint8Array, start: number, end: number): number {
    if (this.#refusal !== undefined) {
      this.#refusal.body.push(chunk, start, end);
      return end;
    }
    const at = this.#head.push(chunk, start, end);
    const { head } = this.#head;
    if (head === undefined) return at;
    this.#request.cookies?.(fieldValues(head, 'set-cookie'));
    if (isSwitching(head)) {
      const { key, protocols, deflate, digest } = this.#request;
      this.accepted = checkAnswer(head, acceptFor(key, digest), protocols, deflate);
      return at;
    }
    this.#refusal = { head, body: new RefusalBody(head, this.#limits.maxRefusalBytes) };
    return this.receive(chunk, at, end);
  }

  /** The error of a refusal, with the body as far as it has come; undefined if the server did not refuse. */
  refusalError(): HandshakeError | undefined {
    return (
      this.#refusal && refusedError(this.#refusal.head, this.#refusal.body.text(), this.#request.protocols)
    );
  }
}

/** The error for a connection that ended before there was an answer, with or without a `cause`. */
export function endedEarly(cause: unknown): HandshakeError {
  return new HandshakeError('HANDSHAKE_CLOSED', { phase: 'http', cause });
}

/** The error for an engine that is opened again. */
export function openedTwice(): UsageError {
  return new UsageError('INVALID_STATE', { detail: 'opened-twice' });
}
