import { describe, expect, it } from 'vitest';
import { TransportMemory } from '../../../src/transport/tcp/memory.ts';

describe('transport memory', () => {
  it('gives every connection the same buffer to read into, whose slice copies', () => {
    const memory = new TransportMemory();
    expect(memory.readBuffer).toBe(memory.readBuffer);
    expect(memory.readBuffer).not.toBeInstanceOf(Buffer);
    const copy = memory.readBuffer.slice(0, 1);
    copy[0] = (memory.readBuffer[0] as number) ^ 0xff;
    expect(memory.readBuffer[0]).not.toBe(copy[0]);
  });

  it('has one codec for all, and one pool of blocks', () => {
    const memory = new TransportMemory();
    expect(memory.codec).toBe(memory.codec);
    expect(memory.frames).toBe(memory.frames);
    const block = new Uint8Array(8);
    expect(memory.codec.encodeInto('é', block, 1)).toBe(2);
    expect([...block]).toEqual([0, 0xc3, 0xa9, 0, 0, 0, 0, 0]);
  });
});
