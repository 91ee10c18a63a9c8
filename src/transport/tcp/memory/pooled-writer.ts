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

/** What a writer has before it is used: no room at all. */
const NO_BLOCK: FrameBlock = /* @__PURE__ */ Object.freeze({
  memory: new Uint8Array(0),
  view: undefined,
  start: 0,
  limit: 0,
  end: 0,
  payload: 0,
});

/** Stands for an empty list, so that an idle connection needs none of its own. */
const NO_BLOCKS: readonly FrameBlock[] = [];

/** The part of `net.Socket` that is written to. */
export type WritableSocket = Pick<
  Socket,
  'write' | 'cork' | 'uncork' | 'end' | 'writableLength' | 'destroyed' | 'errored'
>;

/** What a `net.Socket` tells of the bytes given to it. */
interface CountingSocket {
  readonly bytesWritten?: number;
  readonly _handle?: { readonly writeQueueSize?: number } | null;
}

/** What a writer belongs to. */
export interface WriterOwner {
  /** The writer has been congested and is no more. */
  drained(): void;
}

/**
 * - `idle`: nothing waits for the end of the tick
 * - `scheduled`: what was collected leaves at the end of the tick
 * - `held`: it waits, until the owner lets go
 * - `ending`: nothing more is collected; the stream ends when all is written
 */
type WriterState = 'idle' | 'scheduled' | 'held' | 'ending';

/** What has left the current block, on its way to the system. */
interface WriteQueue {
  /** Full, not yet written. */
  full: readonly FrameBlock[];
  /** In the write that is under way. */
  inFlight: readonly FrameBlock[];
  /** All bytes in those blocks, and of the writes below, payload or not. */
  bytes: number;
  /** Writes that the system took at once. Their blocks are free; that they are through is told when Node says so. */
  taken: number;
  takenBytes: number;
  takenPayload: number;
}

/**
 * Collects frames in shared blocks and writes them once: at the end of the current tick (a microtask), when a block of a
 * large message is full, or when {@link flush} is called. While the system has not taken the last write, frames go on
 * collecting, so at most one write is under way and small frames never cost a block each.
 */
