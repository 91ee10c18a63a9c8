import { describe, expect, it, vi } from 'vitest';
import { AbortHub } from '../../src/base/abort.ts';
import type { RpcEnvelope, SubscriptionEnvelope } from '../../src/messaging/envelope.ts';
import { jsonRpc } from '../../src/messaging/json-rpc.ts';
import { DEFAULT_SUBSCRIPTION, type SubscribeOptions } from '../../src/messaging/subscription.ts';
import { type SubscriptionCall, Subscriptions } from '../../src/messaging/subscriptions.ts';

type Asked = SubscriptionCall & { readonly epoch: number; readonly text: string };

/** The engine with a line that the test plays. */
function setUp(wire: Partial<SubscriptionEnvelope> = {}, limits = {}) {
  const rpc = jsonRpc()().rpc as RpcEnvelope;
  const asked: Asked[] = [];
  const told: string[] = [];
  const dropped = vi.fn();
  const moved = vi.fn();
  const check = vi.fn();
  const world = { refuse: undefined as unknown, closed: undefined as Error | undefined };
  const text = (epoch: number, message: unknown): string => {
    const { method, params } = message as { method: string; params: unknown };
    return `${epoch} ${method} ${JSON.stringify(params)}`;
  };
  const port = {
    wire: { ...(rpc.subscriptions as SubscriptionEnvelope), ...wire },
    rpc,
    signals: new AbortHub(),
    closed: () => world.closed,
    ask: (epoch: number, call: SubscriptionCall) => {
      if (world.refuse !== undefined) throw world.refuse;
      asked.push({ ...call, epoch, text: text(epoch, call.message) });
    },
    tell: (epoch: number, message: unknown) => void told.push(text(epoch, message)),
    dropped,
    moved,
  };
  const all = new Subscriptions({ ...DEFAULT_SUBSCRIPTION, ...limits }, port, check);
  const subscribe = (name = 'ticks', params?: unknown, options: SubscribeOptions = {}) => {
    const subscription = all.subscribe(name, params, options);
    const heard: unknown[] = [];
    return { subscription, heard, read: () => subscription.on((event) => heard.push(event)) };
  };
  /** The oldest request that was not taken yet. */
  const next = (): Asked => asked.shift() as Asked;
  const event = (epoch: number, key: string | number, payload: unknown, release = () => {}) =>
    all.onEvent(epoch, { key, payload }, release);
  const lose = (epoch: number): void => all.onLineLost(epoch);
  const ready = (epoch: number) => {
    const recovered = vi.fn();
    all.onReady(epoch, recovered);
    return recovered;
  };
  ready(1);
  return { check, all, asked, told, dropped, moved, world, subscribe, next, event, lose, ready };
}

