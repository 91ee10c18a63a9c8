// Cookies over real handshakes: set by an answer, a refusal and a redirect, and sent with the next attempt.
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';
import { connect, createClient } from '../../../src/client/create-client.node.ts';
import { raw } from '../../../src/messaging/raw.ts';
import { type CookieJar, cookieJar } from '../../../src/transport/tcp/cookie-jar.ts';

interface Seen {
  readonly url: string;
  readonly cookies: (string | undefined)[];
  drop(): void;
}

/** Counts the connections in a cookie; /refuse and /away set one as well. */
async function start(): Promise<Seen> {
  const cookies: (string | undefined)[] = [];
  const sockets = new WebSocketServer({ noServer: true });
  let count = 0;
  sockets.on('headers', (headers) => {
    headers.push(`Set-Cookie: session=hush-${++count}; Path=/`, 'Set-Cookie: kind=tea; Path=/; Secure');
  });
  const server = createServer();
  server.on('upgrade', (request: IncomingMessage, socket, head) => {
    cookies.push(request.headers.cookie);
    if (request.url === '/refuse') {
      socket.end('HTTP/1.1 503 No\r\nSet-Cookie: route=hush-b; Path=/\r\nContent-Length: 6\r\n\r\nhush-b');
      return;
    }
    if (request.url === '/away') {
      socket.end(
        'HTTP/1.1 302 Away\r\nLocation: /there\r\nSet-Cookie: away=1; Path=/\r\nContent-Length: 0\r\n\r\n',
      );
      return;
    }
    sockets.handleUpgrade(request, socket, head, (socket) => {
      socket.on('message', () => socket.close(4000, `${request.headers.cookie} hush-${count}`));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const drop = (): void => {
    for (const socket of sockets.clients) socket.terminate();
  };
  onTestFinished(() => {
    drop();
    server.close();
  });
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, cookies, drop };
}

it('are sent with the next attempt of a client, and told to nobody', async () => {
  const { url, cookies, drop } = await start();
  const client = createClient({
    url: `${url}/socket`,
    envelope: raw(),
    cookies: cookieJar(),
    reconnect: { firstDelay: 1, baseDelay: 1 },
  });
  const told: unknown[] = [];
  for (const name of ['state', 'error', 'lost', 'closed'] as const)
    client.on(name, (event) => told.push(event));
  await client.ready();
  drop();
  await expect.poll(() => cookies.length).toBe(2);
  await client.ready();
  expect(cookies).toEqual([undefined, 'session=hush-1']);
  // The server repeats what it was sent, and what it has just set.
  await client.send('close');
  await expect.poll(() => told.some((event) => inspect(event).includes('4000'))).toBe(true);
  const shown = inspect([told, client.why()], { depth: 9 });
  expect(shown).not.toMatch(/hush/);
  // A cookie's name is no secret.
  expect(shown).toContain('session=[redacted]');
  await client.close();
});

it('are kept of a refusal and a redirect, and a header of yours takes their place', async () => {
  const { url, cookies } = await start();
  const jar = cookieJar();
  const refused = await connect(`${url}/refuse`, { cookies: jar }).catch((error: unknown) => error);
  expect(inspect(refused, { depth: 9 })).not.toMatch(/hush/);
  await (await connect(`${url}/away`, { cookies: jar, redirects: 1 })).close();
  await (await connect(`${url}/own`, { cookies: jar, headers: { cookie: 'mine=1' } })).close();
  expect(cookies).toEqual([undefined, 'route=hush-b', 'route=hush-b; away=1', 'mine=1']);
});

it('may be kept by a jar that answers later, and by one that fails', async () => {
  const { url, cookies } = await start();
  const own = cookieJar();
  const later: CookieJar = {
    getCookieString: async (at) => own.getCookieString(at),
    setCookie: async (cookie, at) => own.setCookie(cookie, at),
  };
  for (const _ of [1, 2]) await (await connect(`${url}/x`, { cookies: later })).close();
  await (await connect(`${url}/away`, { cookies: later, redirects: 1 })).close();
  const broken = (fail: () => never): CookieJar => ({ getCookieString: fail, setCookie: fail });
  const thrown = broken(() => {
    throw new Error('the jar is broken');
  });
  const rejecting = {
    getCookieString: () => Promise.reject(new Error('no')),
    setCookie: () => Promise.reject(new Error('no')),
  };
  for (const jar of [thrown, rejecting]) await (await connect(`${url}/x`, { cookies: jar })).close();
  // Behind a redirect a jar that answers later is not asked.
  expect(cookies).toEqual([undefined, 'session=hush-1', 'session=hush-2', undefined, undefined, undefined]);
});

it('need a jar', async () => {
  await expect(connect('ws://127.0.0.1:1', { cookies: true as never })).rejects.toThrow(/cookies/);
});
