// What makes room for what, and that the bounds hold whoever is told of it.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeliveryError } from '../../src/base/errors.ts';
import type { OutboxEntry } from '../../src/messaging/outbox.ts';
import {
  DEFAULT_OUTBOX,
  Outbox,
  type OutboxLimits,
  type OverflowPolicy,
} from '../../src/messaging/outbox.ts';
import { createVirtualClock } from '../../src/testing/virtual-clock.ts';
import type { SendData } from '../../src/transport/transport.ts';
import { PROPERTY_RUNS, PROPERTY_TIMEOUT } from '../tools/property-runs.ts';

function setUp(limits: Partial<OutboxLimits>) {
  const clock = createVirtualClock();
  const outbox = new Outbox({ ...DEFAULT_OUTBOX, ...limits }, clock);
  const log: string[] = [];
  const add = (data: string, key?: string, more: Partial<OutboxEntry> = {}): (() => boolean) =>
    outbox.add({
      data,
      key,
      sent: () => log.push(`${data} sent`),
      dropped: (error) => {
        log.push(`${data} ${error.code}`);
        return error;
      },
      ...more,
    });
  const flush = (): SendData[] => {
    const taken: SendData[] = [];
    outbox.flush({ isOpen: () => true, send: (data) => taken.push(data) > 0 });
    return taken;
  };
  return { clock, outbox, log, add, flush };
}

const POLICIES: readonly OverflowPolicy[] = ['reject', 'drop-newest', 'drop-oldest', 'replace-by-key'];

describe.each(POLICIES)('a key, under %s', (overflow) => {
  it('takes the place of its like, and waits at the end', () => {
    const { outbox, log, add, flush } = setUp({ overflow });
    add('a1', 'a');
    add('plain');
    add('b1', 'b');
    const takeBack = add('a2', 'a');
    expect([log, outbox.size, outbox.bytes, outbox.has('a'), outbox.has('c')]).toEqual([
      ['a1 OUTBOX_REPLACED'],
      3,
      9,
      true,
      false,
    ]);
    add('b2', 'b');
    expect(flush()).toEqual(['plain', 'a2', 'b2']);
    expect([takeBack(), outbox.has('a')]).toEqual([false, false]);
    add('a3', 'a');
    expect(flush()).toEqual(['a3']);
  });

  it('finds room in a full outbox, by count and by bytes', () => {
    const { outbox, log, add, flush } = setUp({ overflow, maxMessages: 2, maxBytes: 6 });
    add('aaa', 'a');
    add('bbb', 'b');
    add('AAA', 'a');
    expect([log, outbox.size, outbox.bytes]).toEqual([['aaa OUTBOX_REPLACED'], 2, 6]);
    expect(flush()).toEqual(['bbb', 'AAA']);
  });

  it('keeps what waits when the new one can never fit', () => {
    const { log, add, flush } = setUp({ overflow, maxBytes: 4 });
    add('a1', 'a');
    add('too long', 'a');
    expect(log).toEqual([`too long ${overflow === 'drop-newest' ? 'OUTBOX_DROPPED' : 'OUTBOX_FULL'}`]);
    expect(flush()).toEqual(['a1']);
  });
});

describe('a full outbox', () => {
  it.each([
    ['reject', ['c OUTBOX_FULL'], ['a', 'b']],
    ['drop-newest', ['c OUTBOX_DROPPED'], ['a', 'b']],
    ['drop-oldest', ['a OUTBOX_DROPPED'], ['b', 'c']],
    ['replace-by-key', ['b OUTBOX_DROPPED'], ['a', 'c']],
  ] as const)('under %s', (overflow, told, left) => {
    const { log, add, flush } = setUp({ overflow, maxMessages: 2 });
    add('a');
    add('b', 'B');
    add('c', 'C');
    expect([[...log], flush()]).toEqual([told, left]);
  });

  it('never drops one without a key for another, under replace-by-key', () => {
    const { log, add, flush } = setUp({ overflow: 'replace-by-key', maxMessages: 2 });
    for (const data of ['a', 'b', 'c']) add(data);
    add('d', 'D');
    expect([[...log], flush()]).toEqual([
      ['c OUTBOX_FULL', 'd OUTBOX_FULL'],
      ['a', 'b'],
    ]);
  });

  it('holds its bounds when who is dropped sends another at once', () => {
    const { outbox, add } = setUp({ overflow: 'drop-oldest', maxMessages: 2 });
    let most = 0;
    let again = 3;
    const stubborn: Partial<OutboxEntry> = {
      dropped: (error) => {
        most = Math.max(most, outbox.size);
        if (again-- > 0) add('again', undefined, stubborn);
        return error;
      },
    };
    for (const data of ['a', 'b', 'c']) add(data, undefined, stubborn);
    expect([most, outbox.size]).toEqual([2, 2]);
  });
});

