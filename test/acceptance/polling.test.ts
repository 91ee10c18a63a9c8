// Polling and long polling as the tutorials explain them, in Flask: the same conversations as over a WebSocket.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ClientOptions, connect, createClient, loginLoop, raw } from '../../src/index.node.ts';
import { longPolling, type PollFetch, plainPolling, pollingTransport } from '../../src/polling.ts';
import { hear } from './heard.ts';
import { type SeedServer, startSeedServer } from './seed-server.ts';

let server: SeedServer;

beforeAll(async () => {
  server = await startSeedServer('f_polling.py', 'PORT', '0.4');
});

afterAll(async () => {
  await server.stop();
});

/** `fetch`, and how often it was called. */
function counted(): { fetch: PollFetch; requests: () => number } {
  let requests = 0;
  return {
    fetch: (url, init) => {
      requests++;
      return fetch(url, init as RequestInit) as ReturnType<PollFetch>;
    },
    requests: () => requests,
  };
}

test('polling: what is sent comes back with the next question', async () => {
  const transport = pollingTransport(plainPolling({ interval: 100 }));
  await using socket = await connect(server.url('/polling'), { transport });
  for (const message of ['Hello', '推送', 'x'.repeat(70_000)]) {
    socket.send(message);
    expect(await socket.receive()).toBe(message);
  }
});

test('long polling: a login loop, then every message in order, over holds that end with nothing', async () => {
  const names = ['alice', '名字', 'hlq'];
  const client = createClient({
    url: server.url('/long-polling'),
    envelope: raw(),
    transport: pollingTransport(longPolling({ hold: 400 })),
    auth: loginLoop({ answer: () => names.shift() }),
  });
  const messages = hear(client, 'message');
  expect(await client.ready()).toMatchObject({ status: 'ready', reason: 'login accepted' });
  await new Promise((resolve) => setTimeout(resolve, 900));
  const sent = Array.from({ length: 200 }, (_, index) => `message ${index}`);
  await Promise.all(sent.map((message) => client.send(message)));
  expect(await messages.atLeast(200)).toEqual(sent);
  expect(client.state).toMatchObject({ status: 'ready', epoch: 1 });
  await client.close();
});

test('long polling: a server that forgets its sessions is logged in to anew, and a gap is told', async () => {
  const client = createClient({
    url: server.url('/long-polling'),
    envelope: raw(),
    transport: pollingTransport(longPolling({ hold: 400 })),
    auth: loginLoop({ answer: () => 'hlq' }),
  });
  const gaps = hear(client, 'gap');
  await client.ready();
  await client.send('restart');
  await gaps.atLeast(1);
  expect(client.state).toMatchObject({ status: 'ready', epoch: 2 });
  await client.close();
});

test('long polling takes far fewer requests than polling for the same conversation', async () => {
  /** @param isLong - whether it has been long enough, by the requests that were made and the milliseconds that passed */
  async function talk(
    path: string,
    make: (fetch: PollFetch) => ClientOptions['transport'],
    isLong: (requests: number, ms: number) => boolean,
  ): Promise<{ readonly requests: number; readonly ms: number }> {
    const { fetch: counting, requests } = counted();
    await using socket = await connect(server.url(path), { transport: make(counting)! });
    if (path === '/long-polling') {
      socket.send('hlq');
      await socket.receive();
    }
    const begun = performance.now();
    const passed = (): number => performance.now() - begun;
    while (!isLong(requests(), passed())) await new Promise((resolve) => setTimeout(resolve, 20));
    const ms = passed();
    socket.send('Hello');
    expect(await socket.receive()).toBe('Hello');
    return { requests: requests(), ms };
  }
  // However slow the machine is: as long as 30 polls take, and then the same time without a word.
  const polled = await talk(
    '/polling',
    (fetch) => pollingTransport({ ...plainPolling({ interval: 20 }), fetch }),
    (requests) => requests >= 30,
  );
  const held = await talk(
    '/long-polling',
    (fetch) => pollingTransport({ ...longPolling(), fetch }),
    (_requests, ms) => ms >= polled.ms,
  );
  // The server holds a request for ten seconds.
  expect(held.requests).toBeLessThan(8 + polled.ms / 5_000);
});
