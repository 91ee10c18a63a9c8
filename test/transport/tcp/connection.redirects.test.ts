import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, Socket } from 'node:net';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import { createVirtualClock } from '../../../src/testing/virtual-clock.ts';
import type { TcpConnection } from '../../../src/transport/tcp/connection.ts';
import type { TcpOptions } from '../../../src/transport/tcp/tcp-transport.ts';
import type { TransportRequest } from '../../../src/transport/transport.ts';
import { type Certificate, createCertificate } from '../../tools/certificates.ts';
import { dialHarness, failure, serve } from '../../tools/dial-harness.ts';
import { lookupLoopback } from '../../tools/tls-server.ts';
import type { Session } from '../conformance/session.ts';

const { connect, closing } = dialHarness();
let certificate: Certificate;
beforeAll(() => {
  certificate = createCertificate({ names: 'DNS:localhost,DNS:one.test,DNS:two.test' });
});

interface Visit {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

/** Redirects what begins with /to: to the address in the query `to`; echoes elsewhere. */
async function start(isSecure = false): Promise<{ port: number; visits: Visit[] }> {
  const visits: Visit[] = [];
  const server = isSecure ? createSecureServer(certificate) : createServer();
  const webSockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => [...offered][0] as string,
  });
  server.on('upgrade', (request: IncomingMessage, socket, head) => {
    const { url = '', headers } = request;
    visits.push({ url, headers });
    const query = new URL(url, 'http://x').searchParams;
    const to = query.get('to');
    if (to !== null) {
      const status = query.get('status') ?? '302';
      socket.end(`HTTP/1.1 ${status} Found\r\nLocation: ${to}\r\nContent-Length: 5\r\n\r\nmoved`);
      return;
    }
    webSockets.handleUpgrade(request, socket, head, (ws) =>
      ws.on('message', (data, binary) => ws.send(data, { binary })),
    );
  });
  const { server: listening } = closing(await serve(server, { host: '127.0.0.1', port: 0 }));
  return { port: (listening.address() as AddressInfo).port, visits };
}

const to = (location: string, status = 302): string =>
  `/to?status=${status}&to=${encodeURIComponent(location)}`;

async function echoes(url: string, options: TcpOptions): Promise<void> {
  const session = await connect(url, { lookup: lookupLoopback, ...options }).open();
  session.transport.send('hello');
  expect(await session.message()).toBe('hello');
  session.transport.close(1000);
  expect(await session.closed()).toMatchObject({ code: 1000, wasClean: true });
}

const refusal = (url: string, options: TcpOptions) =>
  failure(connect(url, { lookup: lookupLoopback, ...options }));

