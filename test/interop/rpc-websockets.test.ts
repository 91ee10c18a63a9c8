// rpc-websockets over our class. Its client takes a factory of sockets (CommonClient), and expects of a socket what its
// own wrappers give it: `send` with a callback at the end.
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type * as RpcWebSockets from '../../node_modules/rpc-websockets/dist/index.mjs';
import { WebSocket } from '../../src/node.ts';

// Its package.json shows no types to TypeScript's resolution by `exports`.
const { CommonClient, Server } = createRequire(import.meta.url)('rpc-websockets') as typeof RpcWebSockets;

class SocketWithCallbacks extends WebSocket {
  override send(data: string, ...rest: unknown[]): void {
    super.send(data);
    const callback = rest.at(-1);
    if (typeof callback === 'function') callback();
  }
}

let server: RpcWebSockets.Server;
let client: RpcWebSockets.CommonClient;
let url: string;

beforeEach(async () => {
  server = new Server({ port: 0, host: '127.0.0.1' });
  await new Promise((resolve) => server.once('listening', resolve));
  url = `ws://127.0.0.1:${(server.wss.address() as AddressInfo).port}`;
  server.register('sum', (params) => (params as unknown as number[]).reduce((sum, one) => sum + one, 0));
  server.register('fail', () => {
    throw new Error('as asked');
  });
  server.event('news');
  const factory = (address: string) => new SocketWithCallbacks(address);
  client = new CommonClient(factory as never, url, { reconnect_interval: 10 });
  await opened();
});

afterEach(async () => {
  client.setAutoReconnect(false);
  client.close();
  await server.close();
});

const opened = (): Promise<unknown> =>
  new Promise((resolve) => client.once('open', () => resolve(undefined)));
const closed = (): Promise<unknown> =>
  new Promise((resolve) => client.once('close', (code) => resolve(code)));

describe('rpc-websockets over our WebSocket', () => {
  it('calls, hears errors, and keeps replies apart', async () => {
    const sums = await Promise.all([1, 2, 3].map((one) => client.call('sum', [one, 10])));
    expect(sums).toEqual([11, 12, 13]);
    await expect(client.call('fail')).rejects.toMatchObject({ data: 'as asked' });
    await expect(client.call('unknown')).rejects.toMatchObject({ message: 'Method not found' });
  });

  it('subscribes and hears events', async () => {
    const heard = new Promise((resolve) => client.once('news', (...args) => resolve(args)));
    await client.subscribe('news');
    server.emit('news', 'first', 2);
    expect(await heard).toEqual(['first', 2]);
  });

  it('reconnects when the server drops the line, and calls again', async () => {
    const lost = closed();
    const again = opened();
    for (const socket of server.wss.clients) socket.terminate();
    expect(await lost).toBe(1006);
    await again;
    expect(await client.call('sum', [2, 2])).toBe(4);
  });

  it('closes in order, and does not come back', async () => {
    const over = closed();
    client.close(1000);
    expect(await over).toBe(1000);
    expect(server.wss.clients.size).toBe(0);
  });
});
