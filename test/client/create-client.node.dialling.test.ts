// What both ways in of the package do with the ways to a server: the transport's own tests are in test/transport/tcp.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { expect, it, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import { connect, createClient } from '../../src/client/create-client.node.ts';
import { tcpTransport } from '../../src/transport/tcp/tcp-transport.ts';
import { startConnectProxy } from '../tools/connect-proxy.ts';
import { dialHarness, serve } from '../tools/dial-harness.ts';
import { startRpcServer } from './rpc-server.ts';

const { closing } = dialHarness();

it('connect() and createClient() take the address of a unix socket', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdline-client-'));
  const path = join(folder, 'app.sock');
  const server = createServer();
  new WebSocketServer({ server }).on('connection', (socket) => {
    socket.on('message', (data) => {
      const { id, params } = JSON.parse(String(data));
      socket.send(JSON.stringify({ jsonrpc: '2.0', id, result: params[0] + params[1] }));
    });
  });
  closing(await serve(server, { path }));
  const url = `ws+unix:${path}:/rpc`;
  await using socket = await connect(url);
  socket.send('{"id":1,"params":[1,2]}');
  expect(await socket.receive()).toContain('"result":3');
  const client = createClient({ url });
  expect(await client.request('sum', [3, 4])).toBe(7);
  await client.close();
  rmSync(folder, { recursive: true, force: true });
});

it('a client whose transport has a proxy goes through it again after every loss', async () => {
  const server = closing(await startRpcServer());
  const proxy = closing(await startConnectProxy());
  const client = createClient({
    url: server.url,
    transport: tcpTransport({ proxy: `http://127.0.0.1:${proxy.port}` }),
    reconnect: { firstDelay: 10 },
  });
  await client.ready();
  const lost = new Promise((resolve) => client.once('lost', resolve));
  server.drop();
  await lost;
  await client.ready();
  expect(proxy.heads.length).toBe(2);
  await client.close();
});

it('a wrong way is refused by name, by connect() as a rejection', async () => {
  const wrong = expect.objectContaining({
    code: 'INVALID_OPTION',
    message: expect.stringContaining('proxy'),
  });
  await expect(connect('ws://127.0.0.1:9', { proxy: 'proxy.test:3128' })).rejects.toEqual(wrong);
  expect(() => tcpTransport({ proxy: 'proxy.test:3128' })).toThrow(wrong);
  expect(() => createClient({ url: 'ws+unix:relative.sock' })).toThrow(
    expect.objectContaining({ code: 'INVALID_URL' }),
  );
});

it('why() and what the console prints name the host and the cause of a refused connection', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const client = createClient({
    url: `ws://127.0.0.1:${port}/a?token=hush`,
    reconnect: { firstDelay: 60_000 },
  });
  const failed = new Promise((resolve) => client.once('error', resolve));
  client.connect();
  await failed;
  await vi.waitFor(() => expect(client.state.status).toBe('waiting'));
  const what = `No connection to 127.0.0.1:${port} (ECONNREFUSED): nothing listens there`;
  expect(client.why().summary).toMatch(
    /^waiting, attempt 2 in \d+ s: the attempt failed \(CONNECT\) \(phase: tcp\)\. /,
  );
  expect(client.why().summary.endsWith(what)).toBe(true);
  expect(inspect(client)).toContain(what);
  await client.close();
});
