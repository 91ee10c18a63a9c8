// Ways that are no TCP connection of ours: unix sockets, streams of the user's, the sockets of agents.
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, createServer } from 'node:http';
import { createServer as createSecureServer, Agent as SecureAgent } from 'node:https';
import { connect as connectTcp, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duplex, PassThrough } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { WebSocketServer } from 'ws';
import type { ConnectionRequest, CreateConnection } from '../../../../src/transport/tcp/dialling/options.ts';
import type { TcpOptions } from '../../../../src/transport/tcp/tcp-transport.ts';
import { type Certificate, createCertificate } from '../../../tools/certificates.ts';
import { readClientFrames } from '../../../tools/client-frame.ts';
import { dialHarness, failure, serve } from '../../../tools/dial-harness.ts';
import { acceptOf } from '../../../tools/engine-harness.ts';
import { PING, serverFrame } from '../../../tools/server-frame.ts';
import { startTlsServer, type TlsServer } from '../../../tools/tls-server.ts';

const { connect, closing, listen } = dialHarness();
const plainPort = Number(new URL(inject('conformanceUrl')).port);
let certificate: Certificate;
let secure: TlsServer;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'holdline-unix-'));
  certificate = createCertificate({ names: 'DNS:localhost,DNS:server.test' });
  secure = await startTlsServer(certificate);
});
afterAll(async () => {
  await secure.close();
  rmSync(folder, { recursive: true, force: true });
});

const trusted = (): TcpOptions => ({ tls: { ca: certificate.cert } });

async function echoes(url: string, options: TcpOptions = {}): Promise<void> {
  const session = await connect(url, options).open();
  for (const message of ['hello', 'again', 'x'.repeat(200_000)]) {
    session.transport.send(message);
    expect(await session.message()).toBe(message);
  }
  session.transport.close(1000);
  expect(await session.closed()).toMatchObject({ code: 1000, wasClean: true });
}

describe('unix sockets', () => {
  async function startOn(path: string, isSecure = false): Promise<{ url?: string; host?: string }> {
    const server = isSecure ? createSecureServer(certificate) : createServer();
    const seen: { url?: string; host?: string } = {};
    const webSockets = new WebSocketServer({ server });
    webSockets.on('connection', (socket, request) => {
      Object.assign(seen, { url: request.url, host: request.headers.host });
      socket.on('message', (data, binary) => socket.send(data, { binary }));
    });
    closing(await serve(server, { path }));
    return seen;
  }

  it('ws+unix: speaks over the socket, asks for the resource behind the colon and names the host localhost', async () => {
    const path = join(folder, 'plain.sock');
    const seen = await startOn(path);
    await echoes(`ws+unix:${path}:/chat?room=1`);
    expect(seen).toEqual({ url: '/chat?room=1', host: 'localhost' });
    await echoes(`ws+unix://${path}`);
    expect(seen.url).toBe('/');
  });

  it('wss+unix: speaks TLS over the socket', async () => {
    const path = join(folder, 'secure.sock');
    await startOn(path, true);
    await echoes(`wss+unix:${path}:/`, trusted());
    expect(await failure(connect(`wss+unix:${path}:/`))).toMatchObject({ code: 'TLS' });
  });

  it('takes no notice of a proxy', async () => {
    const path = join(folder, 'near.sock');
    await startOn(path);
    await echoes(`ws+unix:${path}:/`, { proxy: 'http://127.0.0.1:9' });
  });

  it('that are not there are a CONNECT with the path, and nothing of the query', async () => {
    const error = await failure(connect(`ws+unix:${folder}/missing.sock:/?token=secret`));
    expect(error).toMatchObject({ code: 'CONNECT', phase: 'tcp', cause: { code: 'ENOENT' } });
    expect(error.message).toContain(`${folder}/missing.sock`);
    expect(error.message).not.toContain('secret');
  });
});

