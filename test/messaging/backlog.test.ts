import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Backlog, mayHold, weigh } from '../../src/messaging/backlog.ts';
import { PROPERTY_RUNS, PROPERTY_TIMEOUT } from '../tools/property-runs.ts';

const NO_END = Number.POSITIVE_INFINITY;

describe('a backlog', () => {
  it('gives items out in order, whatever is taken out of the middle, and counts them', {
    timeout: PROPERTY_TIMEOUT,
  }, () => {
    const steps = fc.array(fc.oneof(fc.nat(50), fc.constantFrom('shift', 'even')), { maxLength: 200 });
    fc.assert(
      fc.property(steps, (all) => {
        const holdings = { bytes: 7, cursors: 0, maxBytes: NO_END };
        const backlog = new Backlog<number>(holdings);
        let model: number[] = [];
        for (const step of all) {
          if (typeof step === 'number') {
            backlog.push(step, step);
            model.push(step);
          } else if (step === 'even') {
            expect(backlog.take((item) => item % 2 === 0)).toEqual(model.filter((item) => item % 2 === 0));
            model = model.filter((item) => item % 2 === 1);
          } else if (model.length > 0) {
            expect(backlog.shift()).toBe(model.shift());
          }
          const bytes = model.reduce((sum, item) => sum + item, 0);
          expect([backlog.size, backlog.bytes, holdings.bytes]).toEqual([model.length, bytes, bytes + 7]);
        }
        expect(backlog.take()).toEqual(model);
        expect([backlog.size, backlog.bytes, holdings.bytes]).toEqual([0, 0, 7]);
      }),
      { numRuns: PROPERTY_RUNS / 20 },
    );
  });

  it('has room for one item of any size, then up to its own bound and that of all', () => {
    const holdings = { bytes: 0, cursors: 0, maxBytes: 100 };
    const [backlog, other] = [new Backlog(holdings), new Backlog(holdings)];
    expect(backlog.hasRoom(1_000, 50)).toBe(true);
    backlog.push('x', 40);
    expect([backlog.hasRoom(10, 50), backlog.hasRoom(11, 50)]).toEqual([true, false]);
    expect([other.hasRoom(60, 50), other.hasRoom(61, 50)]).toEqual([true, false]);
    other.push('y', 60);
    expect(backlog.hasRoom(1, 50)).toBe(false);
    expect(mayHold(holdings, 0)).toBe(true);
  });

  it('that is left stays readable, and counts for nobody else', () => {
    const holdings = { bytes: 0, cursors: 0, maxBytes: 100 };
    const backlog = new Backlog(holdings);
    backlog.push('x', 80);
    backlog.leave();
    expect([backlog.bytes, holdings.bytes]).toEqual([80, 0]);
    expect(backlog.shift()).toBe('x');
    expect([backlog.bytes, holdings.bytes]).toEqual([0, 0]);
  });
});

describe('the weight of a value', () => {
  it.each([
    ['a text is that of its characters', 'x'.repeat(1_000), 1_016],
    ['bytes is theirs', new Uint8Array(1_000), 1_016],
    ['a buffer is that of its bytes', new ArrayBuffer(1_000), 1_016],
    ['a number', 1, 16],
    ['nothing', null, 16],
    ['an object counts its names too', { [`${'k'.repeat(100)}`]: 1 }, 16 + 64 + 100 + 16],
    ['a list', [1, 2, 3], 16 + 64 + 3 * 16],
    ['what another codec makes: a Map', new Map([['a', 1]]), 16 + 64 + (16 + 64 + 17 + 16)],
    ['a Set', new Set([1]), 16 + 64 + 16],
  ])('%s', (_what, value, bytes) => {
    expect(weigh(value, NO_END)).toBe(bytes);
  });

  it('finds one large item among many small ones', () => {
    expect(weigh([{}, 'x'.repeat(1_000_000), {}], NO_END)).toBeGreaterThan(1_000_000);
  });

  it('ends for a million levels, and for a value that holds itself', () => {
    const deep = JSON.parse('['.repeat(1_000_000) + ']'.repeat(1_000_000));
    expect(weigh(deep, NO_END)).toBe(80 * 1_000_000);
    const round: unknown[] = [];
    round.push(round);
    expect(weigh(round, 1_000)).toBeGreaterThan(1_000);
  });
});
