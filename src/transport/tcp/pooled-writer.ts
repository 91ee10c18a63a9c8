import type { Socket } from 'node:net';
import type { FrameWriter } from '../../protocol/ports.ts';
import { HIGH_WATER_MARK_BYTES } from '../high-water-mark.ts';
import type { TransportMemory } from './memory.ts';

/** One write takes no more than this, unless a single frame does: what is through is known, and freed, in steps. */
const MAX_WRITE_BYTES = 256 * 1024;

/** Frames that lie one after another in a block. */
interface Run {
  readonly block: Uint8Array;
  /** How much of the block is filled. */
  size: number;
  /** How much of that is payload of messages. */
  payload: number;
}

/** The part of `net.Socket` that is written to. */
export type WritableSocket = Pick<Socket, 'write' | 'cork' | 'uncork' | 'end'>;

/**
 * Collects frames in shared blocks and writes them once: at the end of the current tick (a microtask), or when
 * {@link flush} is called. While the system has not taken the last write, frames go on collecting, so at most one
 * write is under way and small frames never cost a block each.
 */
export class PooledWriter implements FrameWriter {
  memory: Uint8Array = new Uint8Array(0);
  offset = 0;
  /** Bytes of message payload that the system has not taken yet. */
  bufferedPayload = 0;
  readonly #shared: TransportMemory;
  readonly #onDrain: () => void;
  #socket: WritableSocket | undefined;
  /** Filled, not yet written; frames are added to the last one. */
  #runs: Run[] = [];
  #inFlight: readonly Run[] = [];
  /** All bytes that the system has not taken yet, payload or not. */
  #waiting = 0;
  #wasCongested = false;
  #isScheduled = false;
  #isEnding = false;

  /** `onDrain` is called when the writer has been congested and is no more. */
  constructor(shared: TransportMemory, onDrain: () => void) {
    this.#shared = shared;
    this.#onDrain = onDrain;
  }

  get congested(): boolean {
    return this.#waiting > HIGH_WATER_MARK_BYTES;
  }

  /** Where to write to. What was committed before waits for the next flush. */
  attach(socket: WritableSocket): void {
    this.#socket = socket;
  }

  reserve(size: number): void {
    let run = this.#runs.at(-1);
    if (run === undefined || run.block.length - run.size < size) {
      run = { block: this.#shared.acquire(size), size: 0, payload: 0 };
      this.#runs.push(run);
    }
    this.memory = run.block;
    this.offset = run.size;
  }

  commit(size: number, payload: number): void {
    const run = this.#runs.at(-1) as Run;
    run.size += size;
    run.payload += payload;
    this.bufferedPayload += payload;
    this.#waiting += size;
    this.#wasCongested ||= this.congested;
    if (!this.#isScheduled) {
      this.#isScheduled = true;
      queueMicrotask(this.#flushScheduled);
    }
  }

  /** Writes now what has been collected, in one call to the system, unless a write is under way. */
  flush(): void {
    const socket = this.#socket;
    if (socket === undefined || this.#inFlight.length > 0 || this.#runs.length === 0) return;
    const runs = this.#take();
    this.#inFlight = runs;
    if (runs.length > 1) socket.cork();
    for (const [index, { block, size }] of runs.entries()) {
      const bytes = Buffer.from(block.buffer, block.byteOffset, size);
      if (index < runs.length - 1) socket.write(bytes);
      else socket.write(bytes, this.#written);
    }
    if (runs.length > 1) socket.uncork();
  }

  /** Ends our side of the stream once everything has been written. */
  end(): void {
    this.#isEnding = true;
    this.flush();
    if (this.#inFlight.length === 0) this.#socket?.end();
  }

  /** Nothing more will be written. */
  discard(): void {
    this.#runs = [];
    this.#socket = undefined;
    this.memory = new Uint8Array(0);
  }

  /** The first runs, up to the most that one write takes, and at least one. */
  #take(): Run[] {
    let bytes = 0;
    let count = 0;
    for (const { size } of this.#runs) {
      if (count > 0 && bytes + size > MAX_WRITE_BYTES) break;
      bytes += size;
      count += 1;
    }
    return this.#runs.splice(0, count);
  }

  readonly #flushScheduled = (): void => {
    this.#isScheduled = false;
    this.flush();
  };

  readonly #written = (error?: Error | null): void => {
    const runs = this.#inFlight;
    this.#inFlight = [];
    // The socket's 'error' event tells of a failure; these blocks may still be in use then.
    if (error) return;
    for (const { block, size, payload } of runs) {
      this.#waiting -= size;
      this.bufferedPayload -= payload;
      this.#shared.release(block);
    }
    this.flush();
    if (this.#isEnding && this.#inFlight.length === 0) this.#socket?.end();
    if (this.#wasCongested && !this.congested) {
      this.#wasCongested = false;
      this.#onDrain();
    }
  };
}
