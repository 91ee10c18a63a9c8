/** Headers, certificates and proxies that change: functions are asked before every attempt. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it, vi } from 'vitest';
import { AuthError } from '../../src/base/errors.ts';
import { connect, createClient } from '../../src/client/create-client.node.ts';
import { raw } from '../../src/messaging/raw.ts';
import { WebSocket } from '../../src/transport/tcp/whatwg/websocket.ts';
import type { CloseEvent } from '../../src/transport/tcp/whatwg/websocket-events.ts';
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

it('they may return promises, which are awaited for each attempt', async () => {
  const { url, seen } = await refusing();
  const client = createClient({
    url,
    envelope: raw(),
    reconnect: { firstDelay: 1, baseDelay: 1, maxAttempts: 3 },
    headers: async () => {
      const key = `k${seen.length + 1}`;
      await new Promise((resolve) => setTimeout(resolve, 5));
      return { 'X-Key': key };
    },
    tls: async () => ({}),
    proxy: async () => undefined,
  });
  await expect(client.ready()).rejects.toMatchObject({ code: 'HANDSHAKE_STATUS' });
  expect(seen).toEqual(['k1', 'k2', 'k3']);
});

it('connect() and the class wait for them too, once', async () => {
  const { url, seen } = await refusing();
  let asked = 0;
  const headers = async (): Promise<Record<string, string>> => ({ 'X-Key': `k${++asked}` });
  await expect(connect(url, { headers })).rejects.toMatchObject({ code: 'HANDSHAKE_STATUS', status: 503 });
  const socket = new WebSocket(url, [], { headers });
  const end = await new Promise<CloseEvent>((resolve) => {
    socket.onclose = resolve;
  });
  expect([end.error, seen]).toMatchObject([{ code: 'HANDSHAKE_STATUS' }, ['k1', 'k2']]);
});

const fault = new Error('no certificate at hand');
const failing = {
  throws: () => {
    throw fault;
  },
  rejects: () => Promise.reject(fault),
};

it.each(Object.entries(failing))(
  'a function that %s is an attempt that failed, and is asked again',
  async (_, fail) => {
    const { url, seen } = await refusing();
    let asked = 0;
    const tls = (): never => {
      asked++;
      return fail() as never;
    };
    const reconnect = { firstDelay: 1, baseDelay: 1, maxAttempts: 2 };
    const client = createClient({ url, envelope: raw(), reconnect, tls });
    const failed = { code: 'CONNECT', detail: 'option', option: 'tls', phase: 'url', cause: fault };
    const error = await client.ready().catch((reason: unknown) => reason);
    expect(error).toMatchObject(failed);
    expect(String(error)).toContain('The function given as tls failed.');
    await expect(connect(url, { tls })).rejects.toMatchObject(failed);
    const socket = new WebSocket(url, [], { tls });
    const end = await new Promise<CloseEvent>((resolve) => {
      socket.onclose = resolve;
    });
    expect([end.error, asked, seen]).toMatchObject([failed, 4, []]);
  },
);

it('a wrong value ends the client as a wrong option does; an AuthError as a refused login', async () => {
  const { url } = await refusing();
  const wrong = [() => 7 as never, async () => 7 as never];
  for (const tls of wrong) {
    const client = createClient({ url, envelope: raw(), tls });
    await expect(client.ready()).rejects.toMatchObject({ code: 'INVALID_OPTION', option: 'tls' });
    await expect(connect(url, { tls })).rejects.toMatchObject({
      code: 'CONNECT',
      cause: { code: 'INVALID_OPTION' },
    });
  }
  const badHeader = createClient({ url, envelope: raw(), headers: async () => ({ 'X-Key': 'a\nb' }) });
  await expect(badHeader.ready()).rejects.toMatchObject({ code: 'INVALID_HEADER' });
  const gone = new AuthError('Logged out.');
  const out = createClient({ url, envelope: raw(), headers: () => Promise.reject(gone) });
  await expect(out.ready()).rejects.toBe(gone);
  expect(out.state.status).toBe('closed');
});

it('a function that never answers is an attempt that took too long; closing does not wait for it', async () => {
  const { url, seen } = await refusing();
  let answer = (_: Record<string, string>): void => {};
  const headers = (): Promise<Record<string, string>> =>
    new Promise((resolve) => {
      answer = resolve;
    });
  await expect(connect(url, { headers, handshakeTimeout: 20 })).rejects.toMatchObject({
    code: 'TIMEOUT',
    detail: 'preparing',
    phase: 'url',
  });
  answer({});
  const client = createClient({ url, envelope: raw(), headers });
  client.connect();
  await client.close();
  answer({});
  let refuse = (_: Error): void => {};
  const failing = createClient({ url, tls: () => new Promise((_, reject) => (refuse = reject)) });
  const told = vi.fn();
  failing.on('error', told);
  failing.connect();
  await failing.close();
  refuse(fault);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect([seen, told.mock.calls]).toEqual([[], []]);
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
