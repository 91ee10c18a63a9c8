import { expect, it } from 'vitest';
import { Queue } from '../../src/messaging/queue.ts';

it('gives items out in order, and counts them and their bytes', () => {
  const queue = new Queue<number>();
  const model: number[] = [];
  for (let at = 0; at < 3_000; at++) {
    queue.push(at, at);
    model.push(at);
    if (at % 3 === 2) expect(queue.shift()).toBe(model.shift());
    expect(queue.size).toBe(model.length);
  }
  expect(queue.bytes).toBe(model.reduce((sum, item) => sum + item, 0));
  while (queue.size > 0) expect(queue.shift()).toBe(model.shift());
  expect([queue.bytes, model.length]).toEqual([0, 0]);
});
