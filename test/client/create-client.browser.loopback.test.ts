// Over the WHATWG WebSocket of Node, in which the browser's entry runs as well: a real server, no page needed.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { loginLoop } from '../../src/auth/login-loop.ts';
import { connect, createClient } from '../../src/client/create-client.browser.ts';
import type { ClientOptions } from '../../src/client/options.ts';
import { type RpcServer, startRpcServer } from './rpc-server.ts';

let server: RpcServer;

beforeEach(async () => {
  server = await startRpcServer();
});
afterEach(() => server.close());

it('holds a conversation over the platform’s WebSocket, a lost line included', async () => {
  const client = createClient({
    url: server.url,
    auth: loginLoop({ answer: () => 'hlq' }),
    reconnect: { firstDelay: 10 },
  });
  expect(await client.request('sum', [1, 2])).toBe(3);
  const lost = new Promise((resolve) => client.once('lost', resolve));
  server.drop();
  await lost;
  expect(await client.request('sum', [3, 4])).toBe(7);
  expect(client.state).toMatchObject({ status: 'ready', epoch: 2 });
  expect(await client.close()).toMatchObject({ wasClean: true });
});

it('connects for a short conversation', async () => {
  const socket = await connect(server.url);
  socket.send('hlq');
  expect(await socket.receive()).toBe('True');
  socket.send(Uint8Array.of(1, 2));
  expect(await socket.receive()).toEqual(Uint8Array.of(1, 2));
  await socket.close(1000);
  expect(await socket.closed).toMatchObject({ code: 1000, wasClean: true });
});

it.each([
  ['given', () => '/?token=hush'],
  ['asked for', () => () => '/?token=hush'],
])('takes an address relative to the page, %s, and shows the whole one', async (_, url) => {
  vi.stubGlobal('location', { href: server.url.replace(/^ws/, 'http') });
  const client = createClient({ url: url(), auth: loginLoop({ answer: () => 'hlq' }) });
  expect(await client.request('sum', [1, 2])).toBe(3);
  expect(client.why().target).toBe(new URL('/', server.url).href);
  await client.close();
  await (await connect('/')).close();
});

it('refuses what is wrong at once', async () => {
  await expect(connect('nonsense', {})).rejects.toMatchObject({ code: 'INVALID_URL' });
  expect(() => createClient({} as ClientOptions)).toThrow(expect.objectContaining({ code: 'INVALID_URL' }));
});

it('a short conversation is read in a loop, to its end', async () => {
  const socket = await connect(server.url);
  const read: unknown[] = [];
  socket.send('hlq');
  for await (const message of socket) {
    read.push(message);
    if (read.length === 1) socket.send(Uint8Array.of(7));
    else void socket.close(1000);
  }
  expect(read).toEqual(['True', Uint8Array.of(7)]);
});

it.each([false, undefined] as const)(
  'environment: %s decides whether the page is listened to',
  async (environment) => {
    const listened: string[] = [];
    vi.stubGlobal('addEventListener', (name: string) => listened.push(name));
    vi.stubGlobal('removeEventListener', () => {});
    const client = createClient({ url: server.url, environment, auth: loginLoop({ answer: () => 'hlq' }) });
    await client.ready();
    await client.close();
    expect(listened.includes('online')).toBe(environment !== false);
  },
);
