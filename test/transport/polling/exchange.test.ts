import { beforeEach, describe, expect, it } from 'vitest';
import type { PollRequest } from '../../../src/polling.ts';
import { DEFAULT_LIMITS } from '../../../src/protocol/limits.ts';
import { createVirtualClock, type VirtualClock } from '../../../src/testing/virtual-clock.ts';
import { Exchange, unreadable, type Wire } from '../../../src/transport/polling/exchange.ts';
import { type FakeFetch, fakeFetch } from '../../tools/fake-fetch.ts';

let clock: VirtualClock;
let http: FakeFetch;
let arrived: number[];

function ask(request: Partial<PollRequest> = {}): { exchange: Exchange; outcome: Promise<unknown> } {
  const wire: Wire = {
    fetch: http.fetch,
    clock,
    limits: DEFAULT_LIMITS,
    headers: [['X-Of-Attempt', '1']],
    credentials: undefined,
    arrived: (bytes) => arrived.push(bytes),
  };
  const exchange = new Exchange(
    wire,
    { url: 'http://host/?token=secret12', ...request },
    { first: 1_000, silence: 500 },
  );
  return { exchange, outcome: exchange.start().catch((error: unknown) => error) };
}

beforeEach(() => {
  clock = createVirtualClock();
  http = fakeFetch();
  arrived = [];
});

describe('an answer that never ends', () => {
  it('has six silences in sum, and longer only for what comes: a byte now and then is no answer', async () => {
    const { outcome } = ask();
    const body = http.last().begin({ status: 200 });
    let isOver = false;
    void outcome.then(() => {
      isOver = true;
    });
    for (let at = 0; at < 40 && !isOver; at++) {
      body.push(Uint8Array.of(0x61));
      await clock.advance(200);
    }
    expect(await outcome).toMatchObject({ code: 'TIMEOUT' });
    expect(clock.now()).toBeLessThan(3_400);
  });

  it('may be slow where much comes', async () => {
    const { outcome } = ask();
    const body = http.last().begin({ status: 200 });
    for (let at = 0; at < 20; at++) {
      body.push(new Uint8Array(8_000).fill(0x61));
      await clock.advance(400);
    }
    body.end();
    expect(await outcome).toMatchObject({ text: 'a'.repeat(160_000) });
  });
});

describe('an exchange', () => {
  it.each([
    [{}, 'GET'],
    [{ body: '' }, 'POST'],
    [{ body: '', method: 'PUT' }, 'PUT'],
  ])('of %j is a %s', (request, method) => {
    ask({ ...request, headers: { 'X-Own': '2' } });
    expect(http.last().init).toMatchObject({
      method,
      headers: [
        ['X-Own', '2'],
        ['X-Of-Attempt', '1'],
      ],
    });
  });

  it('gives status, header fields and text, and counts what arrived', async () => {
    const { outcome } = ask();
    const body = http.last().begin({ status: 201, headers: { 'X-Kind': 'a' } });
    for (const piece of [new Uint8Array([0xc3]), new Uint8Array([0xbc, 0x21])]) body.push(piece);
    body.end();
    expect(await outcome).toEqual({
      status: 201,
      headers: new Map([['x-kind', 'a']]),
      text: 'ü!',
      isLast: true,
    });
    expect(arrived.reduce((sum, bytes) => sum + bytes)).toBe(3);
    expect(clock.pendingTimers).toBe(0);
  });

  it('has a deadline although fetch does not heed the signal, and its error holds no query', async () => {
    const { outcome } = ask();
    await clock.advance(1_000);
    expect(await outcome).toMatchObject({ code: 'TIMEOUT', server: 'http://host/', timeout: 1_000 });
    expect(String(await outcome)).not.toContain('secret12');
    expect(http.last().isAborted).toBe(true);
  });

  it('never settles once nobody waits for it', async () => {
    const { exchange, outcome } = ask();
    let isSettled = false;
    void outcome.then(() => {
      isSettled = true;
    });
    exchange.end();
    http.last().answer('late');
    await clock.settle();
    expect(isSettled).toBe(false);
    expect(clock.pendingTimers).toBe(0);
  });

  it('of what cannot be read no more is kept than of a refusal', () => {
    const answer = { status: 200, headers: new Map(), text: 'x'.repeat(10_000), isLast: true };
    expect(unreadable('http://host/', new Error('no'), answer).body).toHaveLength(4096);
  });
});
