import { describe, expect, it, vi } from 'vitest';
import { type PendingRequest, Requests } from '../../src/messaging/requests.ts';
import { createVirtualClock } from '../../src/testing/virtual-clock.ts';

function request(key: string | number): PendingRequest {
  return { key, method: 'sum', idempotent: false, sent: false, resolve: vi.fn(), reject: vi.fn() };
}

describe('Requests', () => {
  it('gives a request back once, by its very key', () => {
    const clock = createVirtualClock();
    const requests = new Requests(clock);
    const one = request(1);
    requests.add(one, 100, () => {});
    expect(requests.get('1')).toBeUndefined();
    expect(requests.take('1')).toBeUndefined();
    expect(requests.get(1)).toBe(one);
    expect(requests.take(1)).toBe(one);
    expect(requests.take(1)).toBeUndefined();
    expect([requests.size, clock.pendingTimers]).toEqual([0, 0]);
  });

  it('takes keys that objects have already', () => {
    const requests = new Requests(createVirtualClock());
    for (const key of ['__proto__', 'constructor', 'toString']) expect(requests.take(key)).toBeUndefined();
    const odd = request('__proto__');
    requests.add(odd, 100, () => {});
    expect(requests.take('__proto__')).toBe(odd);
  });

  it('expires at its time and not before, once', async () => {
    const clock = createVirtualClock();
    const requests = new Requests(clock);
    const expired = vi.fn();
    requests.add(request(1), 100, expired);
    await clock.advance(99);
    expect([expired.mock.calls.length, requests.size]).toEqual([0, 1]);
    await clock.advance(1);
    expect([expired.mock.calls.length, requests.size]).toEqual([1, 0]);
    await clock.advance(1_000);
    expect(expired).toHaveBeenCalledTimes(1);
  });

  it('waits for ever when told so', () => {
    const clock = createVirtualClock();
    new Requests(clock).add(request(1), Number.POSITIVE_INFINITY, () => {});
    expect(clock.pendingTimers).toBe(0);
  });

  it('lists 10,000 requests in the order of their coming', () => {
    const clock = createVirtualClock();
    const requests = new Requests(clock);
    for (let key = 0; key < 10_000; key++) requests.add(request(key), 1_000, () => {});
    expect(requests.all().map(({ key }) => key)).toEqual(Array.from({ length: 10_000 }, (_, key) => key));
    for (let key = 9_999; key >= 0; key--) requests.take(key);
    expect([requests.size, clock.pendingTimers]).toEqual([0, 0]);
  });
});
