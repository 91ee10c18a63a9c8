// Keys leave in order, and the time of a request begins when it leaves.
import { describe, expect, it } from 'vitest';
import type { Codec } from '../../src/messaging/codec.ts';
import { jsonRpc } from '../../src/messaging/json-rpc.ts';
import { atInterval } from '../../src/transport/pacing.ts';
import { setUp, watch } from '../client/set-up.ts';

/** Ids and methods as the newest line received them. */
const asked = (received: unknown[]) =>
  received.map((message) => {
    const { id, method } = message as { id: number; method: string };
    return `${id} ${method}`;
  });

describe('keys', () => {
  it('rise on the wire when a subscription overtakes a request that waits', async () => {
    const { client, server, received, clock, open } = setUp();
    const fate = watch(client.request('state'));
    client.subscribe('ticks');
    await open();
    expect(asked(received())).toEqual(['2 subscribe', '3 state']);
    server.last.send('{"id":3,"result":"fine"}');
    await clock.settle();
    expect(fate.value).toBe('fine');
  });

  it('rise on every line', async () => {
    const { client, server, received, clock, open } = setUp();
    client.subscribe('ticks');
    await open();
    server.last.send('{"id":1,"result":"s"}');
    server.last.drop();
    void client.request('a').catch(() => {});
    void client.request('b').catch(() => {});
    await clock.advance(6_000);
    const ids = received().map((message) => (message as { id: number }).id);
    expect(ids).toHaveLength(3);
    expect(ids).toEqual([...ids].sort((one, other) => one - other));
    void client.close();
  });

  it('stay as they are where nothing has overtaken', async () => {
    const { client, received, open } = setUp();
    void client.request('a').catch(() => {});
    void client.request('b').catch(() => {});
    await open();
    expect(asked(received())).toEqual(['1 a', '2 b']);
    void client.close();
  });

  it('of an idempotent request that is sent again stay the same where nothing has overtaken', async () => {
    const { client, server, received, clock, open } = setUp();
    await open();
    void client.request('a', undefined, { idempotent: true }).catch(() => {});
    void client.request('b', undefined, { idempotent: true }).catch(() => {});
    server.last.drop();
    await clock.advance(6_000);
    expect(asked(received())).toEqual(['1 a', '2 b']);
    void client.close();
  });

  it('of one that a subscription has overtaken on the new line rise too, and its reply finds it', async () => {
    const { client, server, received, clock, open } = setUp();
    client.subscribe('ticks');
    await open();
    server.last.send('{"id":1,"result":"s"}');
    const fate = watch(client.request('a', { x: 1 }, { idempotent: true }));
    const plain = watch(client.request('b', { x: 1 }));
    for (const line of [1, 2]) {
      server.last.drop();
      const waits = watch(client.request(`c${line}`));
      await clock.advance(6_000);
      const ids = received().map((message) => (message as { id: number }).id);
      expect(ids).toEqual([...new Set(ids)].sort((one, other) => one - other));
      const names = received().map((message) => (message as { method: string }).method);
      expect([...names].sort()).toEqual(['a', `c${line}`, 'subscribe']);
      expect(names[0]).toBe('subscribe');
      expect(received()).toContainEqual(expect.objectContaining({ method: 'a', params: { x: 1 } }));
      server.last.send(`{"id":${ids[0]},"result":"s"}`);
      await clock.settle();
      expect([fate.value, waits.value]).toEqual(['pending', 'pending']);
    }
    const { id } = received().find((message) => (message as { method: string }).method === 'a') as {
      id: number;
    };
    server.last.send(`{"id":${id},"result":"fine"}`);
    await clock.settle();
    expect([fate.value, fate.settled]).toEqual(['fine', 1]);
    expect(plain.value).toMatchObject({ code: 'REPLY_LOST', outcome: 'unknown' });
    void client.close();
  });

  it('stay as they are where the caller has changed the params meanwhile: what was given is what goes', async () => {
    const { client, received, open } = setUp();
    const params = { a: 1 };
    void client.request('m', params).catch(() => {});
    params.a = 2;
    client.subscribe('ticks');
    await open();
    expect(received()).toMatchObject([{ method: 'subscribe' }, { id: 1, params: { a: 1 } }]);
    void client.close();
  });

  it('stay as they are where the message cannot be made again', async () => {
    const { client, received, open } = setUp();
    const params: { a: unknown } = { a: 1 };
    void client.request('m', params).catch(() => {});
    params.a = 1n;
    client.subscribe('ticks');
    await open();
    expect(received()).toMatchObject([{ method: 'subscribe' }, { id: 1, params: { a: 1 } }]);
    void client.close();
  });

  it('that are texts have no order', async () => {
    let count = 0;
    const envelope = () => {
      const made = jsonRpc()();
      return {
        ...made,
        rpc: { ...(made.rpc as NonNullable<typeof made.rpc>), allocate: () => `k${++count}` },
      };
    };
    const { client, received, open } = setUp({ envelope });
    void client.request('a').catch(() => {});
    client.subscribe('ticks');
    await open();
    expect(received()).toMatchObject([{ id: 'k2' }, { id: 'k1' }]);
    void client.close();
  });

  it('rise under a codec of bytes too', async () => {
    const codec: Codec = {
      binary: true,
      encode: (value) => new TextEncoder().encode(JSON.stringify(value)),
      decode: (data) => JSON.parse(new TextDecoder().decode(data as Uint8Array)),
    };
    const { client, server, open } = setUp({ codec });
    void client.request('a').catch(() => {});
    client.subscribe('ticks');
    await open();
    const ids = server.last.received.map((data) => (codec.decode(data as Uint8Array) as { id: number }).id);
    expect(ids).toEqual([2, 3]);
    void client.close();
  });

  it('of subscriptions that nobody confirms count too', async () => {
    const envelope = () => {
      const made = jsonRpc()();
      const rpc = made.rpc as NonNullable<typeof made.rpc>;
      const wire = rpc.subscriptions as NonNullable<typeof rpc.subscriptions>;
      return { ...made, rpc: { ...rpc, subscriptions: { ...wire, confirms: false } } };
    };
    const { client, received, open } = setUp({ envelope });
    void client.request('a').catch(() => {});
    client.subscribe('ticks');
    await open();
    expect(asked(received())).toEqual(['2 subscribe', '3 a']);
    void client.close();
  });
});

