import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createVirtualClock, type VirtualClock } from '../../../../src/testing/virtual-clock.ts';
import {
  BLOCK_BYTES,
  type FrameBlock,
  FramePool,
  IDLE_MS,
  LARGE_BLOCK_BYTES,
  SIMD_AFTER_BYTES,
} from '../../../../src/transport/tcp/memory/frame-pool.ts';

const KEY = 0x3d21fa37;

let pool: FramePool;
let clock: VirtualClock;

beforeEach(() => {
  pool = new FramePool();
  clock = createVirtualClock();
  pool.enter(clock);
});

afterEach(() => vi.unstubAllGlobals());

const sizeOf = ({ start, limit }: FrameBlock): number => limit - start;
// Blocks are compared by ===: the report of a failed toBe() would print all of their memory.
const isInWasm = ({ memory }: FrameBlock): boolean => memory.length > LARGE_BLOCK_BYTES;
const take = (count: number, size: number): FrameBlock[] =>
  Array.from({ length: count }, () => pool.acquire(size));
const giveAll = (blocks: FrameBlock[]): void => {
  for (const block of blocks) pool.release(block);
};

/** As much as makes WebAssembly worth its price. */
const sent = new Uint8Array(SIMD_AFTER_BYTES);
const sendMuch = (): void => pool.mask(sent, 0, sent.length, KEY);