describe('on one line', () => {
  it('asks at once, adopts the id of the server, and hands over its events alone', () => {
    const { subscribe, next, event, all } = setUp();
    const { subscription, heard, read } = subscribe('ticks', { symbol: 'ABC' });
    read();
    const asked = next();
    expect([asked.text, asked.name]).toEqual(['1 subscribe ["ticks",{"symbol":"ABC"}]', 'ticks']);
    expect(subscription.status).toBe('pending');
    asked.resolve('0xa');
    expect(subscription.status).toBe('active');
    expect([event(1, '0xa', 1), event(1, '0xb', 2), event(2, '0xa', 3), all.size]).toEqual([
      true,
      false,
      false,
      1,
    ]);
    expect(heard).toEqual([1]);
  });

  it('waits for a line where there is none', () => {
    const { subscribe, asked, lose, ready } = setUp();
    lose(1);
    subscribe('a');
    subscribe('b');
    expect(asked).toEqual([]);
    const recovered = ready(1);
    expect(asked.map(({ text }) => text)).toEqual(['1 subscribe ["a"]', '1 subscribe ["b"]']);
    expect(recovered.mock.calls).toEqual([[false]]); // nothing to recover, so nothing was
  });

  it('events that overtake the reply are held, and come first, in order', () => {
    const { subscribe, next, event } = setUp();
    const { heard, read } = subscribe();
    read();
    const asked = next();
    const release = vi.fn();
    event(1, 7, 'first', release);
    event(1, 8, 'other', release);
    event(1, 7, 'second', release);
    expect([heard, release.mock.calls.length]).toEqual([[], 0]);
    asked.resolve(7);
    event(1, 7, 'third');
    expect(heard).toEqual(['first', 'second', 'third']);
    expect(release).toHaveBeenCalledTimes(1); // the other's: nobody else is waiting for a reply
  });

  it('an event is released only when the last reply has come', () => {
    const { subscribe, next, event } = setUp();
    subscribe('a');
    subscribe('b');
    const [a, b] = [next(), next()];
    const release = vi.fn();
    event(1, 9, 'whose', release);
    a.resolve(1);
    expect(release).not.toHaveBeenCalled();
    b.reject(new Error('no'));
    expect(release).toHaveBeenCalledTimes(1);
  });

  it('holds no more than 1,000', () => {
    const { subscribe, event } = setUp();
    subscribe();
    const taken = Array.from({ length: 1_001 }, (_, index) => event(1, 7, index));
    expect([taken[999], taken[1_000]]).toEqual([true, false]);
  });

  it('a refusal ends it with the error of the server', async () => {
    const { subscribe, next, all, asked } = setUp();
    const { subscription } = subscribe();
    const error = new Error('refused');
    next().reject(error);
    expect(await subscription.closed).toBe(error);
    expect([all.size, asked.length]).toEqual([0, 0]);
  });

  it('a reply without an id ends it', async () => {
    const { subscribe, next } = setUp();
    const { subscription } = subscribe();
    next().resolve({ fine: true });
    expect(await subscription.closed).toMatchObject({ code: 'BAD_MESSAGE' });
  });

  it('params that cannot be sent are refused at once, and leave nothing behind', async () => {
    const { all, world, subscribe, event } = setUp();
    const error = new Error('no form');
    world.refuse = error;
    expect(() => subscribe()).toThrow(error);
    expect([all.size, event(1, 1, 'early')]).toEqual([0, false]);
  });

  it('tells the server when it is left; what comes until then is dropped', () => {
    const { subscribe, next, event, all, moved } = setUp();
    const { subscription, heard, read } = subscribe();
    read();
    next().resolve('0xa');
    subscription.unsubscribe();
    const leaving = next();
    expect([leaving.text, leaving.name, all.size]).toEqual(['1 unsubscribe ["0xa"]', 'ticks', 0]);
    expect([event(1, '0xa', 1), heard]).toEqual([true, []]);
    const before = moved.mock.calls.length;
    leaving.resolve(true);
    expect([event(1, '0xa', 2), moved.mock.calls.length]).toEqual([false, before + 1]);
  });

  it('a server that does not confirm that we left is not waited for', () => {
    const { subscribe, next, event } = setUp();
    const { subscription } = subscribe();
    next().resolve('0xa');
    subscription.unsubscribe();
    next().reject(new Error('unknown id'));
    expect(event(1, '0xa', 2)).toBe(false);
  });

  it('left before it was confirmed: the server is told as soon as there is an id', () => {
    const { subscribe, next, event, asked } = setUp();
    const { subscription } = subscribe();
    const release = vi.fn();
    event(1, '0xa', 'early', release);
    subscription.unsubscribe();
    expect(asked.length).toBe(1);
    next().resolve('0xa');
    expect(next().text).toBe('1 unsubscribe ["0xa"]');
    expect(release).not.toHaveBeenCalled();
  });

  it('an id that is used again meanwhile is not taken from the new one', () => {
    const { subscribe, next, event } = setUp();
    const first = subscribe();
    next().resolve('0xa');
    first.subscription.unsubscribe();
    const leaving = next();
    const second = subscribe();
    second.read();
    next().resolve('0xa');
    leaving.resolve(true);
    event(1, '0xa', 'for the second');
    expect(second.heard).toEqual(['for the second']);
  });

  it('a signal ends it with its reason', async () => {
    const { subscribe, next, asked } = setUp();
    const controller = new AbortController();
    const { subscription } = subscribe('ticks', undefined, { signal: controller.signal });
    next().resolve('0xa');
    controller.abort('enough');
    expect(await subscription.closed).toBe('enough');
    expect(asked.map(({ text }) => text)).toEqual(['1 unsubscribe ["0xa"]']);
    const { subscription: never } = subscribe('ticks', undefined, { signal: AbortSignal.abort('no') });
    expect(await never.closed).toBe('no');
    expect(asked.length).toBe(1);
  });

  it('the server may end it, plainly or with an error', async () => {
    const { subscribe, next, all, asked, event } = setUp();
    const [plain, failed] = [subscribe('a'), subscribe('b')];
    next().resolve(1);
    next().resolve(2);
    event(1, 1, 'last');
    all.onEvent(1, { key: 1, payload: undefined, end: true }, () => {});
    all.onEvent(1, { key: 2, payload: undefined, end: { code: 7, message: 'gone' } }, () => {});
    expect(await plain.subscription.closed).toBeUndefined();
    expect(await failed.subscription.closed).toMatchObject({
      code: 'SUBSCRIPTION_ENDED',
      message: expect.stringContaining('gone (7)'),
      cause: { code: 7, message: 'gone' },
    });
    expect([asked, all.size, event(1, 1, 'more')]).toEqual([[], 0, false]);
    plain.read();
    expect(plain.heard).toEqual(['last']);
  });

  it('says an error without a code without one', async () => {
    const { subscribe, next, all } = setUp();
    const { subscription } = subscribe();
    next().resolve(1);
    all.onEvent(1, { key: 1, payload: undefined, end: { message: 'gone' } }, () => {});
    expect(String(await subscription.closed)).toContain('"ticks": gone. ');
  });

  it('a cursor that throws ends it', async () => {
    const { subscribe, next, event, asked } = setUp();
    const error = new Error('no cursor');
    const { subscription } = subscribe('ticks', undefined, {
      cursor: () => {
        throw error;
      },
    });
    next().resolve(1);
    event(1, 1, {});
    expect(await subscription.closed).toBe(error);
    expect(asked.map(({ text }) => text)).toEqual(['1 unsubscribe [1]']);
  });

  it('a reader that is too slow: the bounds of the client, or its own', async () => {
    const { subscribe, next, event, dropped, asked } = setUp({}, { maxEvents: 1, overflow: 'drop-oldest' });
    subscribe('a');
    const own = subscribe('b', undefined, { maxEvents: 2, overflow: 'error' });
    next().resolve(1);
    next().resolve(2);
    for (let index = 0; index < 3; index++) {
      event(1, 1, index);
      event(1, 2, index);
    }
    expect(dropped.mock.calls).toEqual([['a']]);
    expect(await own.subscription.closed).toMatchObject({ code: 'SUBSCRIPTION_OVERFLOW' });
    expect(asked.map(({ text }) => text)).toEqual(['1 unsubscribe [2]']);
  });

  it('does not begin in a client that is closed, nor with a wrong argument', async () => {
    const { subscribe, world, asked, all, check } = setUp();
    world.closed = new Error('closed');
    const { subscription } = subscribe();
    expect(await subscription.closed).toBe(world.closed);
    expect([asked.length, all.size]).toEqual([0, 0]);
    check.mockImplementation(() => {
      throw new TypeError('wrong');
    });
    expect(() => subscribe()).toThrow('wrong');
  });

  it('the end of the client ends all, once', async () => {
    const { subscribe, next, all, asked } = setUp();
    const [a, b] = [subscribe('a'), subscribe('b')];
    next().resolve(1);
    const error = new Error('closed');
    all.end(error);
    expect([await a.subscription.closed, await b.subscription.closed]).toEqual([error, error]);
    b.subscription.unsubscribe();
    expect(asked.length).toBe(1); // the request of b, which nobody answers
    expect(all.size).toBe(0);
  });
});

