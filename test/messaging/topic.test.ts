import { expect, it } from 'vitest';
import { topicOf } from '../../src/messaging/topic.ts';

it('is the same whatever the order of members, and another for other params', () => {
  expect(topicOf('a', { x: 1, y: { p: 1, q: 2 } })).toBe(topicOf('a', { y: { q: 2, p: 1 }, x: 1 }));
  expect(topicOf('a', [1, 2])).not.toBe(topicOf('a', [2, 1]));
  expect(topicOf('a', undefined)).not.toBe(topicOf('b', undefined));
});

it('is none where two that differ could not be told apart', () => {
  const cycle: unknown[] = [];
  cycle.push(cycle);
  expect([new Map([[1, 1]]), 1n, cycle].map((params) => topicOf('a', params))).toEqual(
    Array(3).fill(undefined),
  );
});
