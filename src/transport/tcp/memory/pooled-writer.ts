import type { Socket } from 'node:net';
import type { FrameWriter } from '../../../protocol/ports.ts';
import { HIGH_WATER_MARK_BYTES } from '../../high-water-mark.ts';
import { BLOCK_BYTES, type FrameBlock, type FramePool } from './frame-pool.ts';

/** One write takes no more than this, unless a single frame does: what is through is known, and freed, in steps. */
const MAX_WRITE_BYTES = 256 * 1024;

/**
 * As much is written before the tick ends, when the block is full: that goes from the processor's cache to the system, and
 * the block is free for the next frames.
 */
const EARLY_WRITE_BYTES = 128 * 1024;

const NO_MEMORY: Uint8Array = new Uint8Array(0);

/** The part of `net.Socket` that is written to. */
export type WritableSocket = Pick<
  Socket,
  'write' | 'cork' | 'uncork' | 'end' | 'writableLength' | 'destroyed' | 'errored'
>;

/**
 * Collects frames in shared blocks and writes them once: at the end of the current tick (a microtask), when a block of a
 * large message is full, or when {@link flush} is called. While the system has not taken the last write, frames go on
 * collecting, so at most one write is under way and small frames never cost a block each.
 */
export class PooledWriter implements FrameWriter {
  memory: Uint8Array = NO_MEMORY;
  view: DataView | undefined;
  offset = 0;
  /** Bytes of message payload that the system has not taken yet. */
  bufferedPayload = 0;
  readonly #pool: FramePool;
  readonly #onDrain: () => void;
  #socket: WritableSocket | undefined;
  /** What frames are added to, from `offset` to `#limit`. Its `end` is told when it is full or written. */
  #block: FrameBlock | undefined;
  #start = 0;
  #limit = 0;
  /** Full, not yet written. */
  #full: FrameBlock[] = [];
  #inFlight: FrameBlock[] = [];
  /** All bytes in full blocks and those in flight, payload or not. */
  #waiting = 0;
  /** Writes that the system took at once. Their blocks are free; that they are through is told when Node says so. */
  #taken = 0;
  #takenBytes = 0;
  #takenPayload = 0;
  /** Whether the last tick filled a small block: a sender of much gets large ones. */
  #sendsMuch = false;
  #wasCongested = false;
  #isScheduled = false;
  #isHeld = false;
  #isEnding = false;

  /** `onDrain` is called when the writer has been congested and is no more. */
  constructor(pool: FramePool, onDrain: () => void) {
    this.#pool = pool;
    this.#onDrain = onDrain;
  }

  get congested(): boolean {
    return this.#waiting + this.offset - this.#start > HIGH_WATER_MARK_BYTES;
  }

  /** Where to write to. What was committed before waits for the next flush. */
  attach(socket: WritableSocket): void {
    this.#socket = socket;
  }

