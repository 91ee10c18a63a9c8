import { type AddressInfo, connect as connectTcp, createServer, type Server, type Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { HandshakeError } from '../../../src/base/errors.ts';
import { type TcpOptions, tcpTransport } from '../../../src/transport/tcp/tcp-transport.ts';
import type { TransportRequest } from '../../../src/transport/transport.ts';
import { type Certificate, createCertificate } from '../../tools/certificates.ts';
import { lookupLoopback, startTlsServer, type TlsServer } from '../../tools/tls-server.ts';
import { Session } from '../conformance/session.ts';

let certificate: Certificate;
let secure: TlsServer;
const sessions: Session[] = [];
const servers: Server[] = [];

beforeAll(async () => {
  certificate = createCertificate({ names: 'DNS:localhost,DNS:named.test,IP:127.0.0.1' });
  secure = await startTlsServer(certificate);
});
afterAll(() => secure.close());
afterEach(async () => {
  await Promise.all(sessions.splice(0).map((session) => session.finish()));
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

function connect(url: string, options: TcpOptions = {}, changes: Partial<TransportRequest> = {}): Session {
  const session = new Session(tcpTransport(options), url, changes);
  sessions.push(session);
  return session;
}

async function failure(session: Session): Promise<HandshakeError> {
  const { error } = await session.closed();
  expect(session.types).toEqual(['close']);
  expect(error?.name).toBe('HandshakeError');
  return error as HandshakeError;
}

/** A TCP server that does with a connection what it is told. */
async function listen(onConnection: (socket: Socket) => void, host = '127.0.0.1'): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  servers.push(server);
  const close = server.close.bind(server);
  server.close = (callback) => {
    for (const socket of sockets) socket.destroy();
    return close(callback);
  };
  return (server.address() as AddressInfo).port;
}

/**
 * A server that does not accept: its thread sleeps, and its queue of waiting connections is full, so that the kernel
 * drops whatever else knocks.
 */
async function startDeafServer(): Promise<{ port: number; stop(): Promise<void> }> {
  const worker = new Worker(
    `const { createServer } = require('node:net');
     const { parentPort } = require('node:worker_threads');
     const server = createServer();
     server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
       parentPort.postMessage(server.address().port);
       Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
     });`,
    { eval: true },
  );
  const port = await new Promise<number>((resolve) => worker.once('message', resolve));
  const queued = Array.from({ length: 2 }, () => connectTcp({ port, host: '127.0.0.1' }));
  await Promise.all(queued.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
  return {
    port,
    stop: async () => {
      for (const socket of queued) socket.destroy();
      await worker.terminate();
    },
  };
}

const throwing = (): never => {
  throw new RangeError('out of names');
};

describe('wss', () => {
  const trusted = () => ({ tls: { ca: certificate.cert } });

  it('trusts an authority that is passed as ca, and asks for the host by its name', async () => {
    secure.serverNames.length = 0;
    const session = await connect(`wss://localhost:${secure.port}`, trusted()).open();
    session.transport.send('hello');
    expect(await session.message()).toBe('hello');
    expect(secure.serverNames).toEqual(['localhost']);
  });

  it('names a host without its trailing dot, and takes a server name of the caller’s', async () => {
    secure.serverNames.length = 0;
    const named = { ...trusted(), lookup: lookupLoopback };
    await connect(`wss://named.test.:${secure.port}`, named).open();
    const other = { lookup: lookupLoopback, tls: { ca: certificate.cert, servername: 'named.test' } };
    await connect(`wss://elsewhere.test:${secure.port}`, other).open();
    expect(secure.serverNames).toEqual(['named.test', 'named.test']);
  });

  it('names no server for an IP address (RFC 6066, 3), whose certificate is checked all the same', async () => {
    secure.serverNames.length = 0;
    await connect(`wss://127.0.0.1:${secure.port}`, trusted()).open();
    expect(secure.serverNames).toEqual([false]);
  });

  it('refuses a self-signed certificate, with Node’s error as the cause', async () => {
    const error = await failure(connect(`wss://localhost:${secure.port}/?token=secret`));
    expect(error).toMatchObject({
      code: 'TLS',
      phase: 'tls',
      cause: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
    });
    expect(error.message).not.toContain('secret');
  });

  it('refuses a certificate of another host', async () => {
    const session = connect(`wss://other.test:${secure.port}`, { ...trusted(), lookup: lookupLoopback });
    expect(await failure(session)).toMatchObject({
      code: 'TLS',
      cause: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
    });
  });

  it('cannot be weakened by the environment, only by an option', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    expect((await failure(connect(`wss://localhost:${secure.port}`))).code).toBe('TLS');
    vi.unstubAllEnvs();
    await connect(`wss://localhost:${secure.port}`, { tls: { rejectUnauthorized: false } }).open();
  });

  it('says so when the server does not speak TLS', async () => {
    const port = await listen((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect(await failure(connect(`wss://127.0.0.1:${port}`))).toMatchObject({ code: 'TLS', phase: 'tls' });
  });

  it('says so when the server hangs up', async () => {
    const port = await listen((socket) => socket.destroy());
    expect(await failure(connect(`wss://127.0.0.1:${port}`))).toMatchObject({ code: 'TLS', phase: 'tls' });
  });

  it('ends in an error, not a throw, when Node refuses the options', async () => {
    const session = connect(`wss://127.0.0.1:${secure.port}`, { tls: { key: 'nonsense', cert: 'nonsense' } });
    expect(await failure(session)).toMatchObject({ code: 'TLS', cause: expect.any(Error) });
  });

  it('ends in an error when ws is spoken to a port that wants TLS', async () => {
    const error = await failure(connect(`ws://127.0.0.1:${secure.port}`));
    expect(['HANDSHAKE_STATUS', 'HANDSHAKE_MALFORMED', 'HANDSHAKE_CLOSED']).toContain(error.code);
  });

  it.each(['close', 'abandon'] as const)(
    '%s at once ends in a later task, before there is a socket',
    async (verb) => {
      const session = connect(`wss://localhost:${secure.port}`, trusted());
      session.transport[verb]();
      await Promise.resolve();
      expect(session.told).toEqual([]);
      expect((await failure(session)).code).toBe('HANDSHAKE_ABORTED');
    },
  );

  it('reads many connections through one buffer without mixing them', async () => {
    const factory = tcpTransport(trusted());
    const many = Array.from({ length: 16 }, () => new Session(factory, `wss://localhost:${secure.port}`));
    sessions.push(...many);
    await Promise.all(many.map((session) => session.open()));
    const own = (index: number) => new Uint8Array(200_000).fill(index + 1);
    for (const [index, session] of many.entries()) session.transport.send(own(index));
    for (const [index, session] of many.entries()) {
      expect(Buffer.compare((await session.message()) as Uint8Array, own(index))).toBe(0);
    }
  });
});

describe('name look-up and connecting', () => {
  it('reports a failing look-up as DNS', async () => {
    const cause = Object.assign(new Error('no such host'), { code: 'ENOTFOUND' });
    const session = connect('ws://host.test/', {
      lookup: (_host, _options, callback) => callback(cause, ''),
    });
    expect(await failure(session)).toMatchObject({ code: 'DNS', phase: 'dns', cause: { code: 'ENOTFOUND' } });
  });

  it('finds localhost whichever address comes first', async () => {
    const port = await listen((socket) => socket.end('HTTP/1.1 418 Teapot\r\nContent-Length: 0\r\n\r\n'));
    expect((await failure(connect(`ws://localhost:${port}`))).status).toBe(418);
  });

  it('dials an IPv6 address', async () => {
    const port = await listen(
      (socket) => socket.end('HTTP/1.1 418 Teapot\r\nContent-Length: 0\r\n\r\n'),
      '::1',
    );
    expect((await failure(connect(`ws://[::1]:${port}`))).status).toBe(418);
  });

  it('tries one address only when told to', async () => {
    const port = await listen((socket) => socket.end('HTTP/1.1 418 Teapot\r\nContent-Length: 0\r\n\r\n'));
    const asked: unknown[] = [];
    const session = connect(`ws://host.test:${port}`, {
      autoSelectFamily: false,
      lookup: (host, options, callback) => {
        asked.push(options.all);
        lookupLoopback(host, options, callback);
      },
    });
    expect((await failure(session)).status).toBe(418);
    expect(asked).toEqual([undefined]);
  });

  it('tells a close of ours once, though the look-up throws too', async () => {
    const session = connect('ws://host.test/', { lookup: throwing });
    session.transport.close();
    expect((await failure(session)).code).toBe('HANDSHAKE_ABORTED');
  });

  it('ends in an error, not a throw, when the look-up throws', async () => {
    const session = connect('ws://host.test/', { lookup: throwing });
    expect(await failure(session)).toMatchObject({ code: 'DNS', cause: expect.any(RangeError) });
  });
});

describe('the deadline names the phase', () => {
  const late = async (url: string, options: TcpOptions = {}) => {
    const error = await failure(connect(url, options, { handshakeTimeout: 200 }));
    expect(error.code).toBe('TIMEOUT');
    return error.phase;
  };

  it('dns', async () => {
    expect(await late('ws://host.test/', { lookup: () => {} })).toBe('dns');
  });

  it('tcp', async () => {
    const { port, stop } = await startDeafServer();
    expect(await late(`ws://127.0.0.1:${port}`)).toBe('tcp');
    await stop();
  });

  it('tls', async () => {
    const port = await listen(() => {});
    expect(await late(`wss://127.0.0.1:${port}`)).toBe('tls');
  });

  it('http', async () => {
    const port = await listen(() => {});
    expect(await late(`ws://127.0.0.1:${port}`)).toBe('http');
  });

  it('one deadline for all phases together', async () => {
    // Each phase takes less than the whole, their sum more.
    const port = await listen((socket) => {
      setTimeout(() => socket.write('HTTP/1.1 101 Switching Protocols\r\n'), 200);
    });
    const before = performance.now();
    const session = connect(
      `ws://host.test:${port}`,
      { lookup: (host, options, callback) => setTimeout(() => lookupLoopback(host, options, callback), 200) },
      { handshakeTimeout: 300 },
    );
    expect((await failure(session)).phase).toBe('http');
    expect(performance.now() - before).toBeLessThan(1000);
  });

  it('a refusal whose body never ends is a refusal all the same', async () => {
    const port = await listen((socket) =>
      socket.write('HTTP/1.1 503 Busy\r\nContent-Length: 100\r\n\r\nwait'),
    );
    const error = await failure(connect(`ws://127.0.0.1:${port}`, {}, { handshakeTimeout: 200 }));
    expect(error).toMatchObject({ code: 'HANDSHAKE_STATUS', status: 503, body: 'wait' });
  });
});
