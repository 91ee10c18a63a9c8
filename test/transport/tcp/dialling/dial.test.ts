import { type AddressInfo, connect as connectTcp, createServer, type Server, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { Worker } from 'node:worker_threads';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { deferred } from '../../../../src/base/deferred.ts';
import type { HandshakeError } from '../../../../src/base/errors.ts';
import { createVirtualClock } from '../../../../src/testing/virtual-clock.ts';
import { type TcpOptions, tcpTransport } from '../../../../src/transport/tcp/tcp-transport.ts';
import type { TransportRequest } from '../../../../src/transport/transport.ts';
import { type Certificate, createCertificate } from '../../../tools/certificates.ts';
import { lookupLoopback, startTlsServer, type TlsServer } from '../../../tools/tls-server.ts';
import { Session } from '../../conformance/session.ts';

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

/** A connection of its own: whatever was on its way before has arrived by then. */
const connectAndWait = (port: number): Promise<void> =>
  new Promise((resolve) => {
    const socket = connectTcp({ port, host: '127.0.0.1' }, () => {
      socket.destroy();
      setImmediate(resolve);
    });
  });

describe('wss', () => {
  const trusted = () => ({ tls: { ca: certificate.cert } });

  it('trusts an authority that is passed as ca, and asks for the host by its name (#12)', async () => {
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

  it('names no server for an IP address (RFC 6066, 3), whose certificate is checked all the same (#12)', async () => {
    secure.serverNames.length = 0;
    await connect(`wss://127.0.0.1:${secure.port}`, trusted()).open();
    expect(secure.serverNames).toEqual([false]);
  });

  it('refuses a self-signed certificate, with Node’s error as the cause (#10, attack 19)', async () => {
    const error = await failure(connect(`wss://localhost:${secure.port}/?token=secret`));
    expect(error).toMatchObject({
      code: 'TLS',
      phase: 'tls',
      cause: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
    });
    expect(error.message).not.toContain('secret');
  });

  it('refuses a certificate of another host (#10, attack 19)', async () => {
    const session = connect(`wss://other.test:${secure.port}`, { ...trusted(), lookup: lookupLoopback });
    expect(await failure(session)).toMatchObject({
      code: 'TLS',
      cause: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
    });
  });

  it('cannot be weakened by the environment, only by an option (attack 19)', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {}); // that the variable is set
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

  it('does not connect when it was given up during the look-up', async () => {
    let connections = 0;
    const port = await listen(() => connections++);
    let find: () => void = () => {};
    const session = connect(`ws://host.test:${port}`, {
      lookup: (host, options, callback) => {
        find = () => lookupLoopback(host, options, callback);
      },
    });
    session.transport.abandon();
    expect((await failure(session)).code).toBe('HANDSHAKE_ABORTED');
    find();
    await expect(connectAndWait(port)).resolves.toBeUndefined();
    expect(connections).toBe(1);
  });

  it('finds localhost whichever address comes first', async () => {
    const port = await listen((socket) => socket.end('HTTP/1.1 418 Teapot\r\nContent-Length: 0\r\n\r\n'));
    expect((await failure(connect(`ws://localhost:${port}`))).status).toBe(418);
  });

  it('ends the attempt when nobody listens, with the system’s error (#8)', async () => {
    const port = await listen(() => {});
    await new Promise((resolve) => servers.pop()?.close(resolve));
    const error = await failure(connect(`ws://127.0.0.1:${port}/?token=secret`));
    expect(error).toMatchObject({ code: 'CONNECT', phase: 'tcp', cause: { code: 'ECONNREFUSED' } });
    const both = connect(`ws://host.test:${port}`, {
      lookup: (_host, _options, callback) =>
        callback(null, [
          { address: '::1', family: 6 },
          { address: '127.0.0.1', family: 4 },
        ]),
    });
    expect(await failure(both)).toMatchObject({
      code: 'CONNECT',
      cause: { errors: [{ address: '::1' }, { address: '127.0.0.1' }] },
    });
  });

  it('goes on to the next address when one is dead, and stays with one family when told to', async () => {
    const port = await listen((socket) => socket.end('HTTP/1.1 418 Teapot\r\nContent-Length: 0\r\n\r\n'));
    const asked: unknown[] = [];
    const lookup: NonNullable<TcpOptions['lookup']> = (_host, { all, family }, callback) => {
      asked.push(family);
      if (all !== true) callback(null, '127.0.0.1', 4);
      else
        callback(null, [
          { address: '::1', family: 6 },
          { address: '127.0.0.1', family: 4 },
        ]);
    };
    const options = { lookup, autoSelectFamilyAttemptTimeout: 50 };
    expect((await failure(connect(`ws://host.test:${port}`, options))).status).toBe(418);
    expect((await failure(connect(`ws://host.test:${port}`, { lookup, family: 4 }))).status).toBe(418);
    expect(asked).toEqual([undefined, 4]);
  });

  it('comes from the address that the caller names', async () => {
    const from: (string | undefined)[] = [];
    const port = await listen((socket) => {
      from.push(socket.remoteAddress);
      socket.end('HTTP/1.1 418 Teapot\r\nContent-Length: 0\r\n\r\n');
    });
    await failure(connect(`ws://127.0.0.1:${port}`, { localAddress: '127.0.0.9' }));
    expect(from).toEqual(['127.0.0.9']);
  });

  it('dials an IPv6 address, and names it in brackets (#17)', async () => {
    let request = '';
    const port = await listen((socket) => {
      socket.once('data', (chunk) => {
        request = String(chunk);
        socket.end('HTTP/1.1 418 Teapot\r\nContent-Length: 0\r\n\r\n');
      });
    }, '::1');
    expect((await failure(connect(`ws://[::1]:${port}`))).status).toBe(418);
    expect(request).toContain(`\r\nHost: [::1]:${port}\r\n`);
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
    expect(asked).toHaveLength(1);
    expect(asked[0]).not.toBe(true);
  });

  it('tells a close of ours once, though the look-up throws too', async () => {
    const session = connect('ws://host.test/', { lookup: throwing });
    session.transport.close();
    expect((await failure(session)).code).toBe('HANDSHAKE_ABORTED');
  });

  it('ends in an error, not a throw, when the look-up throws', async () => {
    const session = connect('ws://host.test/', { lookup: throwing });
    expect(await failure(session)).toMatchObject({
      code: 'CONNECT',
      detail: 'lookup',
      phase: 'dns',
      cause: expect.any(RangeError),
    });
  });
});

describe('the deadline names the phase (#42, attack 14)', () => {
  /** The phase in which it is late, where the time runs out once `isThere` says that it has come so far. */
  const late = async (url: string, isThere: () => boolean, options: TcpOptions = {}) => {
    const clock = createVirtualClock();
    const session = connect(url, options, { handshakeTimeout: 200, clock });
    await expect.poll(isThere).toBe(true);
    await clock.advance(199);
    expect(session.types).toEqual([]);
    await clock.advance(1);
    const error = await failure(session);
    expect(error.code).toBe('TIMEOUT');
    return error.phase;
  };

  /** A server that says nothing, and whether something came. */
  const listenInSilence = async (onData: (socket: Socket) => void = () => {}) => {
    let isAsked = false;
    const port = await listen(
      (socket) =>
        void socket.once('data', () => {
          isAsked = true;
          onData(socket);
        }),
    );
    return { port, isAsked: () => isAsked };
  };

  it('dns', async () => {
    let isAsked = false;
    const lookup = (): void => {
      isAsked = true;
    };
    expect(await late('ws://host.test/', () => isAsked, { lookup })).toBe('dns');
  });

  it('tcp', async () => {
    const { port, stop } = await startDeafServer();
    const error = await failure(connect(`ws://127.0.0.1:${port}`, {}, { handshakeTimeout: 200 }));
    expect(error).toMatchObject({ code: 'TIMEOUT', phase: 'tcp' });
    await stop();
  });

  it('tls', async () => {
    const { port, isAsked } = await listenInSilence();
    expect(await late(`wss://127.0.0.1:${port}`, isAsked)).toBe('tls');
  });

  it('http', async () => {
    const { port, isAsked } = await listenInSilence();
    expect(await late(`ws://127.0.0.1:${port}`, isAsked)).toBe('http');
  });

  it('one deadline for all phases together', async () => {
    // Each phase takes less than the whole, their sum more.
    const accepted = deferred<Socket>();
    const port = await listen((socket) => void socket.once('data', () => accepted.resolve(socket)));
    const found = deferred<void>();
    const clock = createVirtualClock();
    const session = connect(
      `ws://host.test:${port}`,
      {
        lookup: (host, options, callback) =>
          void found.promise.then(() => lookupLoopback(host, options, callback)),
      },
      { handshakeTimeout: 300, clock },
    );
    await clock.advance(200);
    found.resolve();
    (await accepted.promise).write('HTTP/1.1 101 Switching Protocols\r\n');
    await clock.advance(99);
    expect(session.types).toEqual([]);
    await clock.advance(1);
    expect((await failure(session)).phase).toBe('http');
  });

  it('a drip of bytes does not stretch it', async () => {
    let at = 0;
    const { port } = await listenInSilence((socket) => {
      const drip = (): void => {
        if (socket.destroyed) return;
        socket.write('HTTP/1.1 101 Switching Protocols\r\nX-Filler: xxxxxxxxxxxxxxxxxxxx'[at++] ?? 'x');
        setTimeout(drip, 10);
      };
      drip();
    });
    expect(await late(`ws://127.0.0.1:${port}`, () => at > 20)).toBe('http');
  });

  it('a refusal whose body never ends is a refusal all the same', async () => {
    const port = await listen((socket) =>
      socket.write('HTTP/1.1 503 Busy\r\nContent-Length: 100\r\n\r\nwait'),
    );
    const error = await failure(connect(`ws://127.0.0.1:${port}`, {}, { handshakeTimeout: 1_500 }));
    expect(error).toMatchObject({ code: 'HANDSHAKE_STATUS', status: 503, body: 'wait' });
  });
});

it('no error of a dial shows a user, a password, a token or a header (attack 25)', async () => {
  const refusing = await listen((socket) => socket.end('HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n'));
  const moving = await listen((socket) =>
    socket.end('HTTP/1.1 302 x\r\nLocation: /a?token=hunter2\r\nContent-Length: 0\r\n\r\n'),
  );
  const silent = await listen(() => {});
  const options: TcpOptions = { headers: { Cookie: 'a=hunter2' }, lookup: lookupLoopback };
  const proxy = (port: number, scheme = 'http') => ({ proxy: `${scheme}://me:hunter2@127.0.0.1:${port}` });
  const failures: [string, TcpOptions][] = [
    [`ws://me:hunter2@host.test:${refusing}/?hunter2`, {}],
    [`ws://me:hunter2@host.test:${moving}/?hunter2`, {}],
    [`ws://me:hunter2@host.test:${moving}/?hunter2`, { redirects: 1 }],
    [`wss://me:hunter2@host.test:${refusing}/?hunter2`, {}],
    [`wss://me:hunter2@host.test:${secure.port}/?hunter2`, {}],
    [`ws://me:hunter2@host.test:${silent}/?hunter2`, {}],
    [`ws://me:hunter2@host.test:1/?hunter2`, {}],
    [`ws://me:hunter2@host.test/?hunter2`, proxy(refusing)],
    [`ws://me:hunter2@host.test/?hunter2`, proxy(refusing, 'socks5')],
    [`ws://me:hunter2@host.test/?hunter2`, proxy(silent)],
    [`ws://me:hunter2@host.test/?hunter2`, proxy(1)],
    ['ws+unix:/nowhere.sock:/?hunter2', {}],
  ];
  const errors = await Promise.all(
    failures.map(([url, more]) => failure(connect(url, { ...options, ...more }, { handshakeTimeout: 1500 }))),
  );
  expect(new Set(errors.map(({ code }) => code)).size).toBeGreaterThanOrEqual(6);
  for (const error of errors)
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('hunter2');
});
