/** The same checks of a certificate on every way to a server: each way by each fault, and what is particular to some. */
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Clock } from '../../../../src/base/clock.ts';
import type { HandshakeError } from '../../../../src/base/errors.ts';
import { connect as connectShort, createClient } from '../../../../src/client/create-client.node.ts';
import type { ClientOptions } from '../../../../src/client/options.ts';
import { failover } from '../../../../src/connection/failover.ts';
import { raw } from '../../../../src/messaging/raw.ts';
import { WebSocket } from '../../../../src/node.ts';
import { createVirtualClock } from '../../../../src/testing/virtual-clock.ts';
import type { CreateConnection, TlsOptions } from '../../../../src/transport/tcp/dialling/options.ts';
import { type TcpOptions, tcpTransport } from '../../../../src/transport/tcp/tcp-transport.ts';
import { type Certificate, createCertificate } from '../../../tools/certificates.ts';
import { type ConnectProxy, startConnectProxy } from '../../../tools/connect-proxy.ts';
import { dialHarness, failure, serve } from '../../../tools/dial-harness.ts';
import { lookupLoopback, startTlsServer, type TlsServer } from '../../../tools/tls-server.ts';

const { connect, closing } = dialHarness();

let authority: Certificate;
let stranger: Certificate;
const made: Record<string, Certificate> = {};
let proxy: ConnectProxy;
const servers = new Map<string, TlsServer>();
const certificates: Record<string, string> = {};

