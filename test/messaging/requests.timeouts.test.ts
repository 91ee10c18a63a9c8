// Every request has its own time, under one timer.
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { DeliveryError } from '../../src/base/errors.ts';
import { handover } from '../../src/connection/handover.ts';
import { jsonRpc } from '../../src/messaging/json-rpc.ts';
import type { RequestOptions } from '../../src/messaging/requests.ts';
import { setUp, watch } from '../client/set-up.ts';
import { PROPERTY_RUNS, PROPERTY_TIMEOUT } from '../tools/property-runs.ts';

const FOREVER = Number.POSITIVE_INFINITY;

async function open(options: Parameters<typeof setUp>[0] = {}) {
  const bench = setUp(options);
  const { client, clock, server } = bench;
  await bench.open();
  /** Timers that are not of requests. */
  const others = clock.pendingTimers;
  /** What became of each request, with the time. */
  const fates: string[] = [];
  const ask = (name: string, timeout: number, more: RequestOptions = {}): void => {
    client.request(name, undefined, { ...more, timeout }).then(
      (result) => fates.push(`${name} ${result} ${clock.now()}`),
      (error) => fates.push(`${name} ${error.code} ${error.outcome} ${clock.now()}`),
    );
  };
  const answer = (id: number | string, result: unknown = 'answered'): void =>
    server.last.send(JSON.stringify({ id, result }));
  return {
    ...bench,
    fates,
    ask,
    answer,
    requestTimers: () => clock.pendingTimers - others,
  };
}

