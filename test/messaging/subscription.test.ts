import { describe, expect, it, vi } from 'vitest';
import { deferred } from '../../src/base/deferred.ts';
import {
  DEFAULT_SUBSCRIPTION,
  OpenSubscription,
  type SubscribeOptions,
} from '../../src/messaging/subscription.ts';

const setUp = (limits = {}, options: SubscribeOptions = {}) => {
  const leave = vi.fn();
  const dropped = vi.fn();
  const subscription = new OpenSubscription(
    { name: 'ticks', params: undefined, options },
    { ...DEFAULT_SUBSCRIPTION, ...limits },
    { leave, dropped, clock: { wallTime: () => 5 }, holdings: { bytes: 0, cursors: 0, maxBytes: 1_000_000 } },
  );
  return { subscription, leave, dropped, reader: subscription[Symbol.asyncIterator]() };
};

const taken = async (reader: AsyncIterator<unknown>, count: number): Promise<unknown[]> => {
  const events: unknown[] = [];
  for (let index = 0; index < count; index++) events.push((await reader.next()).value);
  return events;
};

describe('reading in a loop', () => {
  it('hands events over in order, whether they came before or after they were asked for', async () => {
    const { subscription, reader } = setUp();
    subscription.push(1);
    subscription.push(2);
    const four = taken(reader, 4);
    await Promise.resolve();
    subscription.push(3);
    subscription.push(undefined);
    expect(await four).toEqual([1, 2, 3, undefined]);
  });

  it('serves several waits in order', async () => {
    const { subscription, reader } = setUp();
    const both = Promise.all([reader.next(), reader.next()]);
    subscription.push('a');
    subscription.push('b');
    expect(await both).toEqual([
      { value: 'a', done: false },
      { value: 'b', done: false },
    ]);
  });

  it('keeps its order over thousands of events read in between', async () => {
    const { subscription, reader } = setUp();
    let next = 0;
    let expected = 0;
    for (let round = 0; round < 50; round++) {
      for (let index = 0; index < 40 + (round % 7); index++) subscription.push(next++);
      const read = await taken(reader, 30 + (round % 11));
      for (const event of read) expect(event).toBe(expected++);
    }
  });

  it('ends plainly after what waits was read', async () => {
    const { subscription, reader } = setUp();
    subscription.push(1);
    subscription.end(undefined);
    subscription.push(2);
    expect(await reader.next()).toEqual({ value: 1, done: false });
    expect(await reader.next()).toEqual({ value: undefined, done: true });
    expect(subscription.status).toBe('closed');
    expect(await subscription.closed).toBeUndefined();
  });

  it('throws the error that ended it, to whoever waits and to whoever comes later', async () => {
    const { subscription, reader } = setUp();
    const error = new Error('over');
    const waiting = reader.next();
    subscription.end(error);
    subscription.end(new Error('again'));
    await expect(waiting).rejects.toBe(error);
    await expect(reader.next()).rejects.toBe(error);
    expect(await subscription.closed).toBe(error);
  });

  it('gives those who wait a plain end', async () => {
    const { subscription, reader, leave } = setUp();
    const waiting = reader.next();
    subscription.unsubscribe();
    subscription.unsubscribe();
    expect(await waiting).toEqual({ value: undefined, done: true });
    expect(leave).toHaveBeenCalledTimes(1);
  });

  it('unsubscribes when the loop is left, and drops what waits', async () => {
    const { subscription, leave } = setUp();
    subscription.push(1);
    subscription.push(2);
    for await (const event of subscription) {
      expect(event).toBe(1);
      break;
    }
    expect(leave.mock.calls).toEqual([[subscription]]);
  });

  it('drops what waits when it is aborted', async () => {
    const { subscription, reader } = setUp();
    subscription.push(1);
    subscription.abort('enough');
    await expect(reader.next()).rejects.toBe('enough');
  });
});

describe('taking with a function', () => {
  it('hands over what waits, then what comes', () => {
    const { subscription } = setUp();
    const heard: unknown[] = [];
    subscription.push(1);
    subscription.push(2);
    subscription.on((event) => heard.push(event));
    subscription.push(3);
    expect(heard).toEqual([1, 2, 3]);
  });

  it('wants a function', () => {
    expect(() => setUp().subscription.on(undefined as never)).toThrow(
      'The option listener must be a function.',
    );
    expect(() => setUp().subscription.on(undefined as never)).not.toThrow('null');
  });

  it('unsubscribes by the function that it returns', () => {
    const { subscription, leave } = setUp();
    const heard: unknown[] = [];
    subscription.on((event) => heard.push(event))();
    subscription.push(1);
    expect(heard).toEqual([]);
    expect(leave.mock.calls.length).toBe(1);
    expect(subscription.status).toBe('closed');
  });

  it('hands over nothing more once the listener has unsubscribed', () => {
    const { subscription } = setUp();
    const heard: unknown[] = [];
    subscription.push(1);
    subscription.push(2);
    subscription.on((event) => {
      heard.push(event);
      subscription.unsubscribe();
    });
    expect(heard).toEqual([1]);
  });

  it('survives a listener that throws, and reports what it threw', async () => {
    const { subscription } = setUp();
    const reported = deferred<unknown>();
    const before = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.once('uncaughtException', (error) => reported.resolve(error));
    const heard: unknown[] = [];
    subscription.on((event) => {
      heard.push(event);
      throw new Error(`bad ${event}`);
    });
    subscription.push(1);
    expect(await reported.promise).toMatchObject({ message: 'bad 1' });
    for (const listener of before) process.on('uncaughtException', listener);
    expect(heard).toEqual([1]);
  });
});