describe('the time of a request', () => {
  it('begins when it leaves: those that wait for their turn do not run out of it', async () => {
    const { client, clock, server, received, open } = setUp({ use: [atInterval(1_000)] });
    await open();
    const fates = Array.from({ length: 10 }, () => watch(client.request('m', undefined, { timeout: 3_000 })));
    await clock.advance(9_500);
    expect(received()).toHaveLength(10);
    server.last.send('{"id":10,"result":"fine"}');
    await clock.settle();
    expect(fates[9]?.value).toBe('fine');
    expect(fates[0]?.value).toMatchObject({ code: 'REQUEST_TIMEOUT', outcome: 'unknown' });
    void client.close();
  });

  it('is bounded in all: outbox.maxAge for the turn', async () => {
    const { client, clock, open } = setUp({ use: [atInterval(1_000_000)], outbox: { maxAge: 5_000 } });
    await open();
    void client.request('first').catch(() => {});
    const fate = watch(client.request('m', undefined, { timeout: 2_000 }));
    await clock.advance(4_999);
    expect(fate.value).toBe('pending');
    await clock.advance(1);
    expect(fate.value).toMatchObject({ code: 'REQUEST_TIMEOUT', outcome: 'not-sent', timeout: 5_000 });
    expect((fate.value as Error).message).toContain('its turn did not come on a ready connection');
    void client.close();
  });

  it('is for the connection, and then once more for the reply', async () => {
    const { client, clock, server } = setUp({}, { onConnect: () => {} });
    const fate = watch(client.request('m', undefined, { timeout: 2_000 }));
    await clock.advance(1_500);
    server.last.accept();
    await clock.advance(1_999);
    expect(fate.value).toBe('pending');
    await clock.advance(1);
    expect(fate.value).toMatchObject({ code: 'REQUEST_TIMEOUT', outcome: 'unknown' });
    void client.close();
  });

  it('without end has none after waiting either', async () => {
    const { client, clock, server } = setUp({}, { onConnect: () => {} });
    const fate = watch(client.request('m', undefined, { timeout: Number.POSITIVE_INFINITY }));
    await clock.advance(1_000);
    server.last.accept();
    await clock.advance(10_000_000);
    expect(fate.value).toBe('pending');
    void client.close();
  });
});

describe('a listener to ready', () => {
  it('sends ahead of what waits, and behind the subscriptions', async () => {
    const { client, server, clock, open } = setUp();
    client.subscribe('ticks');
    client.on('ready', () => {
      void client.request('join').catch(() => {});
      void client.send({ method: 'hello' });
    });
    await open();
    server.last.drop();
    void client.send({ method: 'queued 1' });
    void client.request('queued 2').catch(() => {});
    await clock.advance(6_000);
    const methods = server.last.received.map((data) => JSON.parse(data as string).method);
    expect(methods).toEqual(['subscribe', 'join', 'hello', 'queued 1', 'queued 2']);
    void client.close();
  });
});
