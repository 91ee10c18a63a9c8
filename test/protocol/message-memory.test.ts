import { describe, expect, it } from 'vitest';
import { plainMemory } from '../../src/protocol/message-memory.ts';

describe('plain memory for messages', () => {
  it('is fresh for each', () => {
    const block = plainMemory.borrow(3);
    plainMemory.giveBack(block);
    expect(plainMemory.borrow(3)).not.toBe(block);
    expect([plainMemory.borrow(3).length, plainMemory.allocate(4).length]).toEqual([3, 4]);
    expect(plainMemory.allocate(4).buffer.byteLength).toBe(4);
  });
});