describe('without confirmations', () => {
  const wire = { confirms: false };

  it('a subscription is active when it is asked for, under its own key', () => {
    const { subscribe, told, event, moved } = setUp(wire);
    const { subscription, heard, read } = subscribe();
    read();
    expect([told, subscription.status]).toEqual([['1 subscribe ["ticks"]'], 'active']);
    event(1, 1, 'a');
    expect(heard).toEqual(['a']);
    subscription.unsubscribe();
    expect(told[1]).toBe('1 unsubscribe [1]');
    expect(event(1, 1, 'b')).toBe(false);
    expect(moved).toHaveBeenCalled();
  });
});

describe('over several lines', () => {
  it('subscribes again in order; what came on the old line comes no more', () => {
    const { subscribe, next, lose, ready, asked, event } = setUp();
    const [a, b] = [subscribe('a'), subscribe('b')];
    a.read();
    b.read();
    next().resolve(1);
    next().resolve(2);
    lose(1);
    expect(a.subscription.status).toBe('pending');
    const recovered = ready(2);
    expect(asked.map(({ text }) => text)).toEqual(['2 subscribe ["a"]', '2 subscribe ["b"]']);
    next().resolve(2);
    next().resolve(1);
    expect([event(1, 1, 'old'), event(2, 1, 'b'), event(2, 2, 'a')]).toEqual([false, true, true]);
    expect([a.heard, b.heard]).toEqual([['a'], ['b']]);
    expect(recovered.mock.calls).toEqual([[false]]);
  });

  it('replies of a line that is gone change nothing', async () => {
    const { subscribe, next, lose, ready, event } = setUp();
    const { subscription, heard, read } = subscribe();
    read();
    const [late] = [next()];
    lose(1);
    late.resolve(5);
    late.reject(new Error('line lost'));
    ready(2);
    next().resolve(6);
    expect(subscription.status).toBe('active');
    expect([event(1, 5, 'no'), event(2, 6, 'yes'), heard]).toEqual([false, true, ['yes']]);
  });

  it('a subscription that is refused on the next line ends with the error', async () => {
    const { subscribe, next, lose, ready } = setUp();
    const { subscription } = subscribe();
    next().resolve(1);
    lose(1);
    const recovered = ready(2);
    const error = new Error('no longer');
    next().reject(error);
    expect(await subscription.closed).toBe(error);
    expect(recovered.mock.calls).toEqual([[false]]);
  });

  it('left while there is no line: not asked for again', () => {
    const { subscribe, next, lose, ready, asked } = setUp();
    const { subscription } = subscribe();
    next().resolve(1);
    lose(1);
    subscription.unsubscribe();
    ready(2);
    expect(asked).toEqual([]);
  });

  const cursor = (event: unknown) => (event as { at: number }).at;
  const resume = (params: unknown, from: unknown) => ({ ...(params as object), from });
  const resumed = (reply: unknown) => (reply as { resumed?: boolean }).resumed === true;

  it('resumes behind the last event, and is recovered when the server says so', () => {
    const { subscribe, next, lose, ready, event } = setUp();
    const { heard, read } = subscribe('ticks', { symbol: 'A' }, { cursor, resume, resumed });
    read();
    next().resolve(1);
    event(1, 1, { at: 41 });
    event(1, 1, { at: 42 });
    lose(1);
    const recovered = ready(2);
    const again = next();
    expect(again.text).toBe('2 subscribe ["ticks",{"symbol":"A","from":42}]');
    expect(recovered).not.toHaveBeenCalled();
    again.resolve({ subscription: 5, resumed: true });
    expect(recovered.mock.calls).toEqual([[true]]);
    event(2, 5, { at: 42 });
    event(2, 5, { at: 43 });
    expect(heard).toEqual([{ at: 41 }, { at: 42 }, { at: 43 }]);
  });

  it.each([
    ['the server does not say so', { cursor, resume, resumed }, { subscription: 5 }],
    ['nothing could tell', { cursor, resume }, { subscription: 5, resumed: true }],
    ['nothing was asked for', { cursor, resumed }, { subscription: 5, resumed: true }],
  ])('is not recovered when %s', (_why, options, reply) => {
    const { subscribe, next, lose, ready, event } = setUp();
    subscribe('ticks', {}, options);
    next().resolve(1);
    event(1, 1, { at: 42 });
    lose(1);
    const recovered = ready(2);
    next().resolve(reply);
    expect(recovered.mock.calls).toEqual([[false]]);
  });

  it('ends with what resumed throws, and the line and the others go on', async () => {
    const { subscribe, next, lose, ready, event, asked } = setUp();
    const fault = new Error('no such field');
    const broken = (): boolean => {
      throw fault;
    };
    const { subscription, heard, read } = subscribe('ticks', {}, { cursor, resume, resumed: broken });
    read();
    next().resolve(1);
    event(1, 1, { at: 42 });
    lose(1);
    const recovered = ready(2);
    event(2, 5, { at: 43 }); // ahead of the reply
    next().resolve({ subscription: 5 });
    expect(await subscription.closed).toBe(fault);
    expect([recovered.mock.calls, heard, asked.map(({ text }) => text)]).toEqual([
      [[false]],
      [{ at: 42 }],
      ['2 unsubscribe [5]'],
    ]);
  });

  it('is not recovered without an event to go on behind', () => {
    const { subscribe, next, lose, ready } = setUp();
    subscribe('ticks', {}, { cursor, resume, resumed });
    next().resolve(1);
    lose(1);
    const recovered = ready(2);
    const again = next();
    expect(again.text).toBe('2 subscribe ["ticks",{}]');
    again.resolve({ subscription: 5, resumed: true });
    expect(recovered.mock.calls).toEqual([[false]]);
  });

  it('one that is not recovered among many decides at once; one that had never begun does not count', () => {
    const { subscribe, next, lose, ready, event } = setUp();
    for (const name of ['a', 'b']) {
      subscribe(name, {}, { cursor, resume, resumed });
      next().resolve(name);
      event(1, name, { at: 1 });
    }
    subscribe('new');
    next();
    lose(1);
    const recovered = ready(2);
    next().resolve({ subscription: 1, resumed: true });
    expect(recovered).not.toHaveBeenCalled();
    next().resolve({ subscription: 2, resumed: true });
    expect(recovered.mock.calls).toEqual([[true]]);
    expect(next().text).toBe('2 subscribe ["new"]');
  });

  it.each([
    [false, 'is lost', (bench: ReturnType<typeof setUp>) => bench.lose(2)],
    [false, 'is handed over', (bench: ReturnType<typeof setUp>) => void bench.ready(3)],
  ])('judged %s when the line %s before the server has answered', (judged, _what, act) => {
    const bench = setUp();
    const { subscribe, next, lose, ready, event } = bench;
    subscribe('ticks', {}, { cursor, resume, resumed });
    next().resolve(1);
    event(1, 1, { at: 1 });
    lose(1);
    const recovered = ready(2);
    act(bench);
    expect(recovered.mock.calls).toEqual([[judged]]);
  });

  it('a resume that throws ends the subscription', async () => {
    const { subscribe, next, lose, ready, event } = setUp();
    const error = new Error('cannot');
    const { subscription } = subscribe(
      'ticks',
      {},
      {
        cursor,
        resume: () => {
          throw error;
        },
      },
    );
    next().resolve(1);
    event(1, 1, { at: 1 });
    lose(1);
    const recovered = ready(2);
    expect(await subscription.closed).toBe(error);
    expect(recovered.mock.calls).toEqual([[false]]);
  });

  it('one that is left by the caller while it is asked for again has missed nothing', () => {
    const { subscribe, next, lose, ready, event, all } = setUp();
    const other = subscribe('b', {}, { cursor, resume, resumed });
    next().resolve(2);
    const first = subscribe(
      'a',
      {},
      {
        cursor,
        resumed,
        resume: (params) => {
          last.subscription.unsubscribe();
          return params;
        },
      },
    );
    next().resolve(1);
    const last = subscribe('c', {}, { cursor, resume, resumed });
    next().resolve(3);
    for (const id of [1, 2, 3]) event(1, id, { at: 1 });
    lose(1);
    const recovered = ready(2);
    other.subscription.unsubscribe();
    next().resolve({ subscription: 2, resumed: true });
    next().resolve({ subscription: 1, resumed: true });
    expect(recovered.mock.calls).toEqual([[true]]);
    expect([all.size, first.subscription.status]).toEqual([1, 'active']);
  });
});

