// What makes room for what, and that the bounds hold whoever is told of it.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DeliveryError } from '../../src/base/errors.ts';
import type { OutboxLimits } from '../../src/messaging/outbox-options.ts';
import { OVERFLOW_POLICIES } from '../../src/messaging/outbox-options.ts';
import { PROPERTY_RUNS, PROPERTY_TIMEOUT } from '../tools/property-runs.ts';
import { openCongested } from './congested.ts';

const setUp = (outbox: Partial<OutboxLimits>) => openCongested({ outbox });

describe.each(OVERFLOW_POLICIES)('a key, under %s', (overflow) => {
  it('takes the place of its like, and waits at the end', async () => {
    const { client, fates, add, drain, settle, wire } = await setUp({ overflow });
    add('a1', { key: 'a' });
    add('plain');
    add('b1', { key: 'b' });
    add('a2', { key: 'a' });
    await settle();
    expect(fates).toEqual(['a1 OUTBOX_REPLACED not-sent']);
    expect(client.stats()).toMatchObject({ queued: 3, queuedBytes: 9 });
    add('b2', { key: 'b' });
    await drain();
    expect(wire()).toEqual(['plain', 'a2', 'b2']);
  });

  it('is free again when its message has left', async () => {
    const { fates, add, congest, drain, settle, wire } = await setUp({ overflow });
    const first = add('a1', { key: 'a' });
    await drain();
    first.abort(); // in vain
    congest();
    add('a2', { key: 'a' });
    await settle();
    expect(fates).toEqual(['a1 sent']);
    await drain();
    expect(wire()).toEqual(['a1', 'a2']);
  });

  it('finds room in a full outbox, by count and by bytes', async () => {
    const { client, fates, add, drain, settle, wire } = await setUp({
      overflow,
      maxMessages: 2,
      maxBytes: 6,
    });
    add('aaa', { key: 'a' });
    add('bbb', { key: 'b' });
    add('AAA', { key: 'a' });
    await settle();
    expect(fates).toEqual(['aaa OUTBOX_REPLACED not-sent']);
    expect(client.stats()).toMatchObject({ queued: 2, queuedBytes: 6 });
    await drain();
    expect(wire()).toEqual(['bbb', 'AAA']);
  });

  it('keeps what waits when the new one can never fit', async () => {
    const { fates, add, drain, settle, wire } = await setUp({ overflow, maxBytes: 4 });
    add('a1', { key: 'a' });
    add('too long', { key: 'a' });
    await settle();
    const code = overflow === 'drop-newest' ? 'OUTBOX_DROPPED' : 'OUTBOX_FULL';
    expect(fates).toEqual([`too long ${code} not-sent`]);
    await drain();
    expect(wire()).toEqual(['a1']);
  });
});

describe('a full outbox', () => {
  it.each([
    ['reject', 'c OUTBOX_FULL not-sent', ['a', 'b']],
    ['drop-newest', 'c OUTBOX_DROPPED not-sent', ['a', 'b']],
    ['drop-oldest', 'a OUTBOX_DROPPED not-sent', ['b', 'c']],
    ['replace-by-key', 'b OUTBOX_DROPPED not-sent', ['a', 'c']],
  ] as const)('under %s', async (overflow, told, left) => {
    const { fates, add, drain, settle, wire } = await setUp({ overflow, maxMessages: 2 });
    add('a');
    add('b', { key: 'B' });
    add('c', { key: 'C' });
    await settle();
    expect(fates).toEqual([told]);
    await drain();
    expect(wire()).toEqual(left);
  });

  it('never drops one without a key for another, under replace-by-key', async () => {
    const { fates, add, drain, settle, wire } = await setUp({ overflow: 'replace-by-key', maxMessages: 2 });
    for (const data of ['a', 'b', 'c']) add(data);
    add('d', { key: 'D' });
    await settle();
    expect(fates).toEqual(['c OUTBOX_FULL not-sent', 'd OUTBOX_FULL not-sent']);
    await drain();
    expect(wire()).toEqual(['a', 'b']);
  });

  it('holds its bounds when who is told of a drop sends another at once', async () => {
    const { client, add, fates, settle } = await setUp({ overflow: 'drop-oldest', maxMessages: 2 });
    let most = 0;
    let again = 3;
    client.on('drop', () => {
      most = Math.max(most, client.stats().queued);
      if (again-- > 0) add('again');
    });
    for (const data of ['a', 'b', 'c']) add(data);
    await settle();
    expect(most).toBe(2);
    expect(client.stats().queued).toBe(2);
    expect(fates).toHaveLength(4);
  });
});

