import { describe, expect, it, vi } from 'vitest';
import { queueTask } from '../../src/base/task.ts';

describe.each([
  ['setImmediate', () => {}],
  ['setTimeout alone', () => vi.stubGlobal('setImmediate', undefined)],
])('queueTask, with %s', (_, prepare) => {
  it('runs each callback in a task of its own, in order, promise reactions between them', async () => {
    prepare();
    const log: string[] = [];
    await new Promise<void>((resolve) => {
      queueTask(() => {
        log.push('first');
        queueMicrotask(() => log.push('microtask of the first'));
      });
      queueTask(() => {
        log.push('second');
        resolve();
      });
      queueMicrotask(() => log.push('microtask of the caller'));
      log.push('caller');
    });
    expect(log).toEqual(['caller', 'microtask of the caller', 'first', 'microtask of the first', 'second']);
  });
});