describe('while an old line is still there', () => {
  const cursor = (event: unknown) => event as number;

  it('the new one is asked first, the old one left when it has answered; both are heard meanwhile', () => {
    const { subscribe, next, ready, event, asked, all, moved, lose } = setUp();
    const { heard, read, subscription } = subscribe('ticks', undefined, { cursor });
    read();
    next().resolve('old');
    event(1, 'old', 1);
    const recovered = ready(2);
    expect([all.isMoving, subscription.status]).toEqual([true, 'active']);
    event(1, 'old', 2);
    const again = next();
    expect([again.text, asked.length]).toEqual(['2 subscribe ["ticks"]', 0]);
    again.resolve('new');
    expect(recovered.mock.calls).toEqual([[false]]); // nothing was asked to go on anywhere
    expect([all.isMoving, moved.mock.calls.length > 0]).toEqual([false, true]);
    const leaving = next();
    expect(leaving.text).toBe('1 unsubscribe ["old"]');
    event(2, 'new', 2);
    event(1, 'old', 3);
    event(2, 'new', 3);
    event(2, 'new', 4);
    leaving.resolve(true);
    expect(event(1, 'old', 5)).toBe(false);
    lose(1);
    event(2, 'new', 5);
    expect(heard).toEqual([1, 2, 3, 4, 5]);
    expect(subscription.status).toBe('active');
  });

  it.each([true, false])(
    'is recovered if the server confirms it, whatever the old line brings: %s',
    (confirms) => {
      const { subscribe, next, ready, event } = setUp();
      subscribe(
        'ticks',
        {},
        { cursor, resume: (_params, at) => ({ at }), resumed: (reply) => reply === 'new' },
      );
      next().resolve('old');
      event(1, 'old', 1);
      const recovered = ready(2);
      next().resolve(confirms ? 'new' : 'other');
      expect(recovered.mock.calls).toEqual([[confirms]]);
    },
  );

  it('the same id on both lines means two subscriptions', () => {
    const { subscribe, next, ready, event } = setUp();
    const [a, b] = [subscribe('a'), subscribe('b')];
    a.read();
    b.read();
    next().resolve(1);
    next().resolve(2);
    ready(2);
    next().resolve(2);
    event(1, 2, 'b on the old');
    event(2, 2, 'a on the new');
    expect([a.heard, b.heard]).toEqual([['a on the new'], ['b on the old']]);
  });

  it('the old line may end it once it is asked for on the new one', async () => {
    const { subscribe, next, ready, all, subscribe: again } = setUp();
    const [moving, moved] = [subscribe('a'), again('b')];
    next().resolve(1);
    next().resolve(2);
    const recovered = ready(2);
    const a = next();
    next().resolve(12);
    all.onEvent(1, { key: 1, payload: undefined, end: true }, () => {});
    all.onEvent(1, { key: 2, payload: undefined, end: true }, () => {});
    expect([moving.subscription.status, moved.subscription.status]).toEqual(['active', 'active']);
    a.resolve(11);
    // For a while a was on neither line.
    expect(recovered.mock.calls).toEqual([[false]]);
    expect(all.size).toBe(2);
  });

  it('the old line may be lost meanwhile: then there may be a hole', () => {
    const { subscribe, next, ready, all } = setUp();
    const { subscription } = subscribe();
    next().resolve(1);
    const recovered = ready(2);
    all.onLineLost(1);
    expect([subscription.status, recovered.mock.calls]).toEqual(['pending', []]);
    next().resolve(2);
    expect([subscription.status, recovered.mock.calls]).toEqual(['active', [[false]]]);
  });

  it('the new line may be lost meanwhile: what is on the old one stays there', () => {
    const { subscribe, next, ready, lose, event, all } = setUp();
    const { heard, read } = subscribe();
    read();
    next().resolve(1);
    const recovered = ready(2);
    lose(2);
    expect([recovered.mock.calls, all.isMoving]).toEqual([[[false]], false]);
    event(1, 1, 'still heard');
    expect(heard).toEqual(['still heard']);
  });

  it('what the old line says to what the new one is asked too, counts only as long as that is silent', async () => {
    const { subscribe, next, ready, asked, event } = setUp();
    const [early, late, never] = [subscribe('early'), subscribe('late'), subscribe('never')];
    const [oldEarly, oldLate, oldNever] = [next(), next(), next()];
    ready(2);
    const [newEarly, newLate, newNever] = [next(), next(), next()];
    oldEarly.resolve(1);
    early.read();
    event(1, 1, 'on the old');
    newEarly.resolve(1);
    expect(early.heard).toEqual(['on the old']);
    expect(next().text).toBe('1 unsubscribe [1]');
    newLate.resolve(2);
    oldLate.resolve(2);
    expect([late.subscription.status, next().text]).toEqual(['active', '1 unsubscribe [2]']);
    oldNever.reject(new Error('gone'));
    newNever.resolve(3);
    expect([never.subscription.status, asked.length]).toEqual(['active', 0]);
  });

  it('events that overtook a reply which comes too late are told before those behind it', () => {
    const { subscribe, next, ready, event } = setUp();
    const { heard, read } = subscribe();
    read();
    next().resolve(1);
    ready(2);
    const second = next();
    ready(3);
    event(2, 7, 'first');
    second.resolve(7);
    event(2, 7, 'second');
    expect(heard).toEqual(['first', 'second']);
  });

  it('is on its way as long as the newest line has not answered', () => {
    const { subscribe, next, ready, all } = setUp();
    subscribe();
    next().resolve(1);
    ready(2);
    const second = next();
    ready(3);
    second.reject(new Error('no'));
    expect(all.isMoving).toBe(true);
    next().resolve(3);
    expect(all.isMoving).toBe(false);
  });

  it('a refusal by the new line ends it, and leaves the old one', async () => {
    const { subscribe, next, ready } = setUp();
    const { subscription } = subscribe();
    next().resolve(1);
    ready(2);
    next().reject(new Error('no'));
    expect(await subscription.closed).toMatchObject({ message: 'no' });
    expect(next().text).toBe('1 unsubscribe [1]');
  });
});
