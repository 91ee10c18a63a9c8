import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { DEFAULT_LIMITS } from '../../../../src/protocol/limits.ts';
import { type TcpOptions, tcpTransport } from '../../../../src/transport/tcp/tcp-transport.ts';
import { type Certificate, createCertificate } from '../../../tools/certificates.ts';
import {
  type ConnectProxy,
  type ConnectProxyOptions,
  startConnectProxy,
} from '../../../tools/connect-proxy.ts';
import { dialHarness, failure } from '../../../tools/dial-harness.ts';
import { type SocksProxyOptions, startSocksProxy } from '../../../tools/socks-proxy.ts';
import { lookupLoopback, startTlsServer, type TlsServer } from '../../../tools/tls-server.ts';

const { connect, closing, listen } = dialHarness();
const plainPort = Number(new URL(inject('conformanceUrl')).port);
let certificate: Certificate;
let secure: TlsServer;

beforeAll(async () => {
  certificate = createCertificate({ names: 'DNS:server.test,DNS:proxy.test,IP:127.0.0.1' });
  secure = await startTlsServer(certificate);
});
afterAll(() => secure.close());

/** Where a proxy says that names are found; nobody but it knows `server.test`. */
const tls = () => ({ ca: certificate.cert });
const proxyOf = async (options: ConnectProxyOptions = {}) => closing(await startConnectProxy(options));
const socksOf = async (options: SocksProxyOptions = {}) => closing(await startSocksProxy(options));
const at = ({ port }: ConnectProxy, user = ''): string => `http://${user}127.0.0.1:${port}`;

async function echoes(url: string, options: TcpOptions): Promise<void> {
  const session = await connect(url, options).open();
  session.transport.send('hello');
  expect(await session.message()).toBe('hello');
  session.transport.send(new Uint8Array(300_000).fill(7));
  expect(((await session.message()) as Uint8Array).length).toBe(300_000);
  session.transport.close(1000, 'bye');
  expect(await session.closed()).toMatchObject({ code: 1000, wasClean: true });
}

/** Waits until the proxy has nobody connected any more. */
const isEmpty = (proxy: { readonly connections: number }) => expect.poll(() => proxy.connections).toBe(0);