describe('a second reader', () => {
  const refused = {
    name: 'UsageError',
    code: 'INVALID_STATE',
    detail: 'has-reader',
    message:
      'The subscription "ticks" has a reader already, or had one: one loop or one function may read it. Call subscribe() ' +
      'once for each reader.',
  };
  const loop = async (subscription: OpenSubscription): Promise<void> => {
    for await (const _ of subscription) break;
  };

  it('in a loop is refused beside a function, which goes on', async () => {
    const { subscription } = setUp();
    const heard: unknown[] = [];
    subscription.on((event) => heard.push(event));
    await expect(loop(subscription)).rejects.toMatchObject(refused);
    subscription.push(1);
    expect(heard).toEqual([1]);
  });

  it('in a loop is refused beside a loop, which goes on', async () => {
    const { subscription, reader } = setUp();
    const first = reader.next();
    await expect(loop(subscription)).rejects.toMatchObject(refused);
    subscription.push(1);
    expect(await first).toEqual({ value: 1, done: false });
  });

  it('is refused when the loop that was the first is over', async () => {
    const { subscription } = setUp();
    subscription.push(1);
    await loop(subscription);
    await expect(loop(subscription)).rejects.toMatchObject(refused);
    expect(() => subscription.on(() => {})).toThrow(expect.objectContaining(refused));
  });

  it('as a function is refused beside a function and beside a loop', async () => {
    const heard: unknown[] = [];
    const { subscription } = setUp();
    subscription.on((event) => heard.push(event));
    expect(() => subscription.on(() => {})).toThrow(expect.objectContaining(refused));
    subscription.push(1);
    expect(heard).toEqual([1]);
    const read = setUp();
    const first = read.reader.next();
    expect(() => read.subscription.on(() => {})).toThrow(expect.objectContaining(refused));
    read.subscription.push(2);
    expect(await first).toEqual({ value: 2, done: false });
  });
});

describe('a reader that is too slow', () => {
  it('is ended with an error after it has read what waits', async () => {
    const { subscription, reader, leave, dropped } = setUp({ maxEvents: 2 });
    for (const event of [1, 2, 3, 4]) subscription.push(event);
    expect(await taken(reader, 2)).toEqual([1, 2]);
    await expect(reader.next()).rejects.toMatchObject({ code: 'SUBSCRIPTION_OVERFLOW' });
    expect(leave.mock.calls.length).toBe(1);
    expect(dropped.mock.calls.length).toBe(0);
  });

  it('or loses the oldest, and is told once until it has caught up', async () => {
    const { subscription, reader, leave, dropped } = setUp({ maxEvents: 2, overflow: 'drop-oldest' });
    for (const event of [1, 2, 3, 4]) subscription.push(event);
    expect(dropped.mock.calls).toEqual([[subscription]]);
    expect(await taken(reader, 1)).toEqual([3]);
    for (const event of [5, 6]) subscription.push(event);
    expect(dropped).toHaveBeenCalledTimes(1);
    expect(await taken(reader, 2)).toEqual([5, 6]);
    for (const event of [7, 8, 9]) subscription.push(event);
    expect(dropped).toHaveBeenCalledTimes(2);
    expect(await taken(reader, 2)).toEqual([8, 9]);
    expect(leave).not.toHaveBeenCalled();
  });
});

describe('cursors', () => {
  const cursor = (event: unknown) => event as number | undefined;

  it('an event that comes twice is told once', async () => {
    const { subscription, reader } = setUp({}, { cursor });
    for (const event of [1, 2, 2, 1, 3]) subscription.push(event);
    expect(await taken(reader, 3)).toEqual([1, 2, 3]);
    expect(subscription.cursor).toBe(3);
  });

  it('an event without a cursor is always told', async () => {
    const { subscription, reader } = setUp({}, { cursor });
    for (const event of [1, undefined, undefined]) subscription.push(event);
    expect(await taken(reader, 3)).toEqual([1, undefined, undefined]);
    expect(subscription.cursor).toBe(1);
  });

  it('remembers the last 1,000', () => {
    const { subscription } = setUp({}, { cursor });
    const heard: unknown[] = [];
    subscription.on((event) => heard.push(event));
    for (let event = 0; event <= 1_000; event++) subscription.push(event);
    subscription.push(1);
    expect(heard.length).toBe(1_001);
    subscription.push(0);
    expect(heard.at(-1)).toBe(0);
  });
});

it('onStatus() takes a function', () => {
  const { subscription } = setUp();
  expect(() => subscription.onStatus(undefined as never)).toThrow(
    expect.objectContaining({ name: 'UsageError' }),
  );
});
