import { afterEach, describe, expect, it, vi } from 'vitest';
import { FrameDecoder } from '../../../../src/protocol/frame-reading.ts';
import { DEFAULT_LIMITS } from '../../../../src/protocol/limits.ts';
import { TransportMemory } from '../../../../src/transport/tcp/memory/memory.ts';
import { serverFrame, TEXT } from '../../../tools/server-frame.ts';

describe('transport memory', () => {
  it('gives every connection the same buffer to read into, whose slice copies', () => {
    const memory = new TransportMemory();
    expect(memory.readBuffer).toBe(memory.readBuffer);
    expect(memory.readBuffer).not.toBeInstanceOf(Buffer);
    const copy = memory.readBuffer.slice(0, 1);
    copy[0] = (memory.readBuffer[0] as number) ^ 0xff;
    expect(memory.readBuffer[0]).not.toBe(copy[0]);
  });

  it('has room to read messages of 64 KiB where they lie: one in the shared buffer, the next in its own place', () => {
    const memory = new TransportMemory();
    const frame = serverFrame(TEXT, new Uint8Array(64 * 1024).fill(97));
    const stream = new Uint8Array(10 * frame.length);
    for (let at = 0; at < stream.length; at += frame.length) stream.set(frame, at);
    const lengths: number[] = [];
    const decoder = new FrameDecoder({
      messages: { text: ({ length }) => lengths.push(length), binary() {} },
      control() {},
      limits: DEFAULT_LIMITS,
      codec: memory.codec,
      memory,
    });
    const places: string[] = [];
    for (let from = 0; from < stream.length; ) {
      const { room } = decoder;
      const place = room ?? memory.readBuffer;
      const size = Math.min(place.length, stream.length - from);
      place.set(stream.subarray(from, from + size));
      for (let at = 0; at < size; ) at = decoder.read(place, at, size);
      places.push(room === undefined ? 'shared' : 'own');
      from += size;
    }
    expect(lengths).toEqual(Array(10).fill(64 * 1024));
    expect(places).toEqual(Array.from({ length: 10 }, (_, index) => (index % 2 === 0 ? 'shared' : 'own')));
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

describe('memory for messages', () => {
  const KIB = 1024;
  const MIB = 1024 * KIB;

  afterEach(() => vi.restoreAllMocks());

  it('is each message its own, exactly as long as it was asked for', () => {
    const memory = new TransportMemory();
    for (const size of [1, 100, 16 * KIB - 1, 16 * KIB, 300 * KIB]) {
      const block = memory.allocate(size);
      expect([block.length, block.buffer.byteLength]).toEqual([size, size]);
      expect(Object.getPrototypeOf(block)).toBe(Uint8Array.prototype);
      expect(memory.allocate(size)).not.toBe(block);
    }
  });

  it('is lent to one text after another, unless it is too short', () => {
    const memory = new TransportMemory();
    const block = memory.borrow(100);
    const meanwhile = memory.borrow(50);
    expect(meanwhile).not.toBe(block);
    memory.giveBack(block);
    memory.giveBack(meanwhile);
    expect(memory.borrow(80)).toBe(block);
    memory.giveBack(block);
    const longer = memory.borrow(101);
    expect(longer).not.toBe(block);
    memory.giveBack(longer);
    expect(memory.borrow(100)).toBe(longer);
  });

  it('is not kept for longer texts than 1 MiB', () => {
    const memory = new TransportMemory();
    const block = memory.borrow(MIB + 1);
    memory.giveBack(block);
    expect(memory.borrow(1)).not.toBe(block);
  });

  it('is foretold to malloc once, after 16 MiB in large messages', () => {
    const asked: number[] = [];
    const allocate = Buffer.allocUnsafeSlow;
    vi.spyOn(Buffer, 'allocUnsafeSlow').mockImplementation((size) => {
      asked.push(size);
      return allocate(size);
    });
    const memory = new TransportMemory();
    for (let round = 0; round < 40; round++) memory.allocate(MIB);
    const lesson = asked.filter((size) => size !== MIB);
    expect(lesson).toEqual(process.platform === 'linux' ? [31 * MIB] : []);
    expect(asked.indexOf(31 * MIB)).toBe(process.platform === 'linux' ? 16 : -1);
  });

  it('does without where there is none to spare', () => {
    const allocate = Buffer.allocUnsafeSlow;
    vi.spyOn(Buffer, 'allocUnsafeSlow').mockImplementation((size) => {
      if (size > MIB) throw new RangeError('Array buffer allocation failed');
      return allocate(size);
    });
    const memory = new TransportMemory();
    for (let round = 0; round < 20; round++) expect(memory.allocate(MIB)).toHaveLength(MIB);
  });
});
