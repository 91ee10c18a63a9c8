import { expect, test } from 'vitest';
import { differenceOf, ratioOf, spreadOf } from './statistics.ts';

test('the median and the quartiles, in whatever order the values came', () => {
  expect(spreadOf([5, 1, 4, 2, 3])).toEqual({ median: 3, low: 2, high: 4 });
  expect(spreadOf([4, 1, 2, 3])).toEqual({ median: 2.5, low: 1.75, high: 3.25 });
  expect(spreadOf([7])).toEqual({ median: 7, low: 7, high: 7 });
});

test('of nothing there is no figure', () => {
  expect(spreadOf([])).toBeUndefined();
  expect(ratioOf([], [1])).toBeUndefined();
});

test('a ratio is that of each round: a slow moment weighs on both', () => {
  // The machine was ten times slower in the second round. The ratio of the medians would be 2.
  expect(ratioOf([20, 400, 30], [10, 100, 15])?.median).toBe(2);
  expect(ratioOf([20, 400, 30, 80], [10, 100, 10, 20])).toEqual({ median: 3.5, low: 2.75, high: 4 });
});

test('a round that only one of them has counts for nobody', () => {
  expect(ratioOf([20, 20, 90], [10, 10])?.high).toBe(2);
  expect(differenceOf([10], [13, 99])).toEqual({ median: 3, low: 3, high: 3 });
});
