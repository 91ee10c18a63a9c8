import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { guarded } from '../../src/connection/guarded.ts';

const thrown: unknown[] = [];

beforeEach(() => {
  thrown.length = 0;
  vi.stubGlobal('queueMicrotask', (task: () => void) => {
    try {
      task();
    } catch (error) {
      thrown.push(error);
    }
  });
});

afterEach(() => vi.unstubAllGlobals());

it('returns what the function returns', () => {
  expect([guarded(() => 7), guarded(() => undefined)]).toEqual([7, undefined]);
  expect(thrown).toEqual([]);
});

it('reports what it throws as uncaught, and goes on', () => {
  const fault = new Error('a fault of the user');
  expect(
    guarded(() => {
      throw fault;
    }),
  ).toBeUndefined();
  expect(thrown).toEqual([fault]);
});
