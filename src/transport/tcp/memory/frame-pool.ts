import type { Clock, TimerHandle } from '../../../base/clock.ts';
import { reportUncaught } from '../../../base/emitter.ts';
import { STEP_BYTES } from '../../../protocol/frame-writing.ts';
import { maskInPlace } from '../../../protocol/mask.ts';
import type { Masker } from '../../../protocol/ports.ts';
import { createSimdMemory, type SimdMemory } from './simd-masker.ts';

/** A thousand small frames fit in. */
export const BLOCK_BYTES: number = 64 * 1024;

/** A step of a large frame fits in, or what a busy tick sends. */
export const LARGE_BLOCK_BYTES: number = STEP_BYTES;

/** Small blocks in the pool: 1 MiB. */
const MAX_BLOCKS = 16;

/** Large blocks in WebAssembly's memory: 16 MiB, which takes no space before it is used. */
const MAX_LARGE_BLOCKS = 64;

/** Large blocks that are kept where there is no WebAssembly: 1 MiB. */
const MAX_PLAIN_LARGE_BLOCKS = 4;

/** From this payload on masking by WebAssembly is worth having: shorter ones alone never load it. */
const SIMD_FROM_BYTES = 512;

/**
 * As much in such payloads is masked without it first: to load it, and to collect it later, costs milliseconds of CPU, of
 * which a short connection takes half a one.
 */
export const SIMD_AFTER_BYTES: number = 1024 * 1024;

/**
 * Large blocks, and the memory of WebAssembly, are given back when nothing was sent for as long as this, or for twice as long
 * at most.
 */
export const IDLE_MS: number = 10_000;

/** Who waits for the end of a tick. */
export interface TickEnd {
  tickEnded(): void;
}

/** Part of a memory, to make frames in. */
export interface FrameBlock {
  readonly memory: Uint8Array;
  /** The same memory; undefined where there is none. */
  readonly view: DataView | undefined;
  /** Where in the memory the block begins. */
  readonly start: number;
  /** Where it ends. */
  readonly limit: number;
  /** Where what is filled of it ends. */
  end: number;
  /** How much of that is payload of messages. */
  payload: number;
}

/**
 * The blocks that frames are made in, for all connections of a transport. Once enough was sent in
 * messages of some size ({@link SIMD_AFTER_BYTES}) it moves into the memory of WebAssembly, where a message is copied once
 * and masked in place. It is bounded; who finds it empty gets fresh memory. A block comes back as soon as the system has
 * taken what is in it, so that the next one to send finds it still in the processor's cache. All but one small block is given
 * back when the last connection is gone, or when nothing was sent for {@link IDLE_MS} since there was a large one.
 */
export class FramePool {
  /** What waits for the end of a tick: cheaper than `queueMicrotask`, which makes a resource of each call for tracers. */
  readonly #settled: Promise<void> = Promise.resolve();
  /** Writers with something to write at the end of the tick. */
  readonly #due: TickEnd[] = [];
  /** Made when it is worth it; null if there is none to be had. */
  #simd: SimdMemory | null | undefined;
  /** What it would have masked, had it been there. */
  #missed = 0;
  #small: FrameBlock[] = [];
  #large: FrameBlock[] = [];
  #connections = 0;
  #wasUsed = false;
  #clock: Clock | undefined;
  #timer: TimerHandle | undefined;

  /** A connection begins, which may send. Its clock measures how long nothing was sent. */
  enter(clock: Clock): void {
    this.#connections++;
    this.#clock ??= clock;
  }

