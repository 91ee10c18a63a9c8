// React Native's WebSocket, as its Libraries/WebSocket/WebSocket.js has it: headers as a third argument, no bufferedAmount, no
// extensions, and a close event that never says that it was clean. Beneath it is a real server.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { WebSocketServer, WebSocket as Wire } from 'ws';
import { bearer } from '../../src/auth/bearer.ts';
import { connect, createClient } from '../../src/client/create-client.browser.ts';
import type { ListeningSocket } from '../../src/transport/native/native-socket.ts';

class ReactNativeWebSocket implements Partial<ListeningSocket> {
  readyState = 0;
  binaryType = 'blob';
  protocol = '';
  declare bufferedAmount: number;
  onopen: ListeningSocket['onopen'] = null;
  onmessage: ListeningSocket['onmessage'] = null;
  onerror: ListeningSocket['onerror'] = null;
  onclose: ListeningSocket['onclose'] = null;
  readonly #wire: Wire;

  constructor(url: string, protocols: string[] | null, options?: { headers?: Record<string, string> }) {
    this.#wire = new Wire(url, protocols ?? [], { headers: options?.headers ?? {} });
    this.#wire.on('open', () => {
      this.readyState = 1;
      this.onopen?.();
    });
    this.#wire.on('message', (data: Buffer, isBinary: boolean) =>
      this.onmessage?.({ data: isBinary ? Uint8Array.from(data).buffer : String(data) }),
    );
    this.#wire.on('error', () => {
      this.readyState = 3;
      this.onerror?.({});
    });
    this.#wire.on('close', (code, reason) => {
      this.readyState = 3;
      this.onclose?.({ code, reason: String(reason), wasClean: false });
    });
  }

  send(data: unknown): void {
    this.#wire.send(data as Buffer);
  }

  close(code = 1000, reason = ''): void {
    if (this.readyState >= 2) return;
    this.readyState = 2;
    this.#wire.close(code, reason);
  }
}

let server: WebSocketServer;
let url: string;
const seen: (string | undefined)[] = [];

beforeEach(async () => {
  vi.stubGlobal('WebSocket', ReactNativeWebSocket);
  vi.stubGlobal('navigator', { product: 'ReactNative' });
  // There is a window, and nothing can be listened to on it.
  vi.stubGlobal('window', globalThis);
  vi.stubGlobal('addEventListener', undefined);
  seen.length = 0;
  server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  server.on('connection', (socket, { headers }) => {
    seen.push(headers.authorization);
    socket.on('message', (data, isBinary) => {
      if (isBinary) return socket.send(data);
      const { id, params } = JSON.parse(String(data));
      socket.send(JSON.stringify({ jsonrpc: '2.0', id, result: params }));
    });
  });
  await once(server, 'listening');
  url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => {
  for (const socket of server.clients) socket.terminate();
  server.close();
});

test('a client logs in with bearer(), asks, is given bytes back and closes cleanly', async () => {
  const client = createClient({ url, auth: bearer({ token: () => 'a-token' }) });
  expect(await client.request('echo', [1, 2])).toEqual([1, 2]);
  expect(seen).toEqual(['Bearer a-token']);
  const message = new Promise((resolve) => client.on('message', resolve));
  await client.send(Uint8Array.of(1, 2, 3));
  expect(await message).toEqual(Uint8Array.of(1, 2, 3));
  const closed = new Promise((resolve) => client.on('closed', resolve));
  await client.close();
  expect(await closed).toMatchObject({ closure: { code: 1000, wasClean: true } });
});

test('a short connection counts no bytes that nobody counts, and knows a clean end from a lost line', async () => {
  const socket = await connect(url);
  expect(socket.bufferedAmount).toBe(0);
  expect(await socket.close()).toMatchObject({ wasClean: true });

  const lost = await connect(url);
  for (const one of server.clients) one.terminate();
  await expect(lost.receive()).rejects.toMatchObject({ code: 'CONNECTION_LOST' });
});
