import type { ClientEngine } from '../../protocol/engine.ts';
import { joined } from './bytes.ts';

/**
 * How much is inflated at a time before the reader is asked again whether it can take more: deflate swells up to 1,032
 * times, so that one read of 64 KiB could be 64 MiB of messages.
 */
const COMPRESSED_STEP_BYTES = 4 * 1024;

const NOTHING: Uint8Array = /* @__PURE__ */ new Uint8Array(0);

/** What the way of the bytes depends on. */
export interface IntakeOwner {
  /** The engine that reads: another one after each redirect. */
  readonly engine: ClientEngine;
  /** Whether messages can be sent, and so whether a pause of the reader counts. */
  readonly isOpen: boolean;
  /** A sink has thrown. */
  listenerFailed(error: unknown): void;
}

/** The way of bytes from the socket to the engine: at once, or kept while the reader is slow or has something to answer. */
export class Intake {
  bytesReceived = 0;
  /** When something was last read, by the clock. */
  heardAt: number | undefined;
  /** The reader wants no more for now. */
  isPaused = false;
  /** Known when it opens; until then compressed messages may stand right behind the server's answer. */
  mayInflate = true;
  /** The server has ended its side. */
  hasEnded = false;
  readonly #owner: IntakeOwner;
  /** Bytes that came before a pause took hold, still to be read. Seldom more than one read of the socket. */
  #kept: Uint8Array | undefined;
  /** Where the socket was told to read to, if that is in the middle of a message. */
  #room: Uint8Array | undefined;

  constructor(owner: IntakeOwner) {
    this.#owner = owner;
  }

  /** Whether bytes wait here. */
  get isKeeping(): boolean {
    return this.#kept !== undefined;
  }

  /** Where the next bytes belong, if not to the shared memory. */
  room(): Uint8Array | undefined {
    // What is kept has to be read first, and may change where the next bytes belong.
    this.#room = this.#kept === undefined ? this.#owner.engine.room : undefined;
    return this.#room;
  }

  /** Takes what the socket has read, `now`. */
  read(chunk: Uint8Array, length: number, now: number): void {
    this.bytesReceived += length;
    this.heardAt = now;
    const isHeld = this.#owner.engine.state === 'held';
    if (this.#kept === undefined && !isHeld) this.#receive(chunk, length);
    else this.#kept = joined(this.#kept ?? NOTHING, chunk, length);
  }

  /** Reads what was kept, as far as the reader takes it. */
  readKept(): void {
    const kept = this.#kept;
    if (kept === undefined || this.#owner.engine.state === 'held') return;
    this.#kept = undefined;
    this.#receive(kept, kept.length);
  }

  /** Forgets what was kept. */
  drop(): void {
    this.#kept = undefined;
  }

  #receive(chunk: Uint8Array, length: number): void {
    const { engine } = this.#owner;
    try {
      let at = 0;
      do {
        const isWhole = !this.mayInflate || chunk === this.#room;
        const end = isWhole ? length : Math.min(at + COMPRESSED_STEP_BYTES, length);
        at = engine.receive(chunk, at, end);
        // A slow reader holds up what came; nothing does when the connection ends.
      } while (at < length && engine.state !== 'held' && !(this.isPaused && this.#owner.isOpen));
      // A copy, also out of a Buffer, whose own slice() shares the memory.
      if (at < length) this.#kept = new Uint8Array(chunk.subarray(at, length));
    } catch (error) {
      this.#owner.listenerFailed(error);
    }
  }
}