describe('a message that is just leaving', () => {
  const leaving = (during: (bench: ReturnType<typeof setUp>, takeBack: () => boolean) => void) => {
    const bench = setUp({ overflow: 'drop-oldest', maxMessages: 1 });
    const takeBack = bench.add('a', 'k');
    let sends = 0;
    bench.outbox.flush({
      isOpen: () => true,
      send: () => {
        if (++sends === 1) during(bench, takeBack);
        return true;
      },
    });
    return { ...bench, sends };
  };

  it('cannot be taken back, dropped or replaced, and goes out once', () => {
    const results: boolean[] = [];
    const { log, sends, outbox } = leaving(({ outbox, add }, takeBack) => {
      results.push(takeBack());
      add('b', 'k');
      outbox.flush({ isOpen: () => true, send: () => results.push(true) > 0 });
      outbox.clear(() => new DeliveryError('CLIENT_CLOSED', { message: 'x', outcome: 'not-sent' }));
    });
    expect([results, log, sends, outbox.size]).toEqual([[false], ['b OUTBOX_FULL', 'a sent'], 1, 0]);
  });

  it('waits on when it is not taken after all', () => {
    const { outbox, log, add, flush } = setUp({});
    const takeBack = add('a');
    outbox.flush({ isOpen: () => true, send: () => false });
    expect([log, outbox.size]).toEqual([[], 1]);
    expect(flush()).toEqual(['a']);
    expect(takeBack()).toBe(false);
  });

  it('is unknown when the transport throws, is not tried again, and holds up none behind it', () => {
    const cause = new Error('the tracer is at fault');
    const { outbox, clock, add } = setUp({});
    const told: unknown[] = [];
    add('a', undefined, {
      dropped: (error) => {
        told.push(error);
        return error;
      },
    });
    add('b');
    const taken: SendData[] = [];
    const send = (data: SendData): boolean => {
      if (data === 'a') throw cause;
      return taken.push(data) > 0;
    };
    outbox.flush({ isOpen: () => true, send });
    expect(told).toEqual([expect.objectContaining({ code: 'SEND_FAILED', outcome: 'unknown', cause })]);
    expect([taken, outbox.size, clock.pendingTimers]).toEqual([['b'], 0, 0]);
  });

  it('does not leave through a way out that is shut', () => {
    const { outbox, add } = setUp({});
    add('a');
    outbox.flush({
      isOpen: () => false,
      send: () => {
        throw new Error('shut');
      },
    });
    expect(outbox.size).toBe(1);
  });
});

it('hands on how the transport is to take it', () => {
  const { outbox, add } = setUp({});
  add('a', undefined, { options: { compress: false } });
  const seen: unknown[] = [];
  outbox.flush({ isOpen: () => true, send: (_, options) => seen.push(options) > 0 });
  expect(seen).toEqual([{ compress: false }]);
});

it(
  'keeps count, bytes and order under any policy, and tells everyone once',
  () => {
    const step = fc.record({
      size: fc.integer({ min: 0, max: 6 }),
      key: fc.constantFrom(undefined, undefined, 'a', 'b', 'c'),
      next: fc.constantFrom('nothing', 'nothing', 'flush one', 'take back'),
    });
    const limits = fc.record({
      overflow: fc.constantFrom(...POLICIES),
      maxMessages: fc.integer({ min: 0, max: 4 }),
      maxBytes: fc.integer({ min: 0, max: 12 }),
    });
    fc.assert(
      fc.property(limits, fc.array(step, { maxLength: 40 }), (bounds, steps) => {
        const { outbox, clock } = setUp(bounds);
        const fates: string[][] = [];
        const order: number[] = [];
        steps.forEach(({ size, key, next }, at) => {
          const fate: string[] = [];
          fates.push(fate);
          const takeBack = outbox.add({
            data: new Uint8Array(size).fill(at),
            key,
            sent: () => {
              fate.push('sent');
              order.push(at);
            },
            dropped: (error) => {
              fate.push(error.code);
              return error;
            },
          });
          expect(outbox.size).toBeLessThanOrEqual(bounds.maxMessages);
          expect(outbox.bytes).toBeLessThanOrEqual(bounds.maxBytes);
          if (next === 'take back' && takeBack()) fate.push('taken back');
          let room = next === 'flush one' ? 1 : 0;
          outbox.flush({ isOpen: () => room-- > 0, send: () => true });
        });
        const waiting = fates.filter((fate) => fate.length === 0).length;
        expect(outbox.size).toBe(waiting);
        expect(fates.every((fate) => fate.length <= 1)).toBe(true);
        outbox.flush({ isOpen: () => true, send: () => true });
        expect(fates.every((fate) => fate.length === 1)).toBe(true);
        expect(order).toEqual([...order].sort((a, b) => a - b));
        expect([outbox.size, outbox.bytes, clock.pendingTimers]).toEqual([0, 0, 0]);
      }),
      { numRuns: PROPERTY_RUNS },
    );
  },
  PROPERTY_TIMEOUT,
);
