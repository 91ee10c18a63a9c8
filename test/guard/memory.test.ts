/** What stays in memory: of an idle connection, of a message that somebody keeps, of pools after a burst. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HELD, IDLE, POOLS } from './limits.ts';
import { type Held, type Idle, openWorkplace, type Workplace } from './work.ts';

let workplace: Workplace;
beforeAll(async () => {
  workplace = await openWorkplace();
});
afterAll(() => workplace.close());

const look = <Report>(task: string): Promise<Report> =>
  workplace.run('memory-program', [task], ['--expose-gc']);

/** All that a test can say of a limit that is passed. */
const over = (found: object, limit: object): string =>
  `found ${JSON.stringify(found)}, allowed ${JSON.stringify(limit)}: hold less, or raise the limit in test/guard/limits.ts ` +
  'with a reason. A heap snapshot (node --heapsnapshot-signal=SIGUSR2) shows who holds it';

describe('an idle connection', () => {
  it.each(Object.entries(IDLE))('%s', async (name, limit) => {
    const found = await look<Idle>(name);
    expect(found.heap, over(found, limit)).toBeLessThan(limit.heap);
    expect(found.buffers, over(found, limit)).toBeLessThan(limit.buffers);
    expect(found.external, over(found, limit)).toBeLessThan(limit.external);
    expect(found.timers, over(found, limit)).toBeLessThanOrEqual(limit.timers);
    expect(found.listeners, over(found, limit)).toBeLessThanOrEqual(limit.listeners);
  });
});

describe('a message that its reader keeps holds nothing else', () => {
  it.each(Object.entries(HELD))('%s', async (name, limit) => {
    const found = await look<Held>(name);
    expect(found.heap, over(found, limit)).toBeLessThan(limit.heap);
    expect(found.buffers, over(found, limit)).toBeLessThan(limit.buffers);
  });
});

describe('pools', () => {
  it('are bounded, and given back when nothing is sent, or nobody is left to send', async () => {
    const found = await look<Record<keyof typeof POOLS, Held>>('pools');
    for (const when of Object.keys(POOLS) as (keyof typeof POOLS)[]) {
      expect(found[when].external, `${when}: ${over(found[when], POOLS[when])}`).toBeLessThan(
        POOLS[when].external,
      );
    }
  });
});