beforeAll(async () => {
  authority = createCertificate({ names: 'DNS:authority.test' });
  stranger = createCertificate({ names: 'DNS:stranger.test' });
  Object.assign(made, {
    right: createCertificate({ names: 'DNS:server.test', signer: authority }),
    'signed by a stranger': createCertificate({ names: 'DNS:server.test', signer: stranger }),
    expired: createCertificate({ names: 'DNS:server.test', signer: authority, days: -1 }),
    'of another host': createCertificate({ names: 'DNS:other.test', signer: authority }),
    'self-made': createCertificate({ names: 'DNS:server.test', authority: false }),
  });
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

/** One thing that is wrong with a server. */
interface Check {
  readonly name: string;
  /** Which server. */
  readonly server: string;
  /** Options that find the fault. */
  readonly tls: () => TlsOptions;
  /** Options that do not: a session that they leave behind must not be taken for a good one. */
  readonly careless: () => TlsOptions;
  readonly code: string;
}

const withdrawn = Object.assign(new Error('withdrawn'), { code: 'PIN_WITHDRAWN' });

const CHECKS: readonly Check[] = [
  {
    name: 'whose certificate a stranger has signed',
    server: 'signed by a stranger',
    tls: () => ({}),
    careless: () => ({ ca: stranger.cert }),
    code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  },
  {
    name: 'whose certificate has expired',
    server: 'expired',
    tls: () => ({}),
    careless: () => ({ rejectUnauthorized: false }),
    code: 'CERT_HAS_EXPIRED',
  },
  {
    name: 'whose certificate is another host’s',
    server: 'of another host',
    tls: () => ({}),
    careless: () => ({ servername: 'other.test' }),
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  },
  {
    name: 'whose pin was withdrawn',
    server: 'right',
    tls: () => ({ checkServerIdentity: () => withdrawn }),
    careless: () => ({ checkServerIdentity: () => undefined }),
    code: 'PIN_WITHDRAWN',
  },
  {
    name: 'that nobody vouches for',
    server: 'self-made',
    tls: () => ({}),
    careless: () => ({ rejectUnauthorized: false }),
    code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
  },
];

/** A way to a server: opens, says hello, hears it, and closes; or gives back why not. */
interface Way {
  readonly name: string;
  attempt(server: string, tls: TlsOptions, check?: Check): Promise<unknown>;
}

/** By a transport alone. */
async function bare(url: string, how: TcpOptions | ReturnType<typeof tcpTransport>): Promise<unknown> {
  const session = connect(url, typeof how === 'function' ? how : { lookup: lookupLoopback, ...how });
  await expect.poll(() => session.types.length).toBeGreaterThan(0);
  if (session.types[0] !== 'open') return failure(session);
  session.transport.send('hello');
  expect(await session.message()).toBe('hello');
  session.transport.abandon();
  await session.closed();
  return undefined;
}

/** By a client, at its last attempt. */
async function byClient(options: ClientOptions): Promise<unknown> {
  const client = createClient({ envelope: raw(), lookup: lookupLoopback, ...options });
  const closed = new Promise((resolve) => client.once('closed', ({ error }) => resolve(error)));
  client.once('message', () => void client.close());
  client.send('hello').catch(() => {});
  return closed;
}

const WAYS: readonly Way[] = [
  { name: 'a fresh connection', attempt: (server, tls) => bare(urlOf(server), { tls }) },
  {
    name: 'a connection that could go on with a session',
    attempt: async (server, tls, check) => {
      // One object, changed in place: what a program may well do.
      const changing: { -readonly [Name in keyof TlsOptions]: TlsOptions[Name] } = {
        ca: authority.cert,
        ...check?.careless(),
      };
      const factory = tcpTransport({ tls: changing, lookup: lookupLoopback });
      expect(await bare(urlOf(server), factory)).toBeUndefined();
      for (const name of Object.keys(changing)) delete changing[name as keyof TlsOptions];
      Object.assign(changing, tls);
      return bare(urlOf(server), factory);
    },
  },
  {
    name: 'one through a proxy',
    attempt: (server, tls) => bare(urlOf(server), { tls, proxy: `http://127.0.0.1:${proxy.port}` }),
  },
  {
    name: 'one behind a redirect',
    attempt: async (server, tls, check) => {
      // A pin is for one origin: there it holds behind a redirect too.
      if (check?.code === 'PIN_WITHDRAWN')
        return bare(await redirectWithin(), { tls: goodOnce(tls), redirects: 1 });
      return bare(await redirectTo(urlOf(server)), { tls, redirects: 1 });
    },
  },
  {
    name: 'one over a socket of the caller’s, with TLS added',
    attempt: async (server, tls) => {
      const { connect: connectTcp } = await import('node:net');
      const createConnection: CreateConnection = ({ port }) => connectTcp({ port, host: '127.0.0.1' });
      return bare(urlOf(server), { tls, createConnection });
    },
  },
  {
    name: 'connect()',
    attempt: async (server, tls) => {
      const opening = connectShort(urlOf(server), { tls, lookup: lookupLoopback });
      const socket = await opening.catch((error: unknown) => error as HandshakeError);
      if (socket instanceof Error) return socket;
      socket.send('hello');
      expect(await socket.receive()).toBe('hello');
      await socket.close();
      return undefined;
    },
  },
  {
    name: 'createClient()',
    attempt: (server, tls) => byClient({ url: urlOf(server), tls, reconnect: false }),
  },
  {
    name: 'an address that a client fails over to',
    attempt: (server, tls) =>
      byClient({
        url: ['wss://127.0.0.1:9/', urlOf(server)],
        tls,
        use: [failover()],
        reconnect: { maxAttempts: 2 },
      }),
  },
  {
    name: 'the WebSocket class',
    attempt: (server, tls) => {
      const socket = new WebSocket(urlOf(server), [], { tls, lookup: lookupLoopback });
      socket.onopen = () => socket.send('hello');
      socket.onmessage = () => socket.close();
      return new Promise((resolve) => {
        socket.onclose = ({ error }: { error?: unknown }) => resolve(error);
      });
    },
  },
];

/** The pin is good once. */
function goodOnce(tls: TlsOptions): TlsOptions {
  let isFirst = true;
  return {
    ...tls,
    checkServerIdentity: () => {
      if (!isFirst) return withdrawn;
      isFirst = false;
      return undefined;
    },
  };
}

/** One with the right certificate, that sends every client on to another path of its own. */
async function redirectWithin(): Promise<string> {
  const { cert, key } = made.right as Certificate;
  const server = createSecureServer({ cert, key }).on('upgrade', (_request, socket) => {
    socket.end('HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n');
  });
  const { server: listening } = closing(await serve(server, { host: '127.0.0.1', port: 0 }));
  return `wss://server.test:${(listening.address() as AddressInfo).port}`;
}

describe.each(WAYS)('TLS on $name (attacks 34, 35)', ({ attempt }) => {
  it('takes the right certificate', async () => {
    expect(await attempt('right', { ca: authority.cert })).toBeUndefined();
  });

  it.each(CHECKS)('refuses a server $name', async (check) => {
    const error = await attempt(check.server, { ca: authority.cert, ...check.tls() }, check);
    expect(error).toMatchObject({ code: 'TLS', phase: 'tls', cause: { code: check.code } });
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
