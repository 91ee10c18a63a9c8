/** How often the bytes of a message are moved: each move of a large message costs as much as all the rest of it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Moved } from './counted-copies.ts';
import { MOVED } from './limits.ts';
import { openWorkplace, type Workplace } from './work.ts';

let workplace: Workplace;
beforeAll(async () => {
  workplace = await openWorkplace();
});
afterAll(() => workplace.close());

describe('bytes moved for each message', () => {
  it.each(Object.entries(MOVED))('%s', async (load, { count, ...limit }) => {
    const found = await workplace.run<Moved>('copies-program', [load, String(count)]);
    const calls = Object.values(found.calls).reduce((sum, times) => sum + times, 0);
    const text =
      `${load}: found ${JSON.stringify(found)}, allowed ${JSON.stringify(limit)}. Move the bytes once; or raise the limit in ` +
      'test/guard/limits.ts and say in the commit what it buys';
    expect(found.copied, text).toBeLessThan(limit.copied);
    expect(found.converted, text).toBeLessThan(limit.converted);
    expect(calls, text).toBeLessThan(limit.calls);
  });
});
