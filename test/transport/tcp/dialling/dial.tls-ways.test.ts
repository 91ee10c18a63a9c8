/** The same checks of a certificate on every way to a server: each way by each fault. */
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Clock } from '../../../../src/base/clock.ts';
import { createVirtualClock } from '../../../../src/testing/virtual-clock.ts';
import type { CreateConnection, TlsOptions } from '../../../../src/transport/tcp/dialling/options.ts';
import { type TcpOptions, tcpTransport } from '../../../../src/transport/tcp/tcp-transport.ts';
import { type Certificate, createCertificate } from '../../../tools/certificates.ts';
import { type ConnectProxy, startConnectProxy } from '../../../tools/connect-proxy.ts';
import { dialHarness, failure, serve } from '../../../tools/dial-harness.ts';
import { lookupLoopback, startTlsServer, type TlsServer } from '../../../tools/tls-server.ts';

const { connect, closing } = dialHarness();

let authority: Certificate;
let proxy: ConnectProxy;
const servers = new Map<string, TlsServer>();
const certificates: Record<string, string> = {};

beforeAll(async () => {
  authority = createCertificate({ names: 'DNS:authority.test' });
  const stranger = createCertificate({ names: 'DNS:stranger.test' });
  const made: Record<string, Certificate> = {
    right: createCertificate({ names: 'DNS:server.test', signer: authority }),
    'signed by a stranger': createCertificate({ names: 'DNS:server.test', signer: stranger }),
    expired: createCertificate({ names: 'DNS:server.test', signer: authority, days: -1 }),
    'of another host': createCertificate({ names: 'DNS:other.test', signer: authority }),
  };
  for (const [name, certificate] of Object.entries(made)) {
    certificates[name] = certificate.cert;
    servers.set(name, await startTlsServer(certificate));
  }
  proxy = await startConnectProxy();
});
afterAll(async () => {
  for (const server of servers.values()) await server.close();
  await proxy.close();
});

const portOf = (name: string): number => (servers.get(name) as TlsServer).port;
const urlOf = (name: string): string => `wss://server.test:${portOf(name)}`;

/** A socket with TLS begun by somebody who checks nothing. */
const supplied =
  (own: ConnectionOptions = { rejectUnauthorized: false }): CreateConnection =>
  ({ port, servername }) =>
    connectTls({ port, host: '127.0.0.1', servername, ca: authority.cert, ...own }) as never;

/** One that sends every client on. */
async function redirectTo(url: string): Promise<string> {
  const server = createServer().on('upgrade', (_request, socket) => {
    socket.end(`HTTP/1.1 302 Found\r\nLocation: ${url}\r\nContent-Length: 0\r\n\r\n`);
  });
  const { server: listening } = closing(await serve(server, { host: '127.0.0.1', port: 0 }));
  return `ws://first.test:${(listening.address() as AddressInfo).port}`;
}

interface Way {
  readonly name: string;
  /** How the server is reached, and by which options. */
  reach(server: string, tls: TlsOptions): Promise<readonly [url: string, options: TcpOptions]>;
}

const WAYS: readonly Way[] = [
  { name: 'a fresh connection', reach: async (server, tls) => [urlOf(server), { tls }] },
  {
    name: 'one through a proxy',
    reach: async (server, tls) => [urlOf(server), { tls, proxy: `http://127.0.0.1:${proxy.port}` }],
  },
  {
    name: 'one behind a redirect',
    reach: async (server, tls) => [await redirectTo(urlOf(server)), { tls, redirects: 1 }],
  },
  {
    name: 'one over a socket of the caller’s, with TLS added',
    reach: async (server, tls) => {
      const { connect: connectTcp } = await import('node:net');
      const createConnection: CreateConnection = ({ port }) => connectTcp({ port, host: '127.0.0.1' });
      return [urlOf(server), { tls, createConnection }];
    },
  },
];

