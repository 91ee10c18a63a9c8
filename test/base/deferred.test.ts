import { expect, it } from 'vitest';
import { deferred } from '../../src/base/deferred.ts';

it('is fulfilled from outside, once', async () => {
  const { promise, resolve, reject } = deferred<number>();
  resolve(1);
  resolve(2);
  reject(new Error('late'));
  await expect(promise).resolves.toBe(1);
});

it('is rejected from outside, once', async () => {
  const { promise, resolve, reject } = deferred<number>();
  reject(new Error('fault'));
  resolve(1);
  await expect(promise).rejects.toThrow('fault');
});

it('waits for a promise that it is resolved with', async () => {
  const { promise, resolve } = deferred<number>();
  resolve(Promise.resolve(3) as unknown as number);
  await expect(promise).resolves.toBe(3);
});
