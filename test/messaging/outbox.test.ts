import { describe, expect, it } from 'vitest';
import { DeliveryError } from '../../src/base/errors.ts';
import type { OutboxEntry } from '../../src/messaging/outbox.ts';
import { DEFAULT_OUTBOX, Outbox, type OutboxExit, type OutboxLimits } from '../../src/messaging/outbox.ts';
import { createVirtualClock, type VirtualClock } from '../../src/testing/virtual-clock.ts';
import type { SendData } from '../../src/transport/transport.ts';

interface Bench {
  readonly clock: VirtualClock;
  readonly outbox: Outbox;
  readonly log: string[];
  add(data: SendData, ttl?: number): () => boolean;
}

function setUp(limits: Partial<OutboxLimits> = {}): Bench {
  const clock = createVirtualClock();
  const outbox = new Outbox({ ...DEFAULT_OUTBOX, ...limits }, clock);
  const log: string[] = [];
  const entry = (data: SendData, ttl?: number): OutboxEntry => ({
    data,
    ttl,
    sent: () => log.push(`${data} sent`),
    dropped: (error) => {
      log.push(`${data} ${error.code} ${error.outcome}`);
      return error;
    },
  });
  return { clock, outbox, log, add: (data, ttl) => outbox.add(entry(data, ttl)) };
}

/** A way out that takes what `send` says. */
const through = (send: OutboxExit['send']): OutboxExit => ({ isOpen: () => true, send });

const closed = (): DeliveryError => new DeliveryError('CLIENT_CLOSED', { message: 'x', outcome: 'not-sent' });

describe('Outbox', () => {
  it('keeps the order and leaves nothing behind', () => {
    const { clock, outbox, log, add } = setUp();
    for (const data of ['a', 'bé', 'c']) add(data);
    expect([outbox.size, outbox.bytes, clock.pendingTimers]).toEqual([3, 5, 3]);
    const taken: SendData[] = [];
    outbox.flush(through((data) => taken.push(data) > 0));
    expect(taken).toEqual(['a', 'bé', 'c']);
    expect(log).toEqual(['a sent', 'bé sent', 'c sent']);
    expect([outbox.size, outbox.bytes, clock.pendingTimers]).toEqual([0, 0, 0]);
  });

  it('stops at the first that is not taken, and goes on there', () => {
    const { outbox, log, add } = setUp();
    for (const data of ['a', 'b', 'c']) add(data);
    let room = 1;
    outbox.flush(through(() => room-- > 0));
    expect([log, outbox.size]).toEqual([['a sent'], 2]);
    outbox.flush(through(() => true));
    expect(log).toEqual(['a sent', 'b sent', 'c sent']);
  });

  it('sends what a buffer held when it was given', () => {
    const { outbox, add } = setUp();
    const bytes = Uint8Array.of(1, 2);
    add(bytes);
    bytes.fill(9);
    const taken: SendData[] = [];
    outbox.flush(through((data) => taken.push(data) > 0));
    expect(taken).toEqual([Uint8Array.of(1, 2)]);
  });

  it('gives a message back until it has left, without telling', () => {
    const { clock, outbox, log, add } = setUp();
    const back = add('a');
    expect([back(), back(), outbox.size, outbox.bytes, clock.pendingTimers]).toEqual([true, false, 0, 0, 0]);
    const late = add('b');
    outbox.flush(through(() => true));
    expect([late(), log]).toEqual([false, ['b sent']]);
  });

  it('drops at its age, its own before the common one', async () => {
    const { clock, outbox, log, add } = setUp({ maxAge: 100 });
    add('common');
    add('own', 50);
    add('patient', Number.POSITIVE_INFINITY);
    await clock.advance(49);
    expect(log).toEqual([]);
    await clock.advance(1);
    expect(log).toEqual(['own OUTBOX_EXPIRED not-sent']);
    await clock.advance(50);
    expect(log).toEqual(['own OUTBOX_EXPIRED not-sent', 'common OUTBOX_EXPIRED not-sent']);
    expect([outbox.size, outbox.bytes, clock.pendingTimers]).toEqual([1, 7, 0]);
  });

  it.each([
    ['count', { maxMessages: 2 }, ['a', 'b'], 'c'],
    ['bytes', { maxBytes: 4 }, ['aa', 'bb'], 'c'],
  ])('refuses a message over the %s', (_, limits, first, last) => {
    const { outbox, log, add } = setUp(limits);
    for (const data of first) add(data);
    const back = add(last);
    expect(log).toEqual([`${last} OUTBOX_FULL not-sent`]);
    expect([back(), outbox.size]).toEqual([false, 2]);
  });

  it('says how full it is', () => {
    const outbox = new Outbox({ ...DEFAULT_OUTBOX, maxMessages: 0 }, createVirtualClock());
    let told: DeliveryError | undefined;
    outbox.add({
      data: 'x',
      ttl: undefined,
      sent: () => {},
      dropped: (error) => {
        told = error;
        return error;
      },
    });
    expect(told?.message).toBe(
      'The outbox is full (0 messages, 0 bytes are waiting for a connection). ' +
        'Send less while offline, raise outbox.maxMessages or maxBytes, or choose another outbox.overflow.',
    );
  });

  it('makes room by count, oldest first', () => {
    const { outbox, log, add } = setUp({ maxMessages: 2, overflow: 'drop-oldest' });
    for (const data of ['a', 'b', 'c']) add(data);
    expect(log).toEqual(['a OUTBOX_DROPPED not-sent']);
    expect(outbox.size).toBe(2);
  });

  it('makes room by bytes, as much as is needed', () => {
    const { outbox, log, add } = setUp({ maxBytes: 4, overflow: 'drop-oldest' });
    for (const data of ['a', 'b', 'cc', 'ddd']) add(data);
    expect(log).toEqual(['a', 'b', 'cc'].map((data) => `${data} OUTBOX_DROPPED not-sent`));
    expect([outbox.size, outbox.bytes]).toEqual([1, 3]);
  });

  it('drops nothing for a message that could never fit', () => {
    const { outbox, log, add } = setUp({ maxBytes: 4, overflow: 'drop-oldest' });
    add('a');
    add('fivee');
    expect(log).toEqual(['fivee OUTBOX_FULL not-sent']);
    expect(outbox.size).toBe(1);
  });

  it('drops all when told to, but not what is added because of it', () => {
    const clock = createVirtualClock();
    const outbox = new Outbox(DEFAULT_OUTBOX, clock);
    let drops = 0;
    const stubborn: OutboxEntry = {
      data: 'x',
      ttl: undefined,
      sent: () => {},
      dropped: (error) => {
        drops++;
        outbox.add(stubborn);
        return error;
      },
    };
    outbox.add(stubborn);
    outbox.add(stubborn);
    outbox.clear(closed);
    expect([drops, outbox.size, outbox.bytes, clock.pendingTimers]).toEqual([2, 2, 2, 2]);
  });

  it('does not tell of a message that was taken back while all were being dropped', () => {
    const { outbox, log, add } = setUp();
    let back = (): boolean => false;
    outbox.add({
      data: 'a',
      ttl: undefined,
      sent: () => {},
      dropped: (error) => {
        back();
        return error;
      },
    });
    back = add('b');
    outbox.clear(closed);
    expect([log, outbox.size]).toEqual([[], 0]);
  });
});
