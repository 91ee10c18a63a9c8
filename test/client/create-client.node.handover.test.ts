// Real sockets: two servers are restarted one after the other, as in a rolling deployment, under a client that works all
// the time. Each server says that it will restart, waits for its clients to leave, and cuts those that have not.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { deferred } from '../../src/base/deferred.ts';
import { createClient } from '../../src/client/create-client.node.ts';
import { failover } from '../../src/connection/failover.ts';
import { handover } from '../../src/connection/handover.ts';

/** What all servers share: the log of events, and which orders were taken. */
interface Shop {
  readonly events: number[];
  readonly orders: number[];
  readonly tellAll: Set<() => void>;
}

interface Server {
  readonly url: string;
  readonly connections: number;
  readonly port: number;
  /** Says that it will restart, waits, cuts what is left, and is gone. How many were cut. */
  leave(notice: number): Promise<number>;
  stop(): Promise<void>;
}

const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

async function serve(shop: Shop, port = 0): Promise<Server> {
  const server = new WebSocketServer({ host: '127.0.0.1', port });
  await once(server, 'listening');
  let [count, cut] = [0, 0];
  server.on('connection', (socket) => {
    count++;
    const streams = new Map<string, number>();
    const send = (message: object): void => socket.send(JSON.stringify(message));
    const tell = (): void => {
      for (const [subscription, next] of streams) {
        for (const result of shop.events.slice(next)) {
          send({ method: 'subscription', params: { subscription, result } });
        }
        streams.set(subscription, shop.events.length);
      }
    };
    shop.tellAll.add(tell);
    socket.on('close', () => shop.tellAll.delete(tell));
    socket.on('message', (data) => {
      const { id, method, params } = JSON.parse(String(data));
      if (method === 'subscribe') {
        const from = params[1]?.from;
        const subscription = `s${id}`;
        send({ id, result: { subscription, resumed: from !== undefined } });
        streams.set(subscription, from === undefined ? 0 : from + 1);
        tell();
      } else if (method === 'unsubscribe') {
        streams.delete(params[0]);
        send({ id, result: true });
      } else {
        shop.orders.push(params[0]);
        // Answers take their time, so that some are always under way.
        setTimeout(() => socket.readyState === socket.OPEN && send({ id, result: params[0] }), id % 7);
      }
    });
  });
  const stop = async (): Promise<void> => {
    cut += server.clients.size;
    for (const socket of server.clients) socket.terminate();
    await new Promise((resolve) => server.close(resolve));
  };
  const { port: own } = server.address() as AddressInfo;
  const made: Server = {
    url: `ws://127.0.0.1:${own}/`,
    port: own,
    get connections() {
      return count;
    },
    async leave(notice) {
      for (const socket of server.clients) socket.send('{"method":"restarting"}');
      const left = deferred<void>();
      const deadline = setTimeout(left.resolve, notice);
      for (const socket of server.clients) {
        socket.on('close', () => server.clients.size === 0 && left.resolve());
      }
      await left.promise;
      clearTimeout(deadline);
      await stop();
      return cut;
    },
    stop,
  };
  servers.push(made);
  return made;
}

describe('a rolling restart', () => {
  it('of two servers loses nothing: every request is answered once, every event told once', async () => {
    const shop: Shop = { events: [], orders: [], tellAll: new Set() };
    const [first, second] = [await serve(shop), await serve(shop)];
    const client = createClient({
      url: [first.url, second.url],
      use: [
        failover(),
        handover({
          when: (message) => (message as { method?: unknown }).method === 'restarting',
          spread: 20,
        }),
      ],
    });
    const statuses: string[] = [];
    const gaps: boolean[] = [];
    client.on('state', ({ current }) => statuses.push(current.status));
    client.on('gap', ({ recovered }) => gaps.push(recovered));
    const heard: number[] = [];
    const subscription = client.subscribe(
      'log',
      {},
      {
        cursor: (event) => event as number,
        resume: (_params, from) => ({ from }),
        resumed: (reply) => (reply as { resumed: boolean }).resumed,
      },
    );
    subscription.on((event) => heard.push(event as number));
    await client.ready();

    const replies: Promise<unknown>[] = [];
    const work = setInterval(() => {
      replies.push(client.request('order', [replies.length]));
      shop.events.push(shop.events.length);
      for (const tell of [...shop.tellAll]) tell();
    }, 1);
    const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));
    // On a busy machine the clock goes on while no work is done.
    const workOn = async (): Promise<void> => {
      for (const enough = replies.length + 20; replies.length < enough; ) await pause();
    };
    await workOn();
    expect(await first.leave(30_000)).toBe(0);
    expect(client.state).toMatchObject({ status: 'ready', epoch: 2 });
    await workOn();
    const back = await serve(shop, first.port);
    expect(await second.leave(30_000)).toBe(0);
    expect(client.state).toMatchObject({ status: 'ready', epoch: 3 });
    await workOn();
    clearInterval(work);
    const results = await Promise.all(replies);
    while (heard.length < shop.events.length) await pause();

    expect(results).toEqual(results.map((_, index) => index));
    expect([...shop.orders].sort((a, b) => a - b)).toEqual(results);
    expect(heard).toEqual(shop.events);
    expect(statuses).toEqual(['connecting', 'ready', 'ready', 'ready']);
    expect(gaps).toEqual([true, true]);
    expect([first.connections, second.connections, back.connections]).toEqual([1, 1, 1]);
    expect(results.length).toBeGreaterThan(30);
    await client.close();
  });
});
