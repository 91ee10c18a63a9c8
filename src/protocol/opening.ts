import { HandshakeError, UsageError } from '../base/errors.ts';
import { acceptFor } from './accept.ts';
import { checkAnswer, isSwitching, redirectLocation, refusedError } from './handshake-response.ts';
import { HeadParser, type ResponseHead } from './http-head.ts';
import type { Limits } from './limits.ts';
import type { DeflateOffer } from './permessage-deflate.ts';
import type { AcceptedHandshake, TextDigest } from './ports.ts';
import { RefusalBody } from './refusal-body.ts';

/** Reads the answer to one opening handshake: its head, and its body if it is a refusal. */
export class OpeningAnswer {
  readonly #head: HeadParser;
  readonly #limits: Limits;
  readonly #key: string;
  readonly #offered: readonly string[];
  readonly #deflate: DeflateOffer | undefined;
  readonly #digest: TextDigest | undefined;
  #refusal: { head: ResponseHead; body: RefusalBody } | undefined;

  constructor(
    key: string,
    offered: readonly string[],
    limits: Limits,
    deflate?: DeflateOffer,
    digest?: TextDigest,
  ) {
    this.#head = new HeadParser(limits);
    this.#limits = limits;
    this.#key = key;
    this.#offered = offered;
    this.#deflate = deflate;
    this.#digest = digest;
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
    if (isSwitching(head)) {
      this.accepted = checkAnswer(head, acceptFor(this.#key, this.#digest), this.#offered, this.#deflate);
      return at;
    }
    this.#refusal = { head, body: new RefusalBody(head, this.#limits.maxRefusalBytes) };
    return this.receive(chunk, at, end);
  }

  /** The error of a refusal, with the body as far as it has come; undefined if the server did not refuse. */
  refusalError(): HandshakeError | undefined {
    return this.#refusal && refusedError(this.#refusal.head, this.#refusal.body.text(), this.#offered);
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
