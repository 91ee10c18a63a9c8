import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createVirtualClock } from '../../../../src/testing/virtual-clock.ts';
import {
  type ConnectPlace,
  ConnectQueue,
  type ConnectTicket,
  MAX_CONNECT_MS,
} from '../../../../src/transport/tcp/dialling/connect-queue.ts';
import { PROPERTY_RUNS, PROPERTY_TIMEOUT } from '../../../tools/property-runs.ts';

const place = (key: string, capacity = 1): ConnectPlace => ({ key, capacity });

function setUp() {
  const clock = createVirtualClock();
  const queue = new ConnectQueue();
  const granted: string[] = [];
  const take = (name: string, ...places: ConnectPlace[]): ConnectTicket =>
    queue.take(places, clock, () => granted.push(name));
  return { clock, queue, granted, take };
}

describe('connect queue', () => {
  it('grants a free place at once, and others in order of arrival (#4)', () => {
    const { granted, take } = setUp();
    const first = take('first', place('a'));
    const second = take('second', place('a'));
    take('third', place('a'));
    take('elsewhere', place('b'));
    expect(granted).toEqual(['first', 'elsewhere']);
    expect([first.isWaiting, second.isWaiting]).toEqual([false, true]);
    first.end();
    expect(granted).toEqual(['first', 'elsewhere', 'second']);
  });

  it('passes over those that gave up waiting', () => {
    const { granted, take } = setUp();
    const first = take('first', place('a'));
    const second = take('second', place('a'));
    take('third', place('a'));
    second.end();
    expect(second.isWaiting).toBe(false);
    first.end();
    first.end();
    expect(granted).toEqual(['first', 'third']);
  });

  it('lets as many in as a place takes', () => {
    const { granted, take } = setUp();
    for (const name of ['1', '2', '3', '4']) take(name, place('a', 3));
    expect(granted).toEqual(['1', '2', '3']);
  });

  it('waits for all places of a connection, in one order for every connection', () => {
    const { granted, take } = setUp();
    const a = take('a', place('a'));
    const b = take('b', place('b'));
    take('both', place('b'), place('a'));
    take('both too', place('a'), place('b'));
    a.end();
    expect(granted).toEqual(['a', 'b']);
    b.end();
    expect(granted).toEqual(['a', 'b', 'both']);
  });

  it('ends a hold after five seconds, not counting the time of waiting', async () => {
    const { clock, granted, take } = setUp();
    take('stuck', place('a'));
    take('stuck too', place('a'));
    take('third', place('a'));
    await clock.advance(MAX_CONNECT_MS - 1);
    expect(granted).toEqual(['stuck']);
    await clock.advance(1);
    expect(granted).toEqual(['stuck', 'stuck too']);
    await clock.advance(MAX_CONNECT_MS);
    expect(granted).toEqual(['stuck', 'stuck too', 'third']);
  });

  it(
    'never overfills a place, grants every place in the end, and keeps nothing',
    () => {
      const steps = fc.array(
        fc.record({
          places: fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { minLength: 1 }),
          end: fc.nat(20),
        }),
        { maxLength: 20 },
      );
      fc.assert(
        fc.property(steps, (all) => {
          const { clock, queue } = setUp();
          const inside = new Map<string, number>([
            ['a', 0],
            ['b', 0],
            ['c', 0],
          ]);
          const capacity = (key: string): number => (key === 'c' ? 2 : 1);
          const open: { ticket: ConnectTicket; holds: boolean; keys: string[] }[] = [];
          const end = (entry: (typeof open)[number]): void => {
            for (const key of entry.holds ? entry.keys : []) inside.set(key, (inside.get(key) as number) - 1);
            open.splice(open.indexOf(entry), 1);
            entry.ticket.end();
          };
          for (const { places, end: at } of all) {
            const entry = { ticket: undefined as unknown as ConnectTicket, holds: false, keys: places };
            entry.ticket = queue.take(
              places.map((key) => place(key, capacity(key))),
              clock,
              () => {
                entry.holds = true;
                for (const key of places) {
                  inside.set(key, (inside.get(key) as number) + 1);
                  expect(inside.get(key)).toBeLessThanOrEqual(capacity(key));
                }
              },
            );
            open.push(entry);
            const ended = open[at];
            if (ended !== undefined) end(ended);
          }
          while (open.length > 0) {
            const holder = open.find(({ holds }) => holds);
            expect(holder).toBeDefined();
            end(holder as (typeof open)[number]);
          }
          expect([queue.size, clock.pendingTimers]).toEqual([0, 0]);
        }),
        { numRuns: PROPERTY_RUNS },
      );
    },
    PROPERTY_TIMEOUT,
  );
});
