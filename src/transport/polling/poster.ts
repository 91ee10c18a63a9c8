import { dataSize, isBlob, snapshot } from '../send-data.ts';
import type { SendData } from '../transport.ts';
import type { PollMessage } from './options.ts';

/** What is sent together, at most, in bytes of payload; one message may be longer. Servers limit a request to about 1 MB. */
export const MAX_BATCH_BYTES: number = 512 * 1024;

/** Who puts batches into requests. */
export interface PosterPorts {
  /** Most messages of one batch. */
  readonly maxBatch: number;
  /** Above so many waiting bytes `drained` is told once there are no more than that. */
  readonly highWaterMark: number;
  /** Sends a batch, and calls `taken` when the server has it. */
  post(messages: readonly PollMessage[], taken: () => void): void;
  /** What waits is back below the mark. */
  drained(): void;
  /** Everything was taken, or there was nothing. */
  idle(): void;
  /** A Blob could not be read. */
  failed(error: unknown): void;
}

/** The lane for sending: messages in the order of their calls, those of one turn together, one batch under way at a time. */
export class Poster {
  readonly #ports: PosterPorts;
  #queue: SendData[] = [];
  #bytes = 0;
  #isBusy = false;
  #isOverMark = false;
  /** Bytes of payload that the server has. */
  bytesSent = 0;

  constructor(ports: PosterPorts) {
    this.#ports = ports;
  }

  /** Bytes of payload that the server does not have yet. */
  get bufferedAmount(): number {
    return this.#bytes;
  }

  /** Whether nothing waits and nothing is under way. */
  get isIdle(): boolean {
    return this.#queue.length === 0 && !this.#isBusy;
  }

  add(data: SendData): void {
    this.#queue.push(snapshot(data));
    this.#bytes += dataSize(data);
    this.#isOverMark ||= this.#bytes > this.#ports.highWaterMark;
    // What the same turn of the program sends leaves in the same request.
    if (!this.#isBusy) this.#begin(Promise.resolve());
  }

  /** Nothing is sent any more. */
  stop(): void {
    this.#queue = [];
    this.#isBusy = true;
  }

  #begin(turn: Promise<void>): void {
    this.#isBusy = true;
    turn.then(() => this.#next()).catch((error: unknown) => this.#ports.failed(error));
  }

  async #next(): Promise<void> {
    const { maxBatch } = this.#ports;
    let bytes = 0;
    let count = 0;
    for (const data of this.#queue) {
      const size = dataSize(data);
      if (count === maxBatch || (count > 0 && bytes + size > MAX_BATCH_BYTES)) break;
      bytes += size;
      count++;
    }
    const batch = this.#queue.splice(0, count);
    const messages: PollMessage[] = [];
    for (const data of batch) messages.push(isBlob(data) ? await bytesOf(data) : plain(data));
    // It was stopped before its turn came.
    if (messages.length === 0) return;
    this.#ports.post(messages, () => this.#taken(bytes));
  }

  #taken(bytes: number): void {
    this.#bytes -= bytes;
    this.bytesSent += bytes;
    if (this.#queue.length > 0) this.#begin(Promise.resolve());
    else this.#isBusy = false;
    if (this.#isOverMark && this.#bytes <= this.#ports.highWaterMark) {
      this.#isOverMark = false;
      this.#ports.drained();
    }
    if (this.isIdle) this.#ports.idle();
  }
}

async function bytesOf(blob: Blob): Promise<Uint8Array> {
  return new Uint8Array(await blob.arrayBuffer());
}

function plain(data: Exclude<SendData, Blob>): PollMessage {
  // As a WebSocket sends them: half a character is none (WHATWG WebSockets: USVString).
  if (typeof data === 'string') return data.replace(/\p{Surrogate}/gu, '\uFFFD');
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