describe('createConnection', () => {
  it('gives a socket that is still connecting, for ws: and for wss:', async () => {
    const asked: ConnectionRequest[] = [];
    const createConnection: CreateConnection = (request) => {
      asked.push(request);
      return connectTcp({ host: '127.0.0.1', port: request.port });
    };
    await echoes(`ws://server.test:${plainPort}/echo`, { createConnection });
    await echoes(`wss://server.test:${secure.port}`, { ...trusted(), createConnection });
    expect(asked).toEqual([
      { host: 'server.test', port: plainPort, secureEndpoint: false, servername: 'server.test' },
      { host: 'server.test', port: secure.port, secureEndpoint: true, servername: 'server.test' },
    ]);
  });

  it('may promise the stream, or hand it to the callback', async () => {
    const open = ({ port }: ConnectionRequest) => connectTcp({ host: '127.0.0.1', port });
    const promised: CreateConnection = async (request) => open(request);
    const calledBack: CreateConnection = (request, callback) => {
      const socket = open(request);
      socket.once('connect', () => callback(null, socket));
      return undefined;
    };
    for (const createConnection of [promised, calledBack]) {
      await echoes(`ws://server.test:${plainPort}/echo`, { createConnection });
      await echoes(`wss://server.test:${secure.port}`, { ...trusted(), createConnection });
    }
  });

  it('may be the one of an agent, whose TLS is taken as it is', async () => {
    const agent = new Agent() as unknown as { createConnection: CreateConnection };
    await echoes(`ws://127.0.0.1:${plainPort}/echo`, {
      createConnection: (request, callback) => agent.createConnection(request, callback),
    });
    const agentOf = (own: SecureAgent): CreateConnection => {
      const secureAgent = own as unknown as { options: object; createConnection: CreateConnection };
      return (request, callback) =>
        secureAgent.createConnection({ ...secureAgent.options, ...request }, callback);
    };
    const trusting = new SecureAgent({ ca: certificate.cert });
    await echoes(`wss://localhost:${secure.port}`, { createConnection: agentOf(trusting) });
    const session = connect(`wss://localhost:${secure.port}`, {
      createConnection: agentOf(new SecureAgent()),
    });
    expect(await failure(session)).toMatchObject({
      code: 'TLS',
      cause: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
    });
  });

  it('may give any Duplex: what it is given is never written to again', async () => {
    // Keeps every chunk for a while after it said that it had taken it.
    const held: [Buffer, string][] = [];
    let made: Duplex | undefined;
    const createConnection: CreateConnection = ({ port }) => {
      const socket = connectTcp({ host: '127.0.0.1', port });
      const outward = new PassThrough();
      const inward = new PassThrough();
      outward.on('data', (chunk: Buffer) => {
        held.push([chunk, chunk.toString('latin1')]);
        socket.write(chunk);
      });
      socket.pipe(inward);
      socket.on('error', () => {});
      const both = Duplex.from({ writable: outward, readable: inward });
      both.once('close', () => socket.destroy());
      made = both;
      return both;
    };
    await echoes(`ws://server.test:${plainPort}/echo`, { createConnection });
    expect(held.length).toBeGreaterThan(3);
    for (const [chunk, before] of held) expect(chunk.toString('latin1')).toBe(before);
    const over = { ...trusted(), createConnection };
    const session = await connect(`wss://server.test:${secure.port}`, over).open();
    session.transport.send('hello');
    expect(await session.message()).toBe('hello');
    const isGone = new Promise((resolve) => made?.once('close', resolve));
    session.transport.abandon();
    await isGone;
  });

  it('may answer within a write: what that gives rise to stays out of the frame that is being written', async () => {
    const received: Buffer[] = [];
    let key: string | undefined;
    let isAnswered = false;
    const stream: Duplex = new Duplex({
      read() {},
      write(chunk: Buffer, _encoding, done) {
        if (key === undefined) {
          key = /^sec-websocket-key: (.*)\r$/im.exec(chunk.toString('latin1'))?.[1] ?? '';
          const accept = acceptOf(key);
          stream.push(
            `HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
          );
        } else {
          received.push(chunk);
          if (!isAnswered) stream.push(serverFrame(PING, 'x'));
          isAnswered = true;
        }
        done();
      },
    });
    const session = await connect('ws://server.test/', {
      createConnection: () => stream,
      compression: false,
    }).open();
    session.transport.send(new Uint8Array(600_000).fill(7));
    session.transport.send('after');
    await expect.poll(() => received.length).toBeGreaterThan(1);
    await new Promise(setImmediate);
    const frames = readClientFrames(Buffer.concat(received));
    expect(frames.map(({ opcode, payload }) => [opcode, payload.length])).toEqual([
      [2, 600_000],
      [1, 5],
      [10, 1],
    ]);
    expect(frames[0]?.payload.every((byte) => byte === 7)).toBe(true);
    session.transport.abandon();
  });

  it('is asked when the connection is there, not before', async () => {
    let isThere = false;
    const createConnection: CreateConnection = () => {
      expect(isThere).toBe(true);
      return new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
    };
    const session = connect('ws://server.test', { createConnection }, { handshakeTimeout: 50 });
    isThere = true;
    expect((await failure(session)).phase).toBe('http');
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('no way');
      },
    ],
    [
      'rejects',
      async () => {
        throw new Error('no way');
      },
    ],
    [
      'calls back with an error',
      (_: unknown, callback: (error: Error) => void) => callback(new Error('no way')),
    ],
    ['gives nothing of use', () => 42],
    ['promises nothing of use', async () => undefined],
  ] as [string, unknown][])('that %s is a CONNECT', async (_how, createConnection) => {
    const options = { createConnection: createConnection as CreateConnection };
    const error = await failure(connect('ws://server.test', options));
    expect(error).toMatchObject({ code: 'CONNECT', phase: 'tcp', cause: expect.any(Error) });
  });

  it('whose stream comes too late is destroyed, unused', async () => {
    let give: (socket: Socket) => void = () => {};
    const port = await listen(() => {});
    const session = connect('ws://server.test', {
      createConnection: () =>
        new Promise((resolve) => {
          give = resolve;
        }),
    });
    await new Promise((resolve) => setImmediate(resolve));
    session.transport.abandon();
    expect((await failure(session)).code).toBe('HANDSHAKE_ABORTED');
    const socket = connectTcp({ host: '127.0.0.1', port });
    give(socket);
    await new Promise((resolve) => socket.once('close', resolve));
  });

  it('that never answers is late, as is a stream that never connects (attack 14, #42)', async () => {
    const never = connect(
      'ws://server.test',
      { createConnection: () => undefined },
      { handshakeTimeout: 50 },
    );
    expect(await failure(never)).toMatchObject({ code: 'TIMEOUT', phase: 'tcp' });
    const port = await listen(() => {});
    const silent: CreateConnection = () => connectTls({ host: '127.0.0.1', port });
    const session = connect('wss://server.test', { createConnection: silent }, { handshakeTimeout: 50 });
    expect(await failure(session)).toMatchObject({ code: 'TIMEOUT' });
  });

  it('may give a stream that never says that it is closed', async () => {
    const createConnection: CreateConnection = () =>
      new Duplex({ read() {}, write: (_chunk, _encoding, done) => done(), emitClose: false });
    const session = connect('ws://server.test', { createConnection }, { handshakeTimeout: 50 });
    expect(await failure(session)).toMatchObject({ code: 'TIMEOUT', phase: 'http' });
  });
});