describe('redirects', () => {
  it('are not followed unless asked for, and say where they lead (#29, attack 17)', async () => {
    const server = await start();
    const url = `ws://one.test:${server.port}${to('http://me:secret@two.test/next?token=secret')}`;
    const error = await refusal(url, {});
    expect(error).toMatchObject({ code: 'HANDSHAKE_REDIRECT', phase: 'http', status: 302, body: 'moved' });
    expect(error.headers?.get('location')).toBe('http://two.test/next?[redacted]');
    expect(error.message).not.toContain('secret');
    expect(server.visits.length).toBe(1);
  });

  it.each([301, 302, 303, 307, 308])(
    'are followed when asked for, with a fresh key (%i, #21, #29)',
    async (status) => {
      const server = await start();
      await echoes(`ws://one.test:${server.port}${to('/next?a=1#part', status)}`, { redirects: 1 });
      expect(server.visits.map(({ url }) => url)).toEqual([expect.stringContaining('/to?'), '/next?a=1']);
      const keys = new Set(server.visits.map(({ headers }) => headers['sec-websocket-key']));
      expect(keys.size).toBe(2);
    },
  );

  it.each([300, 304, 305])('are not followed where the status does not say so (%i)', async (status) => {
    const server = await start();
    const url = `ws://one.test:${server.port}${to('/next', status)}`;
    expect(await refusal(url, { redirects: 3 })).toMatchObject({ code: 'HANDSHAKE_REDIRECT', status });
    expect(server.visits.length).toBe(1);
  });

  it('take everything along within an origin', async () => {
    const server = await start();
    const url = `ws://me:pass@one.test:${server.port}${to(`http://one.test:${server.port}/next`)}`;
    await echoes(url, { redirects: 1, headers: { Cookie: 'a=1', 'X-Key': 'k' }, origin: 'http://page.test' });
    expect(server.visits[1]?.headers).toMatchObject({
      authorization: 'Basic bWU6cGFzcw==',
      cookie: 'a=1',
      'x-key': 'k',
      origin: 'http://page.test',
    });
  });

  it.each(['two.test', 'one.test'])(
    'take no secret along to another host or port (%s, attack 17)',
    async (host) => {
      const [from, next] = [await start(), await start()];
      const url = `ws://me:pass@one.test:${from.port}${to(`ws://you:pass@${host}:${next.port}/next`)}`;
      const headers = { Authorization: 'Bearer secret', Cookie: 'a=secret', 'X-Api-Key': 'secret' };
      const session = connect(
        url,
        { redirects: 1, headers, lookup: lookupLoopback },
        { headers: [['X-Own', 'secret']] },
      );
      await session.open();
      expect(from.visits[0]?.headers).toMatchObject({ 'x-api-key': 'secret', 'x-own': 'secret' });
      expect(JSON.stringify(next.visits)).not.toMatch(/secret|authorization|Basic/);
    },
  );

  it('are not followed to another origin with a subprotocol that may be a token (attack 36)', async () => {
    const [from, next] = [await start(), await start()];
    const url = `ws://one.test:${from.port}${to(`ws://two.test:${next.port}/next`)}`;
    const requests: Partial<TransportRequest>[] = [
      { protocols: ['chat', 'a-token'] },
      { protocols: ['a-token'], hasCredentials: true },
    ];
    for (const request of requests) {
      const error = await failure(connect(url, { redirects: 1, lookup: lookupLoopback }, request));
      expect(error).toMatchObject({ code: 'HANDSHAKE_REDIRECT', detail: 'subprotocols', status: 302 });
      expect(error.message).toContain('may be a token');
    }
    expect(next.visits).toEqual([]);
  });

  it('take one name along, without which the handshake means something else', async () => {
    const [from, next] = [await start(), await start()];
    const url = `ws://one.test:${from.port}${to(`ws://two.test:${next.port}/next`)}`;
    await connect(url, { redirects: 1, lookup: lookupLoopback }, { protocols: ['chat'] }).open();
    expect(next.visits[0]?.headers['sec-websocket-protocol']).toBe('chat');
  });

  it('lead from ws: to wss:, and never back (attack 17)', async () => {
    const [plain, secure] = [await start(), await start(true)];
    const tls = { ca: certificate.cert };
    await echoes(`ws://one.test:${plain.port}${to(`https://two.test:${secure.port}/next`)}`, {
      redirects: 1,
      tls,
    });
    const url = `wss://one.test:${secure.port}${to(`http://one.test:${plain.port}/next`)}`;
    const error = await refusal(url, { redirects: 1, tls });
    expect(error).toMatchObject({ code: 'HANDSHAKE_REDIRECT', status: 302, body: 'moved' });
    expect(error.message).toContain('one that is not');
    expect(plain.visits.length).toBe(1);
  });

  it('take no client certificate, no exemption and no name along to another origin (attack 17)', async () => {
    const [from, next] = [await start(true), await start(true)];
    const url = `wss://one.test:${from.port}${to(`wss://two.test:${next.port}/next`)}`;
    const careless = { rejectUnauthorized: false, servername: 'one.test' };
    expect(await refusal(url, { redirects: 1, tls: careless })).toMatchObject({
      code: 'TLS',
      cause: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
    });
    const own = createCertificate({ names: 'DNS:client.test' });
    await echoes(url, { redirects: 1, tls: { ca: certificate.cert, ...own, servername: 'one.test' } });
  });

  it('end at the number that is allowed, a loop too', async () => {
    const server = await start();
    const loop = `/to?to=${encodeURIComponent('/to?to=again')}`;
    const error = await refusal(`ws://one.test:${server.port}${loop}`, { redirects: 1 });
    expect(error).toMatchObject({ code: 'HANDSHAKE_REDIRECT', cause: { code: 'HANDSHAKE_REDIRECT' } });
    expect(error.message).toContain('more than 1 times');
    expect(server.visits.length).toBe(2);
  });

  it.each([
    ['ftp://one.test/', 'scheme "ftp:"'],
    ['javascript:alert(1)', 'scheme "javascript:"'],
    ['http://[', 'cannot be read'],
    ['http://one.test:25/', 'port 25'],
  ])('to %s are refused', async (location, why) => {
    const server = await start();
    const error = await refusal(`ws://one.test:${server.port}${to(location)}`, { redirects: 3 });
    expect(error).toMatchObject({ code: 'HANDSHAKE_REDIRECT', status: 302 });
    expect(error.message).toContain(why);
  });

  it('share one deadline (#42)', async () => {
    const server = await start();
    const clock = createVirtualClock();
    const url = `ws://one.test:${server.port}${to('http://two.test/next')}`;
    let isSecond: () => void = () => {};
    const reached = new Promise<void>((resolve) => {
      isSecond = resolve;
    });
    const session = connect(
      url,
      {
        redirects: 1,
        lookup: (name, options, callback) => {
          if (name === 'two.test') isSecond();
          else void clock.advance(600).then(() => lookupLoopback(name, options, callback));
        },
      },
      { handshakeTimeout: 1000, clock },
    );
    await reached;
    await clock.advance(399);
    expect(session.types).toEqual([]);
    await clock.advance(1);
    expect(await failure(session)).toMatchObject({ code: 'TIMEOUT', phase: 'dns' });
  });

  it.each(['close', 'abandon'] as const)('are not followed after %s', async (verb) => {
    const server = await start();
    // The answer has been read when the socket is dropped; the next one is dialled when it is gone.
    const { destroy } = Socket.prototype;
    const spy = vi.spyOn(Socket.prototype, 'destroy').mockImplementationOnce(function (this: Socket, error) {
      queueMicrotask(() => session.transport[verb]());
      return destroy.call(this, error);
    });
    const url = `ws://127.0.0.1:${server.port}${to('/next')}`;
    const session: Session = connect(url, { redirects: 1 });
    const error = await failure(session);
    expect(error).toMatchObject({ code: 'HANDSHAKE_REDIRECT' });
    expect(error.message).toContain('closed by this side');
    expect(server.visits.length).toBe(1);
    spy.mockRestore();
  });

  it('pass everything on that the connection behind them does', async () => {
    const server = await start();
    const session = connect(
      `ws://127.0.0.1:${server.port}${to('/next')}`,
      { redirects: 1 },
      { protocols: ['chat'] },
    );
    const { transport } = session;
    expect((transport as TcpConnection).isOpen).toBe(false);
    transport.pause();
    expect((await session.until('open')).info.protocol).toBe('chat');
    expect((transport as TcpConnection).isOpen).toBe(true);
    transport.send('not yet');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(session.messages).toEqual([]);
    transport.resume();
    expect(await session.message()).toBe('not yet');
    transport.send(new Uint8Array(2_000_000));
    expect(transport.bufferedAmount).toBeGreaterThan(0);
    await session.until('drain');
    transport.ping(Uint8Array.of(7));
    expect(((await session.message()) as Uint8Array).length).toBe(2_000_000);
    expect((await session.until('pong')).payload).toEqual(Uint8Array.of(7));
    expect(transport.features).toEqual({ ping: true, pause: true, headers: true });
    expect(transport.bytesReceived).toBeGreaterThan(2_000_000);
  });

  it('stay on a unix socket, by relative addresses alone', async () => {
    const { mkdtempSync, rmSync } = await import('node:fs');
    const folder = mkdtempSync('/tmp/holdline-redirect-');
    const server = createServer();
    const urls: (string | undefined)[] = [];
    const path = `${folder}/one.sock`;
    server.on('upgrade', (request, socket) => {
      urls.push(request.url);
      const location = request.url === '/away' ? 'http://localhost/' : 'next?b=2';
      socket.end(`HTTP/1.1 302 Found\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`);
    });
    closing(await serve(server, { path }));
    expect((await refusal(`ws+unix:${path}:/a/first`, { redirects: 2 })).message).toContain(
      'more than 2 times',
    );
    expect(urls).toEqual(['/a/first', '/a/next?b=2', '/a/next?b=2']);
    expect((await refusal(`ws+unix:${path}:/away`, { redirects: 2 })).message).toContain(
      'from a unix socket',
    );
    rmSync(folder, { recursive: true });
  });
});