  /** A connection that entered will send no more. */
  leave(): void {
    this.#connections--;
    if (this.#connections > 0) return;
    this.#giveBack();
    this.#clock = undefined;
  }

  /** Tells `writer` when the current tick ends. */
  flushSoon(writer: TickEnd): void {
    if (this.#due.push(writer) === 1) void this.#settled.then(this.#endTick);
  }

  readonly #endTick = (): void => {
    for (let writer = this.#due.pop(); writer !== undefined; writer = this.#due.pop()) {
      try {
        writer.tickEnded();
      } catch (error) {
        // A stream of a user's own that throws must not keep the others from writing.
        reportUncaught(error);
      }
    }
  };

  /** An empty block of at least `size` bytes, with anything in it. */
  acquire(size: number): FrameBlock {
    this.#wasUsed = true;
    if (this.#missed >= SIMD_AFTER_BYTES && this.#simd === undefined) this.#load();
    if (size > LARGE_BLOCK_BYTES) return plainBlock(size);
    if (size > BLOCK_BYTES && this.#timer === undefined) this.#watch();
    return size > BLOCK_BYTES
      ? (this.#large.pop() ?? plainBlock(LARGE_BLOCK_BYTES))
      : (this.#small.pop() ?? plainBlock(BLOCK_BYTES));
  }

  /** Takes a block back that nobody uses any more. */
  release(block: FrameBlock): void {
    block.end = block.start;
    block.payload = 0;
    const size = block.limit - block.start;
    const isLarge = size === LARGE_BLOCK_BYTES;
    if (!isLarge && size !== BLOCK_BYTES) return;
    const free = isLarge ? this.#large : this.#small;
    // Blocks of a memory that was given back, and plain ones once there is a better one, are left to the collector.
    if (this.#simd) {
      if (block.memory === this.#simd.bytes) free.push(block);
    } else if (
      block.memory.length === size &&
      free.length < (isLarge ? MAX_PLAIN_LARGE_BLOCKS : MAX_BLOCKS)
    ) {
      free.push(block);
    }
  }

  /** Masks where it is fastest in the memory at hand. */
  readonly mask: Masker = (memory, start, end, key) => {
    const simd = this.#simd;
    if (simd && memory === simd.bytes) {
      simd.mask(start, end - start, key);
      return;
    }
    if (end - start >= SIMD_FROM_BYTES) this.#missed += end - start;
    maskInPlace(memory, start, end, key);
  };

  #load(): void {
    const large = BLOCK_BYTES * MAX_BLOCKS;
    const simd = createSimdMemory(large + LARGE_BLOCK_BYTES * MAX_LARGE_BLOCKS);
    this.#simd = simd ?? null;
    if (simd === undefined) return;
    const view = new DataView(simd.bytes.buffer);
    const cut = (start: number, size: number, count: number): FrameBlock[] =>
      // The first block lies last, where it is taken from: what was never used stays untouched.
      Array.from({ length: count }, (_, index) =>
        blockOf(simd.bytes, view, start + index * size, size),
      ).reverse();
    this.#small = cut(0, BLOCK_BYTES, MAX_BLOCKS);
    this.#large = cut(large, LARGE_BLOCK_BYTES, MAX_LARGE_BLOCKS);
    if (this.#timer === undefined) this.#watch();
  }

  #watch(): void {
    this.#wasUsed = false;
    this.#timer = this.#clock?.setTimer(() => {
      if (this.#wasUsed) this.#watch();
      else this.#giveBack();
    }, IDLE_MS);
  }

  #giveBack(): void {
    this.#clock?.clearTimer(this.#timer);
    this.#timer = undefined;
    // One plain block stays, as the buffer to read into does: connections that come one after the other share it.
    this.#small = this.#simd ? [] : this.#small.slice(0, 1);
    this.#large = [];
    if (this.#simd) this.#simd = undefined;
    this.#missed = 0;
  }
}

/** Not cleared: nothing is read from it, or sent, that was not written first. */
function plainBlock(size: number): FrameBlock {
  const { buffer } = Buffer.allocUnsafeSlow(size);
  return blockOf(new Uint8Array(buffer), new DataView(buffer), 0, size);
}

function blockOf(memory: Uint8Array, view: DataView, start: number, size: number): FrameBlock {
  return { memory, view, start, limit: start + size, end: start, payload: 0 };
}