describe('a message that is just leaving', () => {
  it('cannot be taken back, dropped or replaced, and goes out once', async () => {
    const bench = await setUp({ overflow: 'drop-oldest', maxMessages: 1 });
    const { client, server, fates, add, take, drain, wire } = bench;
    const first = add('a', { key: 'k' });
    let sends = 0;
    take(() => {
      if (++sends > 1) return true;
      first.abort();
      add('b', { key: 'k' });
      server.last.drain();
      return true;
    });
    await drain();
    expect(fates.toSorted()).toEqual(['a sent', 'b OUTBOX_FULL not-sent']);
    expect(wire()).toEqual(['a']);
    expect(sends).toBe(1);
    expect(client.stats().queued).toBe(0);
  });

  it('is sent although the client is closed meanwhile', async () => {
    const { client, fates, add, take, drain, clock } = await setUp({});
    add('a');
    add('b');
    take(() => {
      take(() => true);
      void client.close({ flush: false });
      return true;
    });
    await drain();
    await clock.advance(0);
    expect(fates).toEqual([expect.stringMatching(/^a /), 'b CLIENT_CLOSED not-sent']);
    expect(client.stats().queued).toBe(0);
  });

  it('waits on when it is not taken after all', async () => {
    const { client, fates, add, take, drain, wire } = await setUp({});
    const controller = add('a');
    take(() => false);
    await drain();
    expect(fates).toEqual([]);
    expect(client.stats().queued).toBe(1);
    take(() => true);
    await drain();
    expect(wire()).toEqual(['a']);
    controller.abort();
    await drain();
    expect(fates).toEqual(['a sent']);
  });

  it('is unknown when the transport throws, is not tried again, and holds up none behind it', async () => {
    const cause = new Error('the tracer is at fault');
    const { client, clock, of, fates, add, take, drain, wire, close } = await setUp({});
    add('a');
    add('b');
    take((data) => {
      if (data === 'a') throw cause;
      return true;
    });
    await drain();
    expect(fates.toSorted()).toEqual(['a SEND_FAILED unknown', 'b sent']);
    expect(of('drop')).toEqual([expect.objectContaining({ code: 'SEND_FAILED', cause })]);
    expect(of('drop')[0]).toBeInstanceOf(DeliveryError);
    expect(wire()).toEqual(['b']);
    expect(client.stats().queued).toBe(0);
    await close();
    expect(clock.pendingTimers).toBe(0);
  });

  it('is the last one when it gives the socket enough to do', async () => {
    const { client, add, take, congest, drain, wire } = await setUp({});
    add('a');
    add('b');
    take(() => {
      congest();
      return true;
    });
    await drain();
    expect(wire()).toEqual(['a']);
    expect(client.stats().queued).toBe(1);
    await drain();
    expect(wire()).toEqual(['a', 'b']);
  });
});

it('hands on how the transport is to take it', async () => {
  const { add, take, drain } = await setUp({});
  add('a', { compress: false });
  const seen: unknown[] = [];
  take((_, options) => seen.push(options) > 0);
  await drain();
  expect(seen).toEqual([{ compress: false }]);
});

it(
  'keeps count, bytes and order under any policy, and tells everyone once',
  async () => {
    const step = fc.record({
      size: fc.integer({ min: 0, max: 6 }),
      key: fc.constantFrom(undefined, undefined, 'a', 'b', 'c'),
      next: fc.constantFrom('nothing', 'nothing', 'flush one', 'take back'),
    });
    const limits = fc.record({
      overflow: fc.constantFrom(...OVERFLOW_POLICIES),
      maxMessages: fc.integer({ min: 0, max: 4 }),
      maxBytes: fc.integer({ min: 0, max: 12 }),
    });
    await fc.assert(
      fc.asyncProperty(limits, fc.array(step, { maxLength: 40 }), async (bounds, steps) => {
        const bench = await setUp(bounds);
        const { client, clock, server, take, congest, drain, close } = bench;
        const fates: unknown[][] = [];
        for (const [at, { size, key, next }] of steps.entries()) {
          const fate: unknown[] = [];
          fates.push(fate);
          const controller = new AbortController();
          const settled = (how: unknown): void => void fate.push(how);
          const data = new Uint8Array(size).fill(at);
          client.send(data, { key, signal: controller.signal }).then(settled, settled);
          expect(client.stats().queued).toBeLessThanOrEqual(bounds.maxMessages);
          expect(client.stats().queuedBytes).toBeLessThanOrEqual(bounds.maxBytes);
          if (next === 'take back') controller.abort();
          let room = next === 'flush one' ? 1 : 0;
          take(() => room-- > 0);
          await drain();
          congest();
        }
        const waiting = fates.filter((fate) => fate.length === 0).length;
        expect(client.stats().queued).toBe(waiting);
        take(() => true);
        await drain();
        for (const fate of fates) expect(fate).toHaveLength(1);
        const order = server.last.received
          .map((data) => (data as Uint8Array)[0] ?? -1)
          .filter((at) => at >= 0);
        expect(order).toEqual([...order].sort((a, b) => a - b));
        expect(client.stats()).toMatchObject({ queued: 0, queuedBytes: 0 });
        await close();
        expect(clock.pendingTimers).toBe(0);
      }),
      { numRuns: PROPERTY_RUNS },
    );
  },
  PROPERTY_TIMEOUT,
);