describe('a request', () => {
  it('is answered once, by its id, which may come back as a string', async () => {
    const { client, clock, of, fates, ask, answer } = await open();
    ask('sum', 100);
    answer('2', 'by another');
    answer('01', 'by what only looks like it');
    await clock.settle();
    expect(fates).toEqual([]);
    answer('1', 3);
    answer(1, 4);
    await clock.settle();
    expect(fates).toEqual(['sum 3 0']);
    expect(of('lateReply')).toEqual([{ key: 2 }, { key: '01' }, { key: 1 }]);
    expect(client.stats().pending).toBe(0);
  });

  it.each(['__proto__', 'constructor', 'toString'])('is not met by a reply to %s', async (key) => {
    const { clock, of, fates, ask, answer } = await open();
    ask('sum', 100);
    answer(key);
    await clock.settle();
    expect(fates).toEqual([]);
    expect(of('lateReply')).toEqual([{ key }]);
  });

  it('times out at its time and not before, once', async () => {
    const { client, clock, fates, ask } = await open();
    ask('sum', 100);
    await clock.advance(99);
    expect(fates).toEqual([]);
    expect(client.stats().pending).toBe(1);
    await clock.advance(1);
    expect(fates).toEqual(['sum REQUEST_TIMEOUT unknown 100']);
    expect(client.stats().pending).toBe(0);
    await clock.advance(1_000);
    expect(fates).toHaveLength(1);
  });

  it('waits for ever when told so', async () => {
    const { clock, fates, ask, answer, requestTimers } = await open();
    ask('sum', FOREVER);
    expect(requestTimers()).toBe(0);
    await clock.advance(1e12);
    expect(fates).toEqual([]);
    answer(1);
    await clock.settle();
    expect(fates).toHaveLength(1);
  });

  it('that is answered leaves no timer once the client is closed', async () => {
    const { client, clock, ask, answer } = await open();
    ask('sum', 100);
    answer(1);
    void client.close();
    await clock.advance(0);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('the one timer of all requests', () => {
  it('serves 10,000, which keep the order of their coming', async () => {
    const { client, clock, fates, ask, server, requestTimers } = await open();
    const names = Array.from({ length: 10_000 }, (_, at) => `r${at}`);
    for (const [at, name] of names.entries()) ask(name, 1_000 + (at % 7));
    expect(requestTimers()).toBe(1);
    expect(client.stats().pending).toBe(10_000);
    server.last.drop();
    await clock.settle();
    expect(fates).toEqual(names.map((name) => `${name} REPLY_LOST unknown 0`));
    expect(client.stats().pending).toBe(0);
  }, 30_000);

  it('stays between requests while there is a connection, and goes when there is none', async () => {
    const { clock, ask, answer, server, requestTimers } = await open();
    const setTimer = vi.spyOn(clock, 'setTimer');
    for (let id = 1; id <= 5; id++) {
      ask('sum', 100);
      answer(id);
      await clock.advance(1);
    }
    expect(setTimer).toHaveBeenCalledTimes(1);
    expect(requestTimers()).toBe(1);
    ask('sooner', 10);
    expect(requestTimers()).toBe(1);
    answer(6);
    await clock.settle();
    server.last.drop();
    setTimer.mockRestore();
    await clock.settle();
    expect(clock.pendingTimers).toBe(1); // the next attempt's
  });

  it('stays for a request that still waits when the connection is lost, and goes with it', async () => {
    const { client, clock, server } = await open();
    const fate = watch(client.request('get', [], { idempotent: true, timeout: 60_000 }));
    server.last.drop();
    await clock.settle();
    expect(clock.pendingTimers).toBe(2);
    await clock.advance(6_000);
    server.last.send('{"id":1,"result":"got"}');
    await clock.settle();
    expect(fate.value).toBe('got');
    void client.close();
    await clock.advance(0);
    expect(clock.pendingTimers).toBe(0);
  });

  it('does not time out one that another took back when it did', async () => {
    const controller = new AbortController();
    const cancelled: unknown[] = [];
    const cancel = (id: unknown) => {
      cancelled.push(id);
      controller.abort(); // on the stack of the timer
      return { method: 'stop' };
    };
    const { client, clock, fates, ask } = await open({ envelope: jsonRpc({ cancel }) });
    ask('first', 100);
    ask('second', 100, { signal: controller.signal });
    await clock.advance(1_000);
    expect(fates.toSorted()).toEqual(['first REQUEST_TIMEOUT unknown 100', 'second ABORTED unknown 100']);
    expect(cancelled).toEqual([1, 2]);
    expect(client.stats().pending).toBe(0);
  });

  it('waits on for the others when it has gone off', async () => {
    const { clock, fates, ask, client } = await open();
    ask('late', 300);
    client
      .request('new', undefined, { timeout: 100 })
      .catch((error) => {
        fates.push(`new ${error.code} ${clock.now()}`);
        ask('newest', 0);
      })
      .catch(() => {});
    await clock.advance(100);
    expect(fates).toEqual(['new REQUEST_TIMEOUT 100', 'newest REQUEST_TIMEOUT unknown 100']);
    await clock.advance(200);
    expect(fates.at(-1)).toBe('late REQUEST_TIMEOUT unknown 300');
    expect(client.stats().pending).toBe(0);
  });

  it(
    'lets each time out at its own time, whatever the order in which they came',
    async () => {
      const anyRequest = fc.record({
        at: fc.nat(50),
        timeout: fc.oneof(fc.nat(100), fc.constant(FOREVER)),
        answered: fc.option(fc.nat(150)),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(anyRequest, { maxLength: 30 }), fc.boolean(), async (plan, isUp) => {
          const bench = setUp({}, isUp ? {} : { onConnect: () => {} });
          const { client, clock, server } = bench;
          await bench.open();
          const fates = new Map<number, string>();
          const note = (key: number, what: string): void => void fates.set(key, `${what} ${clock.now()}`);
          plan.forEach(({ at, timeout, answered }, key) => {
            clock.setTimer(() => {
              client.request(`r${key}`, undefined, { timeout }).then(
                () => note(key, 'answered'),
                (error) => note(key, error instanceof DeliveryError ? error.code : String(error)),
              );
              if (answered === null || !isUp) return;
              clock.setTimer(() => {
                const asked = server.last.received.map((data) => JSON.parse(data as string));
                const id = asked.find(({ method }) => method === `r${key}`)?.id;
                server.last.send(JSON.stringify({ id, result: null }));
              }, answered);
            }, at);
          });
          await clock.advance(1_000);
          plan.forEach(({ at, timeout, answered }, key) => {
            const fate = fates.get(key);
            const isAnswered = isUp && answered !== null;
            if (isAnswered && answered === timeout) expect(fate).toMatch(new RegExp(` ${at + timeout}$`));
            else if (isAnswered && answered < timeout) expect(fate).toBe(`answered ${at + answered}`);
            else expect(fate).toBe(timeout < FOREVER ? `REQUEST_TIMEOUT ${at + timeout}` : undefined);
          });
          const closed = client.close();
          await clock.advance(0);
          await closed;
          expect(client.stats().pending).toBe(0);
          expect(clock.pendingTimers).toBe(0);
        }),
        { numRuns: PROPERTY_RUNS },
      );
    },
    PROPERTY_TIMEOUT,
  );
});

it('what a server refuses without a name is no reason for a request on another line', async () => {
  const { client, clock, server, open } = setUp({ use: [handover()] });
  await open();
  const before = watch(client.request('before', undefined, { timeout: 1_000 }));
  await clock.settle();
  const moved = client.handover();
  await clock.advance(0);
  await moved;
  const after = watch(client.request('after', undefined, { timeout: 1_000 }));
  await clock.settle();
  server.last.send('{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"parse error"}}');
  await clock.advance(1_000);
  expect(before.value).toMatchObject({ code: 'REQUEST_TIMEOUT' });
  expect((before.value as Error).cause).toBeUndefined();
  expect(after.value).toMatchObject({ code: 'REQUEST_TIMEOUT', cause: { code: 'SERVER_ERROR' } });
});