  reserve(size: number): void {
    if (this.#limit - this.offset < size) this.#take(size);
  }

  commit(size: number, payload: number): void {
    this.offset += size;
    this.bufferedPayload += payload;
    (this.#block as FrameBlock).payload += payload;
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    void this.#pool.settled.then(this.#flushScheduled);
  }

  /** Writes now what has been collected, in one call to the system, unless a write is under way. */
  flush(): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    while (this.#inFlight.length === 0) {
      if (this.#full.length === 0 && this.offset === this.#start) return;
      const blocks = this.#next();
      this.#write(socket, blocks);
      // What a socket no longer counts is with the system; one that has failed may count nothing.
      if (socket.writableLength !== 0 || socket.destroyed || socket.errored) return;
      this.#inFlight = [];
      this.#taken++;
      for (const block of blocks) {
        this.#takenBytes += block.end - block.start;
        this.#takenPayload += block.payload;
        this.#pool.release(block);
      }
    }
  }

  /** True: nothing leaves at the end of a tick any more, though {@link flush} still writes. False: ends that, and writes. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    if (!isHeld) this.flush();
  }

  /** Ends our side of the stream once everything has been written. */
  end(): void {
    this.#isEnding = true;
    this.flush();
    if (this.#inFlight.length === 0) this.#socket?.end();
  }

  /** Nothing more will be written: the socket is closed, so that it reads none of the blocks any more, or never was. */
  discard(): void {
    this.#socket = undefined;
    this.#seal();
    for (const block of this.#inFlight) this.#pool.release(block);
    for (const block of this.#full) this.#pool.release(block);
    this.#inFlight = [];
    this.#full = [];
    this.#forget();
  }

  /** An idle connection must not hold the memory that the pool gives back. */
  #forget(): void {
    this.memory = NO_MEMORY;
    this.view = undefined;
    this.offset = this.#start = this.#limit = 0;
  }

  /** Makes room for `size` bytes in another block. */
  #take(size: number): void {
    // A stream of the user's own, which counts nothing here, may answer within a write: in the middle of a frame.
    const isEarly = this.#waiting + this.offset - this.#start >= EARLY_WRITE_BYTES;
    if (isEarly && this.#socket?.writableLength === 0) this.flush();
    if (this.#seal()) this.#sendsMuch = true;
    const block = this.#pool.acquire(this.#sendsMuch ? Math.max(size, BLOCK_BYTES + 1) : size);
    this.#block = block;
    this.memory = block.memory;
    this.view = block.view;
    this.offset = this.#start = block.start;
    this.#limit = block.limit;
  }

  /** Adds nothing more to the block. Returns whether there is something in it. */
  #seal(): boolean {
    const block = this.#block;
    if (block === undefined) return false;
    const end = this.offset;
    const size = end - this.#start;
    this.#block = undefined;
    this.#forget();
    if (size === 0) {
      this.#pool.release(block);
      return false;
    }
    block.end = end;
    this.#waiting += size;
    this.#full.push(block);
    return true;
  }

  /** The first blocks, up to the most that one write takes, and at least one. */
  #next(): FrameBlock[] {
    this.#seal();
    let bytes = 0;
    let count = 0;
    for (const { start, end } of this.#full) {
      if (count > 0 && bytes + end - start > MAX_WRITE_BYTES) break;
      bytes += end - start;
      count += 1;
    }
    const blocks = count === this.#full.length ? this.#full : this.#full.splice(0, count);
    if (blocks === this.#full) this.#full = [];
    if (bytes <= BLOCK_BYTES) this.#sendsMuch = false;
    this.#inFlight = blocks;
    return blocks;
  }

  #write(socket: WritableSocket, blocks: readonly FrameBlock[]): void {
    const last = blocks.length - 1;
    if (last > 0) socket.cork();
    for (let index = 0; index <= last; index++) {
      const { memory, start, end } = blocks[index] as FrameBlock;
      const bytes = Buffer.from(memory.buffer, start, end - start);
      if (index < last) socket.write(bytes);
      else socket.write(bytes, this.#written);
    }
    if (last > 0) socket.uncork();
  }

  readonly #flushScheduled = (): void => {
    this.#isScheduled = false;
    if (!this.#isHeld) this.flush();
  };

  readonly #written = (error?: Error | null): void => {
    this.#wasCongested ||= this.congested;
    if (this.#taken > 0) {
      // Of several such writes the first tells of all: they are through.
      this.#taken--;
      this.#waiting -= this.#takenBytes;
      this.bufferedPayload -= this.#takenPayload;
      this.#takenBytes = this.#takenPayload = 0;
    } else {
      // The socket's 'error' event tells of a failure; these blocks may still be in use then, until it is closed.
      if (error || this.#socket === undefined) return;
      const blocks = this.#inFlight;
      this.#inFlight = [];
      for (const block of blocks) {
        this.#waiting -= block.end - block.start;
        this.bufferedPayload -= block.payload;
        this.#pool.release(block);
      }
      this.flush();
      if (this.#isEnding && this.#inFlight.length === 0) this.#socket.end();
    }
    if (this.#wasCongested && !this.congested) {
      this.#wasCongested = false;
      this.#onDrain();
    }
  };
}