describe.each(WAYS)('TLS on $name (attacks 34, 35)', ({ reach }) => {
  const open = async (server: string, tls: TlsOptions = {}) => {
    const [url, options] = await reach(server, { ca: authority.cert, ...tls });
    return connect(url, { lookup: lookupLoopback, ...options });
  };

  it('takes the right certificate', async () => {
    const session = await (await open('right')).open();
    session.transport.send('hello');
    expect(await session.message()).toBe('hello');
  });

  it.each([
    ['signed by a stranger', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ['expired', 'CERT_HAS_EXPIRED'],
    ['of another host', 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ])('refuses one that is %s', async (server, code) => {
    expect(await failure(await open(server))).toMatchObject({ code: 'TLS', cause: { code } });
  });
});

describe('TLS on a socket that the caller has made secure (attack 35)', () => {
  const open = (server: string, createConnection: CreateConnection, tls?: TlsOptions) =>
    connect(urlOf(server), { lookup: lookupLoopback, createConnection, ...(tls && { tls }) });

  it('is taken as it is where the caller has checked the certificate', async () => {
    const session = await open('right', supplied({})).open();
    session.transport.send('hello');
    expect(await session.message()).toBe('hello');
  });

  it.each([
    ['signed by a stranger', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ['expired', 'CERT_HAS_EXPIRED'],
    ['of another host', 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ])('is refused where nobody looked at one that is %s', async (server, reason) => {
    const error = await failure(open(server, supplied()));
    expect(error).toMatchObject({ code: 'TLS', cause: { code: 'TLS_NOT_CHECKED', cause: reason } });
    expect(error.message).toContain('nobody has checked the certificate');
  });

  it('is refused where the certificate was checked, for another host', async () => {
    const forOther = supplied({ servername: 'other.test' });
    expect(await failure(open('of another host', forOther))).toMatchObject({
      code: 'TLS',
      cause: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
    });
  });

  it('is refused where there is nothing to ask for a certificate', async () => {
    const bare: CreateConnection = async (request) => {
      const socket = (await supplied({})(request, () => {})) as TLSSocket;
      await once(socket, 'secureConnect');
      return Object.assign(socket, { getPeerCertificate: undefined }) as never;
    };
    expect(await failure(open('right', bare))).toMatchObject({ cause: { code: 'TLS_NOT_CHECKED' } });
  });

  it('may be told that a certificate need not be checked', async () => {
    await open('signed by a stranger', supplied(), { rejectUnauthorized: false }).open();
  });

  it('is checked by the name, and by the function, that the caller asks for', async () => {
    const other = supplied({ servername: 'other.test' });
    await open('of another host', other, { servername: 'other.test' }).open();
    const pin = new Error('not the one that we know');
    const session = open('right', supplied({}), { checkServerIdentity: () => pin });
    expect(await failure(session)).toMatchObject({ code: 'TLS', cause: pin });
  });

  it('is refused beside tls options that would have no effect', async () => {
    const error = await failure(open('right', supplied({}), { ca: authority.cert }));
    expect(error).toMatchObject({ code: 'TLS', cause: { code: 'TLS_OPTIONS_UNUSED' } });
    expect(error.message).toContain('have no effect');
  });

  it('does not follow a redirect to another origin, which its certificate may not be meant for', async () => {
    const first = await redirectTo(urlOf('right'));
    const { connect: connectTcp } = await import('node:net');
    const createConnection: CreateConnection = ({ port }) => connectTcp({ port, host: '127.0.0.1' });
    const error = await failure(connect(first, { createConnection, redirects: 1 }));
    expect(error).toMatchObject({ code: 'HANDSHAKE_REDIRECT', detail: 'create-connection' });
  });
});

describe('TLS that goes on with a session (attack 34)', () => {
  /** Opens, says a word so that the session arrives, and closes. */
  const visit = async (factory: ReturnType<typeof tcpTransport>, server = 'right', clock?: Clock) => {
    const session = await connect(urlOf(server), factory, clock && { clock }).open();
    session.transport.send('hello');
    await session.message();
    session.transport.abandon();
    await session.closed();
  };
  const factoryOf = (tls: TlsOptions) => tcpTransport({ tls, lookup: lookupLoopback });

  it('is refused once rejectUnauthorized is turned on', async () => {
    const tls = { ca: authority.cert, rejectUnauthorized: false };
    const factory = factoryOf(tls);
    await visit(factory, 'signed by a stranger');
    tls.rejectUnauthorized = true;
    expect(await failure(connect(urlOf('signed by a stranger'), factory))).toMatchObject({
      code: 'TLS',
      cause: { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' },
    });
  });

  it('is refused once a pin is withdrawn', async () => {
    const withdrawn = new Error('withdrawn');
    let answer: Error | undefined;
    const factory = factoryOf({ ca: authority.cert, checkServerIdentity: () => answer });
    await visit(factory);
    await visit(factory);
    answer = withdrawn;
    expect(await failure(connect(urlOf('right'), factory))).toMatchObject({ code: 'TLS', cause: withdrawn });
  });

  it('is refused once the authority is another one, in the same options object', async () => {
    const tls = { ca: authority.cert };
    const factory = factoryOf(tls);
    await visit(factory);
    tls.ca = createCertificate({ names: 'DNS:authority.test' }).cert;
    expect(await failure(connect(urlOf('right'), factory))).toMatchObject({ code: 'TLS' });
  });

  it('is refused for a host that the certificate is not for, in the same options object', async () => {
    const tls: { ca: string; servername?: string } = { ca: authority.cert, servername: 'other.test' };
    const factory = factoryOf(tls);
    await visit(factory, 'of another host');
    delete tls.servername;
    expect(await failure(connect(urlOf('of another host'), factory))).toMatchObject({
      code: 'TLS',
      cause: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
    });
  });

  it('is over with its hour, and what goes on does not begin a new one', async () => {
    const clock = createVirtualClock();
    const factory = factoryOf({ ca: authority.cert });
    const { reused } = servers.get('right') as TlsServer;
    const before = reused.length;
    for (const minutes of [0, 40, 19, 1, 0]) {
      await clock.advance(minutes * 60_000);
      await visit(factory, 'right', clock);
    }
    expect(reused.slice(before)).toEqual([false, true, true, false, true]);
  });

  it('is over when the certificate is', async () => {
    const clock = createVirtualClock();
    const expiry = Date.parse(new X509Certificate(certificates.right as string).validTo);
    await clock.advance(expiry - clock.wallTime() - 1_000);
    const factory = factoryOf({ ca: authority.cert });
    const { reused } = servers.get('right') as TlsServer;
    const before = reused.length;
    await visit(factory, 'right', clock);
    await visit(factory, 'right', clock);
    await clock.advance(2_000);
    await visit(factory, 'right', clock);
    expect(reused.slice(before)).toEqual([false, true, false]);
  });
});
