/** Headers, certificates and proxies that change: functions are asked before every attempt. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { createClient } from '../../src/client/create-client.node.ts';
import { raw } from '../../src/messaging/raw.ts';
import { setUp } from './set-up.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** Refuses every handshake with 503, and writes down one of its headers. */
async function refusing(): Promise<{ readonly url: string; readonly seen: (string | undefined)[] }> {
  const seen: (string | undefined)[] = [];
  const made = createServer().on('upgrade', (request, socket) => {
    seen.push(request.headers['x-key'] as string);
    socket.end('HTTP/1.1 503 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
  });
  server = made;
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
  return { url: `ws://127.0.0.1:${(made.address() as AddressInfo).port}`, seen };
}

it('headers, tls and proxy are asked for anew before every attempt', async () => {
  const { url, seen } = await refusing();
  const asked = { tls: 0, proxy: 0 };
  const client = createClient({
    url,
    envelope: raw(),
    reconnect: { firstDelay: 1, baseDelay: 1, maxAttempts: 3 },
    headers: () => ({ 'X-Key': `k${seen.length + 1}` }),
    tls: () => {
      asked.tls++;
      return {};
    },
    proxy: () => {
      asked.proxy++;
      return undefined;
    },
  });
  await expect(client.ready()).rejects.toMatchObject({ code: 'HANDSHAKE_STATUS' });
  expect([seen, asked]).toEqual([['k1', 'k2', 'k3'], { tls: 3, proxy: 3 }]);
});

it('a function that throws is an attempt that failed; a wrong value, or a promise, ends the client', async () => {
  const { url, seen } = await refusing();
  const fault = new Error('no certificate at hand');
  let asked = 0;
  const client = createClient({
    url,
    envelope: raw(),
    reconnect: { firstDelay: 1, baseDelay: 1, maxAttempts: 2 },
    tls: () => {
      asked++;
      throw fault;
    },
  });
  await expect(client.ready()).rejects.toMatchObject({ code: 'CONNECT', cause: fault });
  const wrong = createClient({ url, envelope: raw(), tls: () => 7 as never });
  await expect(wrong.ready()).rejects.toMatchObject({ code: 'INVALID_OPTION', option: 'tls' });
  const late = createClient({ url, envelope: raw(), headers: (async () => ({})) as never });
  await expect(late.ready()).rejects.toMatchObject({ code: 'INVALID_OPTION', option: 'headers' });
  expect([asked, seen]).toEqual([2, []]);
});

it('ready() that times out carries why as its cause', async () => {
  const bench = setUp({}, { onConnect: (end) => end.refuse(503) });
  const { client, clock } = bench;
  const timeout = (): DOMException => new DOMException('too late', 'TimeoutError');
  const controller = new AbortController();
  const early = client.ready({ signal: controller.signal }).catch((error: unknown) => error);
  const first = timeout();
  controller.abort(first);
  expect(await early).toBe(first);
  expect(first).toMatchObject({ cause: { summary: expect.stringContaining('connecting') } });
  await clock.advance(10);
  const again = new AbortController();
  const late = client.ready({ signal: again.signal }).catch((error: unknown) => error);
  again.abort(timeout());
  expect(await late).toMatchObject({
    name: 'TimeoutError',
    cause: { code: 'HANDSHAKE_STATUS', status: 503 },
  });
  const other = new AbortController();
  const plain = client.ready({ signal: other.signal }).catch((error: unknown) => error);
  other.abort(null);
  expect(await plain).toBe(null);
  await client.close();
});
