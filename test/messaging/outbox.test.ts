// What waits in the outbox, in which order, for how long, and what becomes of it.
import { describe, expect, it } from 'vitest';
import type { DeliveryError } from '../../src/base/errors.ts';
import type { OutboxLimits } from '../../src/messaging/outbox-options.ts';
import { openCongested } from './congested.ts';

const setUp = (outbox: Partial<OutboxLimits> = {}) => openCongested({ outbox });

describe('the outbox', () => {
  it('keeps the order and leaves nothing behind', async () => {
    const { client, clock, fates, add, drain, wire, close } = await setUp();
    for (const data of ['a', 'bé', 'c']) add(data);
    expect(client.stats()).toMatchObject({ queued: 3, queuedBytes: 5 });
    await drain();
    expect(wire()).toEqual(['a', 'bé', 'c']);
    expect(fates).toEqual(['a sent', 'bé sent', 'c sent']);
    expect(client.stats()).toMatchObject({ queued: 0, queuedBytes: 0, sent: 3 });
    await close();
    expect(clock.pendingTimers).toBe(0);
  });

  it('stops at the first that is not taken, and goes on there', async () => {
    const { client, fates, add, drain, take } = await setUp();
    for (const data of ['a', 'b', 'c']) add(data);
    let room = 1;
    take(() => room-- > 0);
    await drain();
    expect(fates).toEqual(['a sent']);
    expect(client.stats().queued).toBe(2);
    take(() => true);
    await drain();
    expect(fates).toEqual(['a sent', 'b sent', 'c sent']);
  });

  it('sends what a buffer held when it was given', async () => {
    const { add, drain, wire } = await setUp();
    const bytes = Uint8Array.of(1, 2);
    add(bytes);
    bytes.fill(9);
    await drain();
    expect(wire()).toEqual([Uint8Array.of(1, 2)]);
  });

  it('gives a message back until it has left, without telling the others', async () => {
    const { client, of, fates, add, drain, settle } = await setUp();
    const first = add('a');
    first.abort();
    await settle();
    expect(fates).toEqual(['a ABORTED not-sent']);
    expect(client.stats()).toMatchObject({ queued: 0, queuedBytes: 0 });
    const late = add('b');
    await drain();
    late.abort();
    await settle();
    expect(fates).toEqual(['a ABORTED not-sent', 'b sent']);
    expect(of('drop')).toEqual([]);
  });

  it('drops at its age, its own before the common one', async () => {
    const { client, clock, fates, add, drain, wire } = await setUp({ maxAge: 100 });
    add('common');
    add('own', { ttl: 50 });
    add('patient', { ttl: Number.POSITIVE_INFINITY });
    await clock.advance(49);
    expect(fates).toEqual([]);
    await clock.advance(1);
    expect(fates).toEqual(['own OUTBOX_EXPIRED not-sent']);
    await clock.advance(50);
    expect(fates).toEqual(['own OUTBOX_EXPIRED not-sent', 'common OUTBOX_EXPIRED not-sent']);
    expect(client.stats()).toMatchObject({ queued: 1, queuedBytes: 7 });
    await clock.advance(1e9);
    await drain();
    expect(wire()).toEqual(['patient']);
  });

  it.each([
    ['count', { maxMessages: 2 }, ['a', 'b'], 'c'],
    ['bytes', { maxBytes: 4 }, ['aa', 'bb'], 'c'],
  ])('refuses a message over the %s', async (_, limits, first, last) => {
    const { client, fates, add, settle, drain, wire } = await setUp(limits);
    for (const data of first) add(data);
    add(last);
    await settle();
    expect(fates).toEqual([`${last} OUTBOX_FULL not-sent`]);
    expect(client.stats().queued).toBe(2);
    await drain();
    expect(wire()).toEqual(first);
  });

  it('says how full it is', async () => {
    const { of, add } = await setUp({ maxMessages: 0 });
    add('x');
    expect((of('drop')[0] as DeliveryError).message).toBe(
      'The outbox is full (0 messages, 0 bytes): the connection is ready, but takes less than is sent. ' +
        'Await send() before the next message, or raise outbox.maxMessages or maxBytes.',
    );
  });

  it('makes room by count, oldest first', async () => {
    const { client, fates, add, settle } = await setUp({ maxMessages: 2, overflow: 'drop-oldest' });
    for (const data of ['a', 'b', 'c']) add(data);
    await settle();
    expect(fates).toEqual(['a OUTBOX_DROPPED not-sent']);
    expect(client.stats().queued).toBe(2);
  });

  it('makes room by bytes, as much as is needed', async () => {
    const { client, fates, add, settle } = await setUp({ maxBytes: 4, overflow: 'drop-oldest' });
    for (const data of ['a', 'b', 'cc', 'ddd']) add(data);
    await settle();
    expect(fates).toEqual(['a', 'b', 'cc'].map((data) => `${data} OUTBOX_DROPPED not-sent`));
    expect(client.stats()).toMatchObject({ queued: 1, queuedBytes: 3 });
  });

  it('drops nothing for a message that could never fit', async () => {
    const { client, fates, add, settle } = await setUp({ maxBytes: 4, overflow: 'drop-oldest' });
    add('a');
    add('fivee');
    await settle();
    expect(fates).toEqual(['fivee OUTBOX_FULL not-sent']);
    expect(client.stats().queued).toBe(1);
  });
});

describe('a client that is closed for good', () => {
  it('drops all that waits, but not what is sent for the next life by who is told', async () => {
    const { client, clock, fates, add, settle, server } = await setUp();
    client.on('drop', () => {
      client.connect();
      add('next');
    });
    add('a');
    add('b');
    server.last.close(4_400); // of the codes after which there is no other try
    await settle();
    expect(fates.toSorted()).toEqual(['a CLIENT_CLOSED not-sent', 'b CLIENT_CLOSED not-sent']);
    expect(client.stats().queued).toBe(2);
    await clock.advance(0);
    expect(server.last.received).toEqual(['next', 'next']);
    expect(client.stats().queued).toBe(0);
  });

  it('does not tell twice of a message that was taken back while all were being dropped', async () => {
    const { client, of, fates, add, close } = await setUp();
    add('a');
    const second = add('b');
    client.on('drop', () => second.abort());
    await close();
    expect(fates.toSorted()).toEqual(['a CLIENT_CLOSED not-sent', 'b ABORTED not-sent']);
    expect(of('drop')).toHaveLength(1);
  });
});
