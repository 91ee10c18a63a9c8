// Flask with gevent-websocket: what was sent comes back; and what it says to those who come, or are led, the wrong way.
import { type AddressInfo, connect as connectTcp, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect, createClient, HandshakeError, nativeTransport, raw } from '../../src/index.node.ts';
import { hear, next } from './heard.ts';
import { type SeedServer, startSeedServer } from './seed-server.ts';

const PLAIN_ANSWER = 'You are using http protocol now.';

let server: SeedServer;

beforeAll(async () => {
  server = await startSeedServer('a_flask_gevent.py', 'PORT');
});

afterAll(async () => {
  await server.stop();
});

test('every message comes back, and a close without arguments is clean', async () => {
  const socket = await connect(server.url('/message'));
  for (const message of ['Hello', '推送', 'x'.repeat(70_000)]) {
    socket.send(message);
    expect(await socket.receive()).toBe(message);
  }
  const closure = await socket.close();
  expect(closure).toMatchObject({ code: 1005, reason: '', wasClean: true, sent: { code: 1005, reason: '' } });
  expect(closure.error).toBeUndefined();
});

test('binary messages come back as bytes', async () => {
  await using socket = await connect(server.url('/message'));
  socket.send(Uint8Array.of(0, 1, 254, 255));
  expect(await socket.receive()).toEqual(Uint8Array.of(0, 1, 254, 255));
});

test("the platform's own WebSocket holds the same conversation", async () => {
  const socket = await connect(server.url('/message'), { transport: nativeTransport() });
  socket.send('Hello');
  expect(await socket.receive()).toBe('Hello');
  expect(await socket.close()).toMatchObject({ code: 1005, reason: '', wasClean: true });
});

test('the server pushes to a long connection, messages in flight together keep their order', async () => {
  const client = createClient({ url: server.url('/message'), envelope: raw() });
  const messages = hear(client, 'message');
  const sent = Array.from({ length: 100 }, (_, index) => `message ${index}`);
  await Promise.all(sent.map((message) => client.send(message)));
  expect(await messages.atLeast(100)).toEqual(sent);
  expect(await client.close()).toMatchObject({ code: 1005, wasClean: true });
  expect(client.stats()).toMatchObject({ sent: 100, received: 100, queued: 0 });
});

test('a close with a code and a reason gets a broken answer, which is shown as what it is', async () => {
  const socket = await connect(server.url('/message'));
  const closure = await socket.close(1000, 'bye');
  // Its Close frame holds the text "b'bye'" where the code should stand.
  expect(closure).toMatchObject({ code: 1006, wasClean: false, sent: { code: 1000, reason: 'bye' } });
  expect(closure.error).toMatchObject({ name: 'ProtocolError', code: 'PROTOCOL', closeCode: 1002 });
});

test('protocol pings are answered: the heartbeat measures the round trip', async () => {
  await using client = createClient({
    url: server.url('/message'),
    envelope: raw(),
    heartbeat: { interval: 50 },
  });
  client.connect();
  const { rtt } = await next(client, 'rtt');
  expect(rtt).toBeGreaterThan(0);
  expect(client.state).toMatchObject({ status: 'ready', rtt: expect.any(Number) });
});

test('the server ends a line on an empty message: a clean end that nobody here asked for', async () => {
  const client = createClient({ url: server.url('/message'), envelope: raw(), reconnect: false });
  const closed = next(client, 'closed');
  await client.send('');
  const { closure, error } = await closed;
  expect(closure).toMatchObject({ code: 1005, wasClean: true });
  expect(error).toMatchObject({ code: 'CONNECTION_CLOSED' });
});

test('a path without a WebSocket rule opens and is closed by the server at once', async () => {
  // gevent-websocket upgrades before Flask has seen the path, so there is no status to show: only its Close.
  const socket = await connect(server.url('/index'));
  const closure = await socket.closed;
  expect(closure).toMatchObject({ code: 1005, wasClean: true });
  await expect(socket.receive()).rejects.toThrow();
});

test('the same program under the plain Flask server: the answer is shown with status and text', async () => {
  // What happens to everyone who forgets handler_class=WebSocketHandler.
  await using plain = await startSeedServer(
    ...['-m', 'flask', '--app', 'a_flask_gevent', 'run', '--host', '127.0.0.1', '--port', 'PORT'],
  );
  const error = await refusal(plain.url('/message?token=secret'));
  expectPlainHttp(error);

  const missing = await refusal(plain.url('/nowhere'));
  expect(missing).toMatchObject({ code: 'HANDSHAKE_STATUS', status: 404, statusText: 'NOT FOUND' });
  expect(missing.message).toMatch(/404 NOT FOUND instead of 101\. Check the path of the URL\.$/);
  expect(missing.body).toContain('Not Found');
});

test('a proxy that drops the Upgrade header: the answer is shown with status and text', async () => {
  await using proxy = await startProxyWithoutUpgrade(server.port);
  const error = await refusal(`ws://127.0.0.1:${proxy.port}/message?token=secret`);
  expectPlainHttp(error);
  await server.prints(/^http$/m);
});

test('a client that gets plain HTTP tells so, and stops when told not to reconnect', async () => {
  await using proxy = await startProxyWithoutUpgrade(server.port);
  const client = createClient({
    url: `ws://127.0.0.1:${proxy.port}/message?token=secret`,
    envelope: raw(),
    reconnect: false,
  });
  const errors = hear(client, 'error');
  const error = await client.ready().catch((reason: unknown) => reason);
  expectPlainHttp(error);
  expect(errors.all).toEqual([error]);
  expect(client.why()).toMatchObject({ lastError: error, rule: 'reconnect is switched off' });
});

async function refusal(url: string): Promise<HandshakeError> {
  const error: unknown = await connect(url).catch((reason: unknown) => reason);
  if (!(error instanceof HandshakeError)) throw new Error(`no HandshakeError, but ${error}`);
  return error;
}

function expectPlainHttp(error: unknown): void {
  expect(error).toBeInstanceOf(HandshakeError);
  const { message, body, ...evidence } = error as HandshakeError; // a log does not have the body: it is not enumerable
  expect({ body, ...evidence }).toMatchObject({
    name: 'HandshakeError',
    code: 'HANDSHAKE_STATUS',
    phase: 'http',
    status: 200,
    statusText: 'OK',
    body: PLAIN_ANSWER,
  });
  expect(evidence.headers?.get('content-type')).toBe('text/html; charset=utf-8');
  expect(message).toBe(
    'The server answered the WebSocket handshake with HTTP 200 OK instead of 101. ' +
      'It speaks plain HTTP there: check the path of the URL.',
  );
  expect(JSON.stringify([evidence, message])).not.toContain('secret');
}

/** A reverse proxy that was never told about WebSocket: it forwards a request without its hop-by-hop headers. */
async function startProxyWithoutUpgrade(port: number): Promise<{ port: number } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  const proxy = createServer((client) => {
    const upstream = connectTcp(port, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
    }
    let head = '';
    client.setEncoding('latin1');
    client.on('data', (text: string) => {
      head += text;
      if (!head.endsWith('\r\n\r\n')) return;
      upstream.write(head.replace(/^(Upgrade|Connection): .*\r\n/gim, ''), 'latin1');
    });
    client.on('close', () => upstream.destroy());
    upstream.pipe(client);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    port: (proxy.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}