describe('an HTTP proxy', () => {
  it('opens a tunnel for ws:, by host and port, and what follows runs inside (#6)', async () => {
    const proxy = await proxyOf();
    await echoes(`ws://server.test:${plainPort}/echo`, { proxy: at(proxy) });
    expect(proxy.heads).toEqual([
      `CONNECT server.test:${plainPort} HTTP/1.1\r\nHost: server.test:${plainPort}\r\n\r\n`,
    ]);
    await isEmpty(proxy);
  });

  it('opens a tunnel for wss:, with the server’s certificate checked inside (#6, #10)', async () => {
    const proxy = await proxyOf();
    await echoes(`wss://server.test:${secure.port}`, { proxy: at(proxy), tls: tls() });
    const error = await failure(connect(`wss://other.test:${secure.port}`, { proxy: at(proxy), tls: tls() }));
    expect(error).toMatchObject({ code: 'TLS', cause: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' } });
    await isEmpty(proxy);
  });

  it('goes on with the TLS session of the connection before', async () => {
    const proxy = await proxyOf();
    secure.reused.length = 0;
    const factory = tcpTransport({ proxy: at(proxy), tls: tls() });
    for (let time = 0; time < 2; time++) {
      const session = await connect(`wss://server.test:${secure.port}`, factory).open();
      session.transport.send('x');
      await session.message();
    }
    expect(secure.reused).toEqual([false, true]);
  });

  it('may speak TLS itself, for ws: and for wss:', async () => {
    const proxy = await proxyOf({ certificate });
    const url = `https://127.0.0.1:${proxy.port}`;
    await echoes(`ws://server.test:${plainPort}/echo`, { proxy: { url, tls: tls() } });
    await echoes(`wss://server.test:${secure.port}`, { proxy: { url, tls: tls() }, tls: tls() });
    await isEmpty(proxy);
  });

  it('that need not have a valid certificate says nothing about the server’s', async () => {
    const proxy = await proxyOf({ certificate });
    const url = `https://127.0.0.1:${proxy.port}`;
    const careless = { proxy: { url, tls: { rejectUnauthorized: false } } };
    const error = await failure(connect(`wss://server.test:${secure.port}`, careless));
    expect(error).toMatchObject({ code: 'TLS', phase: 'tls' });
  });

  it('that speaks TLS must have a valid certificate', async () => {
    const proxy = await proxyOf({ certificate });
    const error = await failure(connect('ws://server.test', { proxy: `https://127.0.0.1:${proxy.port}` }));
    expect(error).toMatchObject({
      code: 'PROXY',
      phase: 'proxy',
      cause: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
    });
    expect(error.message).toContain('proxy.tls.ca');
    expect(proxy.heads).toEqual([]);
  });

  it('gets user and password of its URL, and headers', async () => {
    const proxy = await proxyOf();
    const url = at(proxy, 'm%C3%A9:p%40ss@');
    await echoes(`ws://server.test:${plainPort}/echo`, { proxy: { url, headers: { 'X-Team': 'blue' } } });
    const credentials = Buffer.from('mé:p@ss').toString('base64');
    expect(proxy.heads[0]).toContain(`\r\nProxy-Authorization: Basic ${credentials}\r\nX-Team: blue\r\n\r\n`);
  });

  it('sees nothing of what is meant for the server, nor the server of what is meant for the proxy (attack 25)', async () => {
    let atServer = '';
    const port = await listen((socket) => socket.on('data', (chunk) => (atServer += chunk)));
    const proxy = await proxyOf();
    const options = {
      proxy: { url: at(proxy, 'me:hunter2@'), headers: { 'X-Proxy': 'hunter2' } },
      headers: { Cookie: 'a=secret' },
    };
    const url = `ws://me:secret@server.test:${port}/?token=secret`;
    const session = connect(url, options);
    await expect.poll(() => atServer).toContain('Cookie: a=secret');
    session.transport.abandon();
    await failure(session);
    expect(proxy.heads[0]).not.toMatch(/secret|Cookie|bWU6c2VjcmV0/);
    expect(atServer).not.toMatch(/hunter2|Proxy|bWU6aHVudGVyMg/i);
  });

  it('writes an IPv6 address in brackets', async () => {
    const proxy = await proxyOf();
    await echoes(`ws://[::1]:${plainPort}/echo`, { proxy: at(proxy) });
    expect(proxy.heads[0]).toContain(`CONNECT [::1]:${plainPort} HTTP/1.1\r\nHost: [::1]:${plainPort}\r\n`);
  });

  it('is found by the look-up of the options, and never asks it for the server', async () => {
    const proxy = await proxyOf();
    const asked: string[] = [];
    const options: TcpOptions = {
      proxy: `http://proxy.test:${proxy.port}`,
      lookup: (name, how, callback) => {
        asked.push(name);
        lookupLoopback(name, how, callback);
      },
    };
    await echoes(`ws://server.test:${plainPort}/echo`, options);
    expect(asked).toEqual(['proxy.test']);
  });

  it('of the environment is used on request only, else TCP leads straight to the server (#7)', async () => {
    const proxy = await proxyOf();
    vi.stubEnv('http_proxy', at(proxy));
    vi.stubEnv('no_proxy', '');
    await echoes(`ws://127.0.0.1:${plainPort}/echo`, {});
    expect(proxy.heads).toEqual([]);
    await echoes(`ws://127.0.0.1:${plainPort}/echo`, { proxy: 'environment' });
    expect(proxy.heads.length).toBe(1);
    vi.stubEnv('no_proxy', '127.0.0.0/8');
    await echoes(`ws://127.0.0.1:${plainPort}/echo`, { proxy: 'environment' });
    expect(proxy.heads.length).toBe(1);
    vi.unstubAllEnvs();
  });
});

describe('an HTTP proxy that does not open the way', () => {
  const url = 'wss://user:secret@server.test/?token=secret';
  const answering = (text: string) => proxyOf({ answer: (socket) => socket.write(text, 'latin1') });

  it.each([
    [
      '407 Proxy Authentication Required',
      'Proxy-Authenticate: Basic realm="x"\r\nContent-Length: 7',
      'log in!',
    ],
    ['502 Bad Gateway', 'Transfer-Encoding: chunked', '7\r\nlog in!\r\n0\r\n\r\n'],
    ['503 Busy', 'Retry-After: 7\r\nContent-Length: 7', 'log in!'],
  ])('is a PROXY with status, headers and body: %s (#8, attack 20)', async (status, fields, body) => {
    const proxy = await answering(`HTTP/1.1 ${status}\r\nSet-Cookie: a=secret\r\n${fields}\r\n\r\n${body}`);
    const error = await failure(connect(url, { proxy: at(proxy, 'me:secret@') }));
    expect(error).toMatchObject({
      code: 'PROXY',
      phase: 'proxy',
      status: Number(status.slice(0, 3)),
      body: 'log in!',
    });
    expect(error.message).toContain(`127.0.0.1:${proxy.port} answered CONNECT with HTTP ${status}`);
    expect(error.retryAfter).toBe(status.startsWith('503') ? 7000 : undefined);
    expect(error.headers?.get('set-cookie')).toBe('[redacted]');
    expect(`${error.message} ${[...(error.headers?.values() ?? [])].join()}`).not.toContain('secret');
    await isEmpty(proxy);
  });

  it('keeps 4 KiB of an endless body (attack 20)', async () => {
    const proxy = await answering(`HTTP/1.1 403 No\r\n\r\n${'x'.repeat(100_000)}`);
    expect((await failure(connect(url, { proxy: at(proxy) }))).body?.length).toBe(4096);
    await isEmpty(proxy);
  });

  it('that refuses and then says no more is a refusal, not a delay', async () => {
    const proxy = await answering('HTTP/1.1 502 Bad\r\nContent-Length: 100\r\n\r\nwait');
    const session = connect(url, { proxy: at(proxy) }, { handshakeTimeout: 2_000 });
    expect(await failure(session)).toMatchObject({ code: 'PROXY', status: 502, body: 'wait' });
  });

  it('that refuses and hangs up is a refusal with what came', async () => {
    const proxy = await proxyOf({ answer: (socket) => socket.end('HTTP/1.0 502 Bad\r\n\r\nwait') });
    expect(await failure(connect(url, { proxy: at(proxy) }))).toMatchObject({ status: 502, body: 'wait' });
  });

  it('caps an endless head (attack 20)', async () => {
    let sent = 0;
    const proxy = await proxyOf({
      answer: (socket) => {
        socket.write('HTTP/1.1 200 OK\r\n');
        const more = (): void => {
          if (socket.destroyed) return;
          sent += 1000;
          socket.write(`X-Filler: ${'x'.repeat(988)}\r\n`, () => more());
        };
        more();
      },
    });
    const error = await failure(connect(url, { proxy: at(proxy) }));
    expect(error).toMatchObject({ code: 'PROXY', limit: DEFAULT_LIMITS.maxHeadBytes });
    await isEmpty(proxy);
    expect(sent).toBeLessThan(8_000_000);
  });

  it.each(['ws', 'wss'])('takes no byte behind the 200 for the server’s (%s, attack 20)', async (scheme) => {
    const early = 'HTTP/1.1 101 Switching Protocols\r\n\r\n';
    const proxy = await answering(`HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n${early}`);
    const error = await failure(connect(`${scheme}://server.test`, { proxy: at(proxy) }));
    expect(error).toMatchObject({ code: 'PROXY', phase: 'proxy' });
    expect(error.message).toContain('before the server was asked');
  });

  it('that injects bytes into the tunnel later breaks TLS, not us (attack 20)', async () => {
    const proxy = await proxyOf({
      answer: (socket) => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        // In answer to the first bytes of TLS, so that they are no part of the answer to CONNECT.
        socket.once('data', () => socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n'));
        socket.resume();
      },
    });
    expect((await failure(connect(url, { proxy: at(proxy), tls: tls() }))).code).toBe('TLS');
  });

  it('is no proxy at all: another protocol, nobody, a hang-up (#8)', async () => {
    const other = await listen((socket) => socket.write('SSH-2.0-OpenSSH_9\r\n'));
    const error = await failure(connect(url, { proxy: `http://127.0.0.1:${other}` }));
    expect(error).toMatchObject({ code: 'PROXY', cause: { code: 'HANDSHAKE_MALFORMED' } });
    const dead = await listen((socket) => socket.destroy());
    expect(await failure(connect(url, { proxy: `http://127.0.0.1:${dead}` }))).toMatchObject({
      code: 'PROXY',
    });
    const closed = closing(await startConnectProxy());
    await closed.close();
    expect(await failure(connect(url, { proxy: at(closed) }))).toMatchObject({
      code: 'PROXY',
      phase: 'proxy',
      cause: { code: 'ECONNREFUSED' },
    });
  });

  it('is late in the phase proxy (attack 14, #42)', async () => {
    const proxy = await proxyOf({ answer: () => {} });
    const session = connect(url, { proxy: at(proxy) }, { handshakeTimeout: 100 });
    expect(await failure(session)).toMatchObject({ code: 'TIMEOUT', phase: 'proxy' });
    await isEmpty(proxy);
  });

  it('inside a tunnel the deadline names tls and http (attack 14, #42)', async () => {
    const silent = await listen(() => {});
    const proxy = await proxyOf();
    for (const [scheme, phase] of [
      ['wss', 'tls'],
      ['ws', 'http'],
    ]) {
      const options = { proxy: at(proxy), tls: tls() };
      const session = connect(`${scheme}://server.test:${silent}`, options, { handshakeTimeout: 1_500 });
      expect(await failure(session)).toMatchObject({ code: 'TIMEOUT', phase });
    }
    await isEmpty(proxy);
  });

  it('leaves nothing behind when it is given up', async () => {
    const proxy = await proxyOf({ answer: () => {} });
    const session = connect(url, { proxy: at(proxy) });
    await expect.poll(() => proxy.heads.length).toBe(1);
    session.transport.abandon();
    expect((await failure(session)).code).toBe('HANDSHAKE_ABORTED');
    await isEmpty(proxy);
  });
});

describe('a SOCKS5 proxy', () => {
  it('looks names up by itself, for socks5h:', async () => {
    const proxy = await socksOf();
    const options = { proxy: `socks5h://127.0.0.1:${proxy.port}`, tls: tls() };
    await echoes(`ws://server.test:${plainPort}/echo`, options);
    await echoes(`wss://server.test:${secure.port}`, options);
    expect(proxy.requests).toEqual([
      { type: 3, host: 'server.test', port: plainPort },
      { type: 3, host: 'server.test', port: secure.port },
    ]);
    await isEmpty(proxy);
  });

  it('gets addresses, for socks5:, which are looked up here', async () => {
    const proxy = await socksOf({ slowly: true });
    const options = { proxy: `socks5://127.0.0.1:${proxy.port}`, lookup: lookupLoopback };
    await echoes(`ws://server.test:${plainPort}/echo`, options);
    await echoes(`ws://[::1]:${plainPort}/echo`, options);
    expect(proxy.requests).toEqual([
      { type: 1, host: '7f000001', port: plainPort },
      { type: 4, host: '00000000000000000000000000000001', port: plainPort },
    ]);
  });

  it('takes user and password', async () => {
    const proxy = await socksOf({ credentials: ['me', 'p@ss'] });
    const url = (user: string) => `socks5h://${user}127.0.0.1:${proxy.port}`;
    await echoes(`ws://server.test:${plainPort}/echo`, { proxy: url('me:p%40ss@') });
    expect(proxy.requests).toMatchObject([{ username: 'me', password: 'p@ss' }]);
    const wrong = await failure(connect('ws://server.test', { proxy: url('me:secret@') }));
    expect(wrong).toMatchObject({ code: 'PROXY', phase: 'proxy' });
    expect(wrong.message).toContain('refused user and password');
    expect(wrong.message).not.toContain('secret');
    const none = await failure(connect('ws://server.test', { proxy: url('') }));
    expect(none.message).toContain('wants user and password');
    await isEmpty(proxy);
  });

  it('says why it cannot connect (#8)', async () => {
    const proxy = await socksOf({ reply: 5 });
    const error = await failure(connect('ws://server.test', { proxy: `socks5h://127.0.0.1:${proxy.port}` }));
    expect(error).toMatchObject({ code: 'PROXY', phase: 'proxy', received: '5' });
    expect(error.message).toContain('the server refused the connection');
    await isEmpty(proxy);
  });

  it('that is none says so; one that is silent is late', async () => {
    const http = await listen((socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const error = await failure(connect('ws://server.test', { proxy: `socks5h://127.0.0.1:${http}` }));
    expect(error.message).toContain('does not speak SOCKS5');
    const silent = await listen(() => {});
    const options = { proxy: `socks5h://127.0.0.1:${silent}` };
    const late = await failure(connect('ws://server.test', options, { handshakeTimeout: 100 }));
    expect(late).toMatchObject({ code: 'TIMEOUT', phase: 'proxy' });
  });

  it('gets the first address that the look-up finds, of the family that the caller wants', async () => {
    const proxy = await socksOf();
    const asked: unknown[] = [];
    const options: TcpOptions = {
      proxy: `socks5://127.0.0.1:${proxy.port}`,
      family: 4,
      lookup: (_name, { family }, callback) => {
        asked.push(family);
        const addresses = [10, 11].map((end) => ({ address: `127.0.0.${end}`, family: 4 }));
        callback(null, addresses);
      },
    };
    await echoes(`ws://server.test:${plainPort}/echo`, options);
    expect([asked, proxy.requests[0]?.host]).toEqual([[4], '7f00000a']);
  });

  it('is not asked when it is given up during the look-up', async () => {
    const proxy = await socksOf();
    let find: () => void = () => {};
    const session = connect('ws://server.test', {
      proxy: `socks5://127.0.0.1:${proxy.port}`,
      lookup: (name, options, callback) => {
        find = () => lookupLoopback(name, options, callback);
      },
    });
    session.transport.abandon();
    expect((await failure(session)).code).toBe('HANDSHAKE_ABORTED');
    find();
    await new Promise((resolve) => setImmediate(resolve));
    expect(proxy.connections).toBe(0);
  });

  it('is not asked where the name is not found here, or not in time', async () => {
    const proxy = await socksOf();
    const url = `socks5://127.0.0.1:${proxy.port}`;
    const cause = Object.assign(new Error('no such host'), { code: 'ENOTFOUND' });
    const missing: TcpOptions = { proxy: url, lookup: (_name, _how, callback) => callback(cause, '') };
    expect(await failure(connect('ws://server.test', missing))).toMatchObject({
      code: 'DNS',
      phase: 'dns',
      cause,
    });
    const late = connect('ws://server.test', { proxy: url, lookup: () => {} }, { handshakeTimeout: 100 });
    expect(await failure(late)).toMatchObject({ code: 'TIMEOUT', phase: 'dns' });
    expect(proxy.connections).toBe(0);
  });
});