export class PooledWriter implements FrameWriter {
  offset = 0;
  /** Bytes of message payload that the system has not taken yet. */
  bufferedPayload = 0;
  readonly #pool: FramePool;
  readonly #owner: WriterOwner;
  readonly #mark: number;
  #socket: WritableSocket | undefined;
  #state: WriterState = 'idle';
  /** What frames are added to, from `offset` to its limit. Its `end` is told when it is full or written. */
  #block: FrameBlock = NO_BLOCK;
  readonly #queue: WriteQueue = {
    full: NO_BLOCKS,
    inFlight: NO_BLOCKS,
    bytes: 0,
    taken: 0,
    takenBytes: 0,
    takenPayload: 0,
  };
  /** Whether the last tick filled a small block: a sender of much gets large ones. */
  #sendsMuch = false;
  #wasCongested = false;

  /** @param mark - bytes that may wait before it counts as congested */
  constructor(pool: FramePool, owner: WriterOwner, mark: number = HIGH_WATER_MARK_BYTES) {
    this.#pool = pool;
    this.#owner = owner;
    this.#mark = mark;
  }

  /** Grows with every byte that the system takes, also of a write that is still under way. */
  get bytesSent(): number {
    const { bytesWritten, _handle } = (this.#socket ?? {}) as CountingSocket;
    // `net.Socket` looks there itself, to see whether a long write gets on. A stream of the user's own has neither.
    return bytesWritten === undefined ? -this.bufferedPayload : bytesWritten - (_handle?.writeQueueSize ?? 0);
  }

  get memory(): Uint8Array {
    return this.#block.memory;
  }

  get view(): DataView | undefined {
    return this.#block.view;
  }

  get congested(): boolean {
    return this.#queue.bytes + this.offset - this.#block.start > this.#mark;
  }

  /** Where to write to. What was committed before waits for the next flush. */
  attach(socket: WritableSocket): void {
    this.#socket = socket;
  }

  reserve(size: number): void {
    if (this.#block.limit - this.offset < size) this.#take(size);
  }

  commit(size: number, payload: number): void {
    this.offset += size;
    this.bufferedPayload += payload;
    this.#block.payload += payload;
    if (this.#state !== 'idle') return;
    this.#state = 'scheduled';
    this.#pool.flushSoon(this);
  }

  /** The tick ends for which {@link commit} has waited. */
  tickEnded(): void {
    if (this.#state !== 'scheduled') return;
    this.#state = 'idle';
    this.flush();
  }

  /** Writes now what has been collected, in one call to the system, unless a write is under way. */
  flush(): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    const queue = this.#queue;
    while (queue.inFlight.length === 0) {
      if (queue.full.length === 0 && this.offset === this.#block.start) return;
      const blocks = this.#next();
      this.#write(socket, blocks);
      // What a socket no longer counts is with the system; one that has failed may count nothing.
      if (socket.writableLength !== 0 || socket.destroyed || socket.errored) return;
      queue.inFlight = NO_BLOCKS;
      queue.taken++;
      for (const block of blocks) {
        queue.takenBytes += block.end - block.start;
        queue.takenPayload += block.payload;
        this.#pool.release(block);
      }
    }
  }

  /** True: nothing leaves at the end of a tick any more, though {@link flush} still writes. False: ends that, and writes. */
  hold(isHeld: boolean): void {
    if (this.#state !== 'ending') this.#state = isHeld ? 'held' : 'idle';
    if (!isHeld) this.flush();
  }

  /** Ends our side of the stream once everything has been written. */
  end(): void {
    this.#state = 'ending';
    this.flush();
    if (this.#queue.inFlight.length === 0) this.#socket?.end();
  }

  /** Nothing more will be written: the socket is closed, so that it reads none of the blocks any more, or never was. */
  discard(): void {
    this.#socket = undefined;
    this.#seal();
    for (const block of this.#queue.inFlight) this.#pool.release(block);
    for (const block of this.#queue.full) this.#pool.release(block);
    this.#queue.inFlight = NO_BLOCKS;
    this.#queue.full = NO_BLOCKS;
  }

  /** Makes room for `size` bytes in another block. */
  #take(size: number): void {
    // A stream of the user's own, which counts nothing here, may answer within a write: in the middle of a frame.
    const isEarly = this.#queue.bytes + this.offset - this.#block.start >= EARLY_WRITE_BYTES;
    if (isEarly && this.#socket?.writableLength === 0) this.flush();
    if (this.#seal()) this.#sendsMuch = true;
    const block = this.#pool.acquire(this.#sendsMuch ? Math.max(size, BLOCK_BYTES + 1) : size);
    this.#block = block;
    this.offset = block.start;
  }

  /**
   * Adds nothing more to the block, so that an idle connection does not hold memory that the pool gives back. Returns
   * whether there is something in it.
   */
  #seal(): boolean {
    const block = this.#block;
    if (block === NO_BLOCK) return false;
    const end = this.offset;
    const size = end - block.start;
    this.#block = NO_BLOCK;
    this.offset = 0;
    if (size === 0) {
      this.#pool.release(block);
      return false;
    }
    const queue = this.#queue;
    block.end = end;
    queue.bytes += size;
    if (queue.full === NO_BLOCKS) queue.full = [block];
    else (queue.full as FrameBlock[]).push(block);
    return true;
  }

  /** The first blocks, up to the most that one write takes, and at least one. */
  #next(): readonly FrameBlock[] {
    this.#seal();
    const queue = this.#queue;
    let bytes = 0;
    let count = 0;
    for (const { start, end } of queue.full) {
      if (count > 0 && bytes + end - start > MAX_WRITE_BYTES) break;
      bytes += end - start;
      count += 1;
    }
    const isAll = count === queue.full.length;
    const blocks = isAll ? queue.full : (queue.full as FrameBlock[]).splice(0, count);
    if (isAll) queue.full = NO_BLOCKS;
    if (bytes <= BLOCK_BYTES) this.#sendsMuch = false;
    queue.inFlight = blocks;
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

  readonly #written = (error?: Error | null): void => {
    this.#wasCongested ||= this.congested;
    const queue = this.#queue;
    if (queue.taken > 0) {
      // Of several such writes the first tells of all: they are through.
      queue.taken--;
      queue.bytes -= queue.takenBytes;
      this.bufferedPayload -= queue.takenPayload;
      queue.takenBytes = queue.takenPayload = 0;
    } else {
      // The socket's 'error' event tells of a failure; these blocks may still be in use then, until it is closed.
      if (error || this.#socket === undefined) return;
      const blocks = queue.inFlight;
      queue.inFlight = NO_BLOCKS;
      for (const block of blocks) {
        queue.bytes -= block.end - block.start;
        this.bufferedPayload -= block.payload;
        this.#pool.release(block);
      }
      this.flush();
      if (this.#state === 'ending' && queue.inFlight.length === 0) this.#socket.end();
    }
    if (this.#wasCongested && !this.congested) {
      this.#wasCongested = false;
      this.#owner.drained();
    }
  };
}
