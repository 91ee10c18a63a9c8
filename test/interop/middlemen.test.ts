// That what stands between really does, and what is told when it refuses.
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket, type WebSocketOptions } from '../../src/node.ts';
import type { CloseEvent, SocketMessageEvent } from '../../src/transport/tcp/whatwg/websocket-events.ts';
import { nextEvent } from '../tools/socket-events.ts';
import { startEcho } from './echo.ts';
import { startMicrosocks, startNginx, startTinyproxy } from './middlemen.ts';

const stops: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

async function running<T extends { stop(): Promise<void> }>(start: Promise<T>): Promise<T> {
  const started = await start;
  stops.push(started.stop);
  return started;
}

async function failure(url: string, options: WebSocketOptions): Promise<CloseEvent['error']> {
  const { code, error } = await nextEvent<CloseEvent>(new WebSocket(url, [], options), 'close');
  expect(code).toBe(1006);
  return error;
}

async function echo(url: string, options: WebSocketOptions): Promise<unknown> {
  const socket = new WebSocket(url, [], options);
  await nextEvent(socket, 'open');
  socket.send('hello');
  const { data } = await nextEvent<SocketMessageEvent>(socket, 'message');
  socket.terminate();
  return data;
}

describe('tinyproxy', () => {
  it('opens the way with user and password, refuses without, and tells why (#6)', async () => {
    const server = await running(startEcho());
    const proxy = await running(startTinyproxy('BasicAuth user pass'));
    const url = `ws://127.0.0.1:${server.port}/`;
    expect(await echo(url, { proxy: `http://user:pass@127.0.0.1:${proxy.port}` })).toBe('hello');
    for (const user of ['', 'user:wrong@']) {
      const error = await failure(url, { proxy: `http://${user}127.0.0.1:${proxy.port}` });
      expect(error).toMatchObject({ code: 'PROXY', phase: 'proxy', status: expect.toBeOneOf([401, 407]) });
      expect(error?.message).not.toContain('wrong');
    }
  });

  it('tells that the server behind it does not answer (#8)', async () => {
    const server = await startEcho();
    await server.stop();
    const proxy = await running(startTinyproxy());
    const error = await failure(`ws://127.0.0.1:${server.port}/`, {
      proxy: `http://127.0.0.1:${proxy.port}`,
    });
    expect(error).toMatchObject({ code: 'PROXY', phase: 'proxy', status: 500 });
  });

  it('tells that the proxy is gone (#8)', async () => {
    const server = await running(startEcho());
    const proxy = await startTinyproxy();
    await proxy.stop();
    const error = await failure(`ws://127.0.0.1:${server.port}/`, {
      proxy: `http://127.0.0.1:${proxy.port}`,
    });
    expect(error).toMatchObject({ code: 'PROXY', cause: { code: 'ECONNREFUSED' } });
  });
});

describe('microsocks', () => {
  it('opens the way with user and password, and refuses without', async () => {
    const server = await running(startEcho());
    const proxy = await running(startMicrosocks('-u', 'user', '-P', 'pass'));
    const url = `ws://127.0.0.1:${server.port}/`;
    expect(await echo(url, { proxy: `socks5://user:pass@127.0.0.1:${proxy.port}` })).toBe('hello');
    for (const user of ['', 'user:wrong@']) {
      const error = await failure(url, { proxy: `socks5://${user}127.0.0.1:${proxy.port}` });
      expect(error).toMatchObject({ code: 'PROXY', phase: 'proxy' });
    }
  });

  it('looks the name up itself with socks5h, and tells that nobody answers there', async () => {
    const server = await startEcho();
    const proxy = await running(startMicrosocks());
    const options = { proxy: `socks5h://127.0.0.1:${proxy.port}`, lookup: notHere };
    expect(await echo(`ws://localhost:${server.port}/`, options)).toBe('hello');
    await server.stop();
    expect(await failure(`ws://localhost:${server.port}/`, options)).toMatchObject({ code: 'PROXY' });
  });
});

/** A look-up on this side, which must not happen. */
const notHere = (): never => {
  throw new Error('looked up on this side');
};

describe('nginx', () => {
  it('answers for a server that is gone, and all of it is told (#29)', async () => {
    const server = await startEcho();
    const nginx = await running(startNginx(server.port));
    await server.stop();
    const error = await failure(`ws://127.0.0.1:${nginx.port}/`, {});
    expect(error).toMatchObject({ code: 'HANDSHAKE_STATUS', phase: 'http', status: 502 });
    expect((error as { body?: string }).body).toContain('Bad Gateway');
  });

  it('is not trusted with a certificate of nobody’s (#10)', async () => {
    const server = await running(startEcho());
    const nginx = await running(startNginx(server.port));
    const url = `wss://localhost:${nginx.tlsPort}/`;
    expect(await failure(url, {})).toMatchObject({ code: 'TLS', phase: 'tls' });
    expect(await echo(url, { tls: { ca: nginx.ca } })).toBe('hello');
  });

  it('is told plain HTTP on its TLS port by an error with its answer', async () => {
    const server = await running(startEcho());
    const nginx = await running(startNginx(server.port));
    const error = await failure(`ws://127.0.0.1:${nginx.tlsPort}/`, {});
    expect(error).toMatchObject({ code: 'HANDSHAKE_STATUS', status: 400 });
  });
});
