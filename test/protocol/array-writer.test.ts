import { expect, it } from 'vitest';
import { ArrayWriter } from '../../src/protocol/array-writer.ts';

it('keeps each committed block, without what was reserved in vain', () => {
  const writer = new ArrayWriter();
  writer.reserve(4);
  expect([writer.memory.length, writer.offset]).toEqual([4, 0]);
  writer.memory.set([1, 2, 3, 4]);
  writer.commit(3, 1);
  writer.reserve(1);
  writer.memory.set([9]);
  writer.commit(1, 0);
  expect(writer.take().map((block) => [...block])).toEqual([[1, 2, 3], [9]]);
});

it('hands blocks over once', () => {
  const writer = new ArrayWriter();
  writer.reserve(1);
  writer.commit(1, 1);
  expect(writer.take()).toHaveLength(1);
  expect(writer.take()).toEqual([]);
});

it('adds up the payload and is congested only when told', () => {
  const writer = new ArrayWriter();
  expect([writer.payloadBytes, writer.congested]).toEqual([0, false]);
  writer.reserve(10);
  writer.commit(10, 4);
  writer.reserve(10);
  writer.commit(10, 3);
  expect(writer.payloadBytes).toBe(7);
});
