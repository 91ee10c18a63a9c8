import { utf8Length } from '../../protocol/utf8.ts';
import { isBlob } from '../send-data.ts';

/** What waits for its turn: a message, or something to be done after the messages before it. */
type Entry =
  | {
      readonly data: string | Uint8Array | Blob;
      readonly bytes: number;
      readonly compress: boolean | undefined;
    }
  | (() => void);

/** Sends a message whose turn has come. */
type Send = (data: string | Uint8Array, compress: boolean | undefined) => void;

/**
 * Keeps messages in order where some of them are Blobs, which can only be read asynchronously. What is sent
 * behind an unread Blob waits here; as long as there is none, nothing comes here.
 */
export class BlobQueue {
  readonly #send: Send;
  readonly #onFailure: (cause: unknown) => void;
  #entries: Entry[] = [];
  #isReading = false;
  /** Bytes of the messages that came in here and did not leave; those that were cleared count for ever. */
  bytes = 0;

  /** `send` gets the messages, each in its turn; `onFailure` the reason why a Blob cannot be read. */
  constructor(send: Send, onFailure: (cause: unknown) => void) {
    this.#send = send;
    this.#onFailure = onFailure;
  }

  /** Whether something waits here, so that whatever follows must wait too. */
  get isWaiting(): boolean {
    return this.#entries.length > 0;
  }

  /** Adds a message. Bytes must not be changed any more. */
  push(data: string | Uint8Array | Blob, compress?: boolean): void {
    const bytes = typeof data === 'string' ? utf8Length(data) : isBlob(data) ? data.size : data.length;
    this.bytes += bytes;
    this.#entries.push({ data, bytes, compress });
    void this.#run();
  }

  /** Calls `action` after the messages that were added before. */
  pushAction(action: () => void): void {
    this.#entries.push(action);
    void this.#run();
  }

  /** Sends nothing of what waits here. */
  clear(): void {
    this.#entries = [];
  }

  async #run(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    for (let entry = this.#entries[0]; entry !== undefined; entry = this.#entries[0]) {
      if (typeof entry === 'function') {
        this.#entries.shift();
        entry();
        continue;
      }
      const data = isBlob(entry.data) ? await this.#read(entry.data) : entry.data;
      // Cleared meanwhile, by a Blob that cannot be read or by the end of the connection.
      if (data === undefined || this.#entries[0] !== entry) continue;
      this.#entries.shift();
      this.bytes -= entry.bytes;
      this.#send(data, entry.compress);
    }
    this.#isReading = false;
  }

  async #read(blob: Blob): Promise<Uint8Array | undefined> {
    try {
      return new Uint8Array(await blob.arrayBuffer());
    } catch (error) {
      this.clear();
      this.#onFailure(error);
      return undefined;
    }
  }
}
