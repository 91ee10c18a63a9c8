import { describe, expect, it } from 'vitest';
import { BLOCK_BYTES, TransportMemory } from '../../../src/transport/tcp/memory.ts';

describe('transport memory', () => {
  it('gives every connection the same buffer to read into, whose slice copies', () => {
    const memory = new TransportMemory();
    expect(memory.readBuffer).toBe(memory.readBuffer);
    expect(memory.readBuffer).not.toBeInstanceOf(Buffer);
    const copy = memory.readBuffer.slice(0, 1);
    copy[0] = (memory.readBuffer[0] as number) ^ 0xff;
    expect(memory.readBuffer[0]).not.toBe(copy[0]);
  });

  it('uses a released block again', () => {
    const memory = new TransportMemory();
    const block = memory.acquire(10);
    expect(block.length).toBe(BLOCK_BYTES);
    expect(memory.acquire(10)).not.toBe(block);
    memory.release(block);
    expect(memory.acquire(BLOCK_BYTES)).toBe(block);
  });

  it('makes larger blocks to measure and does not keep them', () => {
    const memory = new TransportMemory();
    const large = memory.acquire(BLOCK_BYTES + 1);
    expect(large.length).toBe(BLOCK_BYTES + 1);
    memory.release(large);
    expect(memory.acquire(BLOCK_BYTES + 1)).not.toBe(large);
    expect(memory.acquire(1)).not.toBe(large);
  });

  it('keeps at most 16 blocks', () => {
    const memory = new TransportMemory();
    const blocks = Array.from({ length: 20 }, () => memory.acquire(1));
    for (const block of blocks) memory.release(block);
    const again = Array.from({ length: 20 }, () => memory.acquire(1));
    expect(again.filter((block) => blocks.includes(block))).toHaveLength(16);
  });
});
