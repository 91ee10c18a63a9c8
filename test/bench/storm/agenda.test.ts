import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PROPERTY_RUNS, PROPERTY_TIMEOUT } from '../../tools/property-runs.ts';
import { Agenda } from './agenda.ts';

describe('an agenda', () => {
  it(
    'gives events in the order of time, equals in the order of adding',
    () => {
      const times = fc.array(
        fc.oneof(fc.double({ min: 1, max: 100_000, noNaN: true }), fc.integer({ min: 1, max: 3 })),
        { maxLength: 200 },
      );
      fc.assert(
        fc.property(times, (list) => {
          const agenda = new Agenda(list.length);
          for (const [client, time] of list.entries()) agenda.add(client, time);
          expect(agenda.size).toBe(list.length);
          const expected = [...list.keys()].sort((a, b) => list[a]! - list[b]! || a - b);
          expect(list.map(() => agenda.take())).toEqual(expected);
          expect([agenda.take(), agenda.size]).toEqual([undefined, 0]);
        }),
        { numRuns: Math.ceil(PROPERTY_RUNS / 100) },
      );
    },
    PROPERTY_TIMEOUT,
  );

  it('takes new events while it goes on, and comes round its ring', () => {
    const agenda = new Agenda(2);
    agenda.add(0, 10);
    agenda.add(1, 15);
    const seen: number[] = [];
    for (let round = 0; round < 30; round++) {
      const client = agenda.take()!;
      seen.push(agenda.timeOf(client));
      agenda.add(client, agenda.timeOf(client) + 100_000 + client);
    }
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.at(-1)).toBe(15 + 14 * 100_001);
  });

  it('refuses an event beyond its ring', () => {
    expect(() => new Agenda(1).add(0, 10 * 60_000)).toThrow('further ahead');
  });
});
