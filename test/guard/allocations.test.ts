/**
 * What a message allocates, in bytes of the heap and of ArrayBuffers. Garbage is time: the collector's, and the caches'.
 * It can be counted to the byte where nothing is collected meanwhile, so a change that allocates more is seen at once.
 *
 * HOLDLINE_GUARD_PROFILE=1 prints for every load where it allocates.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALLOCATIONS } from './limits.ts';
import { type Allocations, NO_COLLECTION, openWorkplace, type Site, type Workplace } from './work.ts';

/** ArrayBuffers where a load has no limit of its own for them. */
const POOL_GROWTH_BYTES = 16;

/** As many places are named as help to see what has grown. */
const SITES = 12;

let workplace: Workplace;
beforeAll(async () => {
  workplace = await openWorkplace();
});
afterAll(() => workplace.close());

/** Whether it is to be known what a message allocates, not only that it is below the limit. */
const isProfile = process.env.HOLDLINE_GUARD_PROFILE !== undefined;

async function profile(load: string, count: number): Promise<string> {
  const flags = ['--enable-source-maps', ...NO_COLLECTION];
  const sites = await workplace.run<readonly Site[]>('work-program', ['profile', load, String(count)], flags);
  const lines = sites.slice(0, SITES).map(({ site, bytes }) => `${bytes.toFixed(1).padStart(12)}  ${site}`);
  return `  bytes a message, by the function that allocated them (sampled):\n${lines.join('\n')}`;
}

describe('bytes allocated for each message', () => {
  it.each(Object.entries(ALLOCATIONS))('%s', async (load, { count, heap, buffers = POOL_GROWTH_BYTES }) => {
    const enough = isProfile ? [] : [String(heap), String(buffers)];
    const args = ['count', load, String(count), ...enough];
    const found = await workplace.run<Allocations>('work-program', args, NO_COLLECTION);
    const text =
      `${load}: ${found.heap.toFixed(0)} B of objects a message (limit ${heap}), ` +
      `${found.buffers.toFixed(0)} B of buffers (limit ${buffers})`;
    if (isProfile) console.log(`${text}\n${await profile(load, count)}`);
    if (found.heap < heap && found.buffers < buffers) return;
    expect.fail(
      `${text}\n${await profile(load, count)}\n` +
        '  Allocate less; or, if it is worth it, raise the limit in test/guard/limits.ts and say in the commit what it buys.\n' +
        `  All of the profile, before and after a change: npm run guard:profile -- -t '${load}'`,
    );
  });
});