describe('frame pool', () => {
  it('uses a block again that was given back, emptied', () => {
    const block = pool.acquire(10);
    expect(sizeOf(block)).toBe(BLOCK_BYTES);
    expect(pool.acquire(10) === block).toBe(false);
    block.end += 10;
    block.payload = 4;
    pool.release(block);
    expect(pool.acquire(100) === block).toBe(true);
    expect([block.end, block.payload]).toEqual([block.start, 0]);
  });

  it('has blocks of two sizes, and fresh memory for more', () => {
    for (const [size, room] of [
      [1, BLOCK_BYTES],
      [BLOCK_BYTES, BLOCK_BYTES],
      [BLOCK_BYTES + 1, LARGE_BLOCK_BYTES],
      [LARGE_BLOCK_BYTES, LARGE_BLOCK_BYTES],
      [LARGE_BLOCK_BYTES + 1, LARGE_BLOCK_BYTES + 1],
    ] as const) {
      expect(sizeOf(pool.acquire(size))).toBe(room);
    }
  });

  it('keeps no block of another size', () => {
    const odd = pool.acquire(LARGE_BLOCK_BYTES + 1);
    pool.release(odd);
    expect(pool.acquire(LARGE_BLOCK_BYTES + 1) === odd).toBe(false);
  });

  it('stays out of WebAssembly while messages are small', () => {
    const spy = vi.spyOn(WebAssembly, 'Memory');
    giveAll(take(20, 200));
    const block = pool.acquire(200);
    pool.mask(block.memory, 0, 500, KEY);
    expect(isInWasm(pool.acquire(200))).toBe(false);
    expect(spy).not.toHaveBeenCalled();
    expect(clock.pendingTimers).toBe(0);
  });

  it('keeps at most 16 small blocks', () => {
    const blocks = take(20, 1);
    giveAll(blocks);
    expect(take(20, 1).filter((block) => blocks.includes(block))).toHaveLength(16);
  });

  it('moves into the memory of WebAssembly once much was sent in messages of some size, not before', () => {
    const plain = pool.acquire(10);
    pool.mask(sent, 0, sent.length - 1, KEY);
    expect(isInWasm(pool.acquire(LARGE_BLOCK_BYTES))).toBe(false);
    pool.mask(sent, 0, 600, KEY);
    expect(isInWasm(pool.acquire(10))).toBe(true);
    pool.release(plain);
    expect(isInWasm(pool.acquire(10))).toBe(true);
  });

  it('stays out of it where each of many connections sends little: to load it takes longer than they do', () => {
    const spy = vi.spyOn(WebAssembly, 'Memory');
    for (let connection = 0; connection < 20; connection++) {
      const block = pool.acquire(100_000);
      pool.mask(block.memory, 0, 100_000, KEY);
      pool.release(block);
      pool.leave();
      pool.enter(clock);
    }
    expect(spy).not.toHaveBeenCalled();
  });

  it('gives large blocks of plain memory back too when nothing was sent for a while', async () => {
    const large = pool.acquire(LARGE_BLOCK_BYTES);
    pool.release(large);
    expect(clock.pendingTimers).toBe(1);
    await clock.advance(2 * IDLE_MS);
    expect(pool.acquire(LARGE_BLOCK_BYTES) === large).toBe(false);
  });

  it('never has two blocks in the same place, nor beyond the memory', () => {
    sendMuch();
    const blocks = [...take(16, 600), ...take(64, BLOCK_BYTES + 1)].filter(isInWasm);
    expect(blocks).toHaveLength(80);
    const places = blocks.map(({ start, limit }) => [start, limit] as const).sort(([a], [b]) => a - b);
    places.reduce((end, [start, limit]) => {
      expect(start).toBeGreaterThanOrEqual(end);
      return limit;
    }, 0);
    const [{ memory }] = blocks as [FrameBlock];
    expect(places.at(-1)?.[1]).toBe(memory.length);
    expect(blocks.every((block) => block.memory === memory && block.view?.buffer === memory.buffer)).toBe(
      true,
    );
  });

  it('begins with its first block, so that the rest is never touched', () => {
    sendMuch();
    expect(pool.acquire(600).start).toBe(0);
  });

  it('gives fresh memory when it is empty, and does not keep that', () => {
    sendMuch();
    const blocks = take(70, BLOCK_BYTES + 1);
    expect(blocks.filter(isInWasm)).toHaveLength(64);
    giveAll(blocks);
    expect(take(70, BLOCK_BYTES + 1).filter(isInWasm)).toHaveLength(64);
  });

  it('never grows the memory, which would detach what lies in it', () => {
    sendMuch();
    const [first] = take(1, 600) as [FrameBlock];
    take(100, LARGE_BLOCK_BYTES);
    expect(first.memory.length).toBe(first.memory.buffer.byteLength);
    expect(pool.acquire(600).memory === first.memory).toBe(true);
  });

  it.each([600, 60, 5, 0])('masks %d bytes alike in both memories', (length) => {
    sendMuch();
    const plain = new Uint8Array(1000).map((_, index) => index & 0xff);
    const { memory, start } = pool.acquire(600);
    memory.set(plain, start);
    pool.mask(plain, 7, 7 + length, KEY);
    pool.mask(memory, start + 7, start + 7 + length, KEY);
    expect(Buffer.compare(memory.subarray(start, start + 1000), plain)).toBe(0);
  });

  it('does without WebAssembly, and asks for it once', () => {
    sendMuch();
    const Memory = vi.fn(function refuse() {
      throw new RangeError('no address space');
    });
    vi.stubGlobal('WebAssembly', { Memory });
    const large = take(8, LARGE_BLOCK_BYTES);
    expect(large.some(isInWasm)).toBe(false);
    giveAll(large);
    expect(take(8, LARGE_BLOCK_BYTES).filter((block) => large.includes(block))).toHaveLength(4);
    expect(Memory).toHaveBeenCalledTimes(1);
  });

  it('gives WebAssembly its memory back when nothing was sent for a while', async () => {
    sendMuch();
    const late = pool.acquire(600);
    const { memory } = pool.acquire(600);
    await clock.advance(2 * IDLE_MS);
    expect(pool.acquire(10).memory === memory).toBe(false);
    // What is under way meanwhile stays what it is, and does not come back.
    pool.mask(late.memory, late.start, late.start + 4, KEY);
    pool.release(late);
    expect(clock.pendingTimers).toBe(0);
    sendMuch();
    expect(take(20, 600).some((block) => block.memory === memory)).toBe(false);
    expect(clock.pendingTimers).toBe(1);
  });

  it('keeps it while something is sent now and then', async () => {
    sendMuch();
    const { memory } = pool.acquire(600);
    for (let round = 0; round < 5; round++) {
      await clock.advance(IDLE_MS - 1);
      expect(pool.acquire(10).memory === memory).toBe(true);
    }
    await clock.advance(3 * IDLE_MS);
    expect(pool.acquire(10).memory === memory).toBe(false);
  });

  it('keeps one block for the next connection, where those come one after the other', () => {
    const blocks = take(3, 10);
    giveAll(blocks);
    pool.leave();
    expect(take(3, 10).map((block) => blocks.includes(block))).toEqual([true, false, false]);
  });

  it('gives everything back, timer included, with the last connection', () => {
    pool.enter(clock);
    const plain = pool.acquire(10);
    pool.release(plain);
    sendMuch();
    const { memory } = pool.acquire(600);
    pool.leave();
    expect(pool.acquire(10).memory === memory).toBe(true);
    pool.leave();
    expect(clock.pendingTimers).toBe(0);
    pool.enter(clock);
    expect(isInWasm(pool.acquire(10))).toBe(false);
  });
});
