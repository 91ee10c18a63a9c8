import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { type PendingRequest, Requests } from '../../src/messaging/requests.ts';
import { createVirtualClock } from '../../src/testing/virtual-clock.ts';
import { PROPERTY_RUNS, PROPERTY_TIMEOUT } from '../tools/property-runs.ts';

interface Waiting extends PendingRequest<Waiting> {}

function request(
  key: string | number,
  timeout = 100,
  expired: (request: Waiting) => void = () => {},
): Waiting {
  return {
    key,
    method: 'sum',
    idempotent: false,
    timeout,
    deadline: Number.POSITIVE_INFINITY,
    isSent: false,
    resolve: vi.fn(),
    reject: vi.fn(),
    expired,
  };
}

describe('Requests', () => {
  it('gives a request back once, by its very key', () => {
    const clock = createVirtualClock();
    const requests = new Requests<Waiting>(clock);
    const one = request(1);
    requests.add(one);
    expect(requests.get('1')).toBeUndefined();
    expect(requests.take('1')).toBeUndefined();
    expect(requests.get(1)).toBe(one);
    expect(requests.take(1)).toBe(one);
    expect(requests.take(1)).toBeUndefined();
    expect([requests.size, clock.pendingTimers]).toEqual([0, 0]);
  });

  it('takes keys that objects have already', () => {
    const requests = new Requests<Waiting>(createVirtualClock());
    for (const key of ['__proto__', 'constructor', 'toString']) expect(requests.take(key)).toBeUndefined();
    const odd = request('__proto__');
    requests.add(odd);
    expect(requests.take('__proto__')).toBe(odd);
  });

  it('expires at its time and not before, once, with itself', async () => {
    const clock = createVirtualClock();
    const requests = new Requests<Waiting>(clock);
    const expired = vi.fn();
    const one = request(1, 100, expired);
    requests.add(one);
    await clock.advance(99);
    expect([expired.mock.calls.length, requests.size]).toEqual([0, 1]);
    await clock.advance(1);
    expect(expired.mock.calls).toEqual([[one]]);
    expect([requests.size, clock.pendingTimers]).toEqual([0, 0]);
    await clock.advance(1_000);
    expect(expired).toHaveBeenCalledTimes(1);
  });

  it('waits for ever when told so', () => {
    const clock = createVirtualClock();
    new Requests<Waiting>(clock).add(request(1, Number.POSITIVE_INFINITY));
    expect(clock.pendingTimers).toBe(0);
  });

  it('lists 10,000 requests in the order of their coming, under one timer', () => {
    const clock = createVirtualClock();
    const requests = new Requests<Waiting>(clock);
    for (let key = 0; key < 10_000; key++) requests.add(request(key, 1_000 + (key % 7)));
    expect(clock.pendingTimers).toBe(1);
    expect(requests.all().map(({ key }) => key)).toEqual(Array.from({ length: 10_000 }, (_, key) => key));
    for (let key = 9_999; key >= 0; key--) requests.take(key);
    expect([requests.size, clock.pendingTimers]).toEqual([0, 0]);
  });
});

describe('The one timer of all requests', () => {
  it(
    'lets each expire at its own time, whatever the order in which they came',
    async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(
            fc.record({
              at: fc.nat(50),
              timeout: fc.oneof(fc.nat(100), fc.constant(Number.POSITIVE_INFINITY)),
              answered: fc.option(fc.nat(150)),
            }),
            { maxLength: 30 },
          ),
          fc.boolean(),
          async (plan, lingers) => {
            const clock = createVirtualClock();
            const requests = new Requests<Waiting>(clock);
            if (lingers) requests.linger();
            const fates = new Map<unknown, string>();
            plan.forEach(({ at, timeout, answered }, key) => {
              clock.setTimer(() => {
                requests.add(request(key, timeout, (self) => fates.set(self.key, `expired ${clock.now()}`)));
                if (answered === null) return;
                const answer = (): void => {
                  if (requests.take(key) !== undefined) fates.set(key, `answered ${clock.now()}`);
                };
                clock.setTimer(answer, answered);
              }, at);
            });
            await clock.advance(1_000);
            plan.forEach(({ at, timeout, answered }, key) => {
              const isAnswered = answered !== null && answered <= timeout;
              const fate = fates.get(key);
              if (isAnswered && answered === timeout) expect(fate).toMatch(new RegExp(` ${at + timeout}$`));
              else if (isAnswered) expect(fate).toBe(`answered ${at + answered}`);
              else
                expect(fate).toBe(timeout < Number.POSITIVE_INFINITY ? `expired ${at + timeout}` : undefined);
            });
            requests.rest();
            for (const { key } of requests.all()) requests.take(key);
            expect(clock.pendingTimers).toBe(0);
          },
        ),
        { numRuns: PROPERTY_RUNS },
      );
    },
    PROPERTY_TIMEOUT,
  );

  it('stays between requests while there is a line, and goes when there is none', async () => {
    const clock = createVirtualClock();
    const setTimer = vi.spyOn(clock, 'setTimer');
    const requests = new Requests<Waiting>(clock);
    requests.linger();
    for (let key = 0; key < 5; key++) {
      requests.add(request(key));
      requests.take(key);
      await clock.advance(1);
    }
    expect([setTimer.mock.calls.length, clock.pendingTimers]).toEqual([1, 1]);
    requests.add(request('sooner', 10));
    expect(clock.pendingTimers).toBe(1);
    requests.rest();
    expect(clock.pendingTimers).toBe(1);
    requests.take('sooner');
    expect(clock.pendingTimers).toBe(0);
  });

  it('does not expire one that another gave up when it expired', async () => {
    const clock = createVirtualClock();
    const requests = new Requests<Waiting>(clock);
    const second = vi.fn();
    requests.add(request(1, 100, () => void requests.take(2)));
    requests.add(request(2, 100, second));
    await clock.advance(1_000);
    expect(second).not.toHaveBeenCalled();
    expect([requests.size, clock.pendingTimers]).toEqual([0, 0]);
  });

  it('waits on for the others when it has gone off', async () => {
    const clock = createVirtualClock();
    const requests = new Requests<Waiting>(clock);
    const fates: unknown[] = [];
    const note = ({ key }: Waiting): unknown => fates.push(key);
    requests.add(request('late', 300, note));
    requests.add(
      request('new', 100, (self) => {
        note(self);
        requests.add(request('newest', 0, note));
      }),
    );
    await clock.advance(100);
    expect(fates).toEqual(['new', 'newest']);
    await clock.advance(200);
    expect(fates).toEqual(['new', 'newest', 'late']);
    expect(clock.pendingTimers).toBe(0);
  });
});
