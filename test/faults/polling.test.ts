// Hostile and broken servers of HTTP, over real sockets: every end is typed, memory stays flat, nothing is told twice.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { connect, createClient, raw } from '../../src/index.node.ts';
import { longPolling, pollingTransport } from '../../src/polling.ts';

type Behaviour = (request: IncomingMessage, response: ServerResponse) => void;

const servers: Server[] = [];
const sockets = new Set<Socket>();

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

async function listening(server: Server): Promise<string> {
  servers.push(server);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** The first question opens; what follows behaves as the test says. */
function startServer(behave: Behaviour, first: Behaviour = opens): Promise<string> {
  return listening(
    createServer((request, response) => {
      const isFirst = request.method === 'GET' && !request.url?.includes('cursor=');
      (isFirst ? first : behave)(request, response);
    }),
  );
}

const opens: Behaviour = (_, response) => response.end('{"cursor":0,"messages":[]}');

const polling = () => pollingTransport({ ...longPolling({ hold: 500 }), timeout: 500, repeats: false });

/** Writes for as long as the other side takes it; returns how many bytes it took. */
function pour(response: ServerResponse, chunk: Buffer, total = Number.POSITIVE_INFINITY): () => number {
  let taken = 0;
  const more = (): void => {
    while (taken < total && !response.destroyed) {
      taken += chunk.length;
      if (!response.write(chunk)) return void response.once('drain', more);
    }
    if (taken >= total) response.end();
  };
  more();
  return () => taken;
}

describe('an answer that is too long', () => {
  it.each([
    ['one of 1 GB', 1024 ** 3, { 'Content-Length': String(1024 ** 3) }],
    ['one that never ends', Number.POSITIVE_INFINITY, {}],
  ])('%s: is cut off at the limit, and memory stays flat', async (_, total, headers) => {
    let taken: () => number = () => 0;
    const url = await startServer((_request, response) => {
      response.writeHead(200, headers);
      taken = pour(response, Buffer.alloc(65_536, 'x'), total);
    });
    globalThis.gc?.();
    const before = process.memoryUsage().rss;
    const socket = await connect(url, { transport: polling(), limits: { maxMessageBytes: 4 * 1024 * 1024 } });
    expect((await socket.closed).error).toMatchObject({ code: 'MESSAGE_TOO_BIG', limit: 4 * 1024 * 1024 });
    expect(taken()).toBeLessThan(64 * 1024 * 1024);
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
  });

  it('a compressed one of 1 GB is counted as it is read, not as it travels', async () => {
    const { createGzip } = await import('node:zlib');
    const url = await startServer((_request, response) => {
      response.writeHead(200, { 'Content-Encoding': 'gzip' });
      const gzip = createGzip();
      gzip.pipe(response);
      gzip.on('error', () => {});
      const more = (): void => {
        while (!response.destroyed)
          if (!gzip.write(Buffer.alloc(65_536))) return void gzip.once('drain', more);
      };
      more();
      response.on('close', () => gzip.destroy());
    });
    const before = process.memoryUsage().rss;
    const socket = await connect(url, { transport: polling(), limits: { maxMessageBytes: 4 * 1024 * 1024 } });
    const { error } = await socket.closed;
    expect(error?.code, `after ${String(error?.cause)}`).toBe('MESSAGE_TOO_BIG');
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
  });

  it('a refusal that never ends keeps nobody waiting', async () => {
    const url = await startServer(opens, (_request, response) => {
      response.writeHead(500);
      pour(response, Buffer.alloc(65_536, 'x'));
    });
    const error = await connect(url, { transport: polling() }).catch((failed: unknown) => failed);
    expect(error).toMatchObject({ code: 'HANDSHAKE_STATUS', status: 500 });
    expect((error as { body: string }).body).toHaveLength(4096);
  });
});

describe('an answer that is none', () => {
  it.each<[string, Behaviour, object]>([
    [
      'a page in its place',
      (_, response) => response.writeHead(200, { 'Content-Type': 'text/html' }).end('<html>Log in</html>'),
      { code: 'HANDSHAKE_MALFORMED', received: 'text/html' },
    ],
    [
      'an answer cut off in the middle',
      (_, response) => {
        response.writeHead(200, { 'Content-Length': '100' }).write('{"cu');
        setTimeout(() => response.destroy(), 20);
      },
      { code: 'HANDSHAKE_MALFORMED' },
    ],
    ['a connection cut before it', (_, response) => response.destroy(), { code: 'HANDSHAKE_OPAQUE' }],
    ['silence', () => {}, { code: 'TIMEOUT' }],
    ['a head and then silence', (_, response) => response.writeHead(200).flushHeaders(), { code: 'TIMEOUT' }],
    ['HTTP 304', (_, response) => response.writeHead(304).end(), { code: 'HANDSHAKE_STATUS', status: 304 }],
    ['HTTP 599', (_, response) => response.writeHead(599).end(), { code: 'HANDSHAKE_STATUS', status: 599 }],
  ])('%s: the connection is lost, and why is the cause', async (_, behave, cause) => {
    const url = await startServer(behave);
    const socket = await connect(url, { transport: polling() });
    expect((await socket.closed).error).toMatchObject({
      code: 'CONNECTION_LOST',
      detail: 'request-failed',
      cause,
    });
  });

  it('an interim answer before it changes nothing', async () => {
    let polls = 0;
    const url = await startServer((_request, response) => {
      if (polls++ > 0) return;
      response.writeProcessing();
      response.writeEarlyHints({ link: '</x>; rel=preload' });
      response.end('{"cursor":1,"messages":["a"]}');
    });
    const socket = await connect(url, { transport: polling() });
    expect(await socket.receive()).toBe('a');
  });

  it('two answers to one question are one: the second is not taken for the next', async () => {
    const body = '{"cursor":1,"messages":["once"]}';
    const head = `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    let asked = 0;
    const url = await listening(
      createTcpServer((socket) => {
        socket.on('data', (data) => {
          const first = !String(data).includes('cursor=');
          asked++;
          if (first) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 26\r\n\r\n{"cursor":0,"messages":[]}');
          else if (asked === 2) socket.write(head + head);
        });
      }),
    );
    const heard: unknown[] = [];
    const client = createClient({ url, envelope: raw(), reconnect: false, transport: polling() });
    client.on('message', (message) => heard.push(message));
    const closed = new Promise((resolve) => client.on('closed', resolve));
    await client.ready();
    await closed;
    expect(heard).toEqual(['once']);
  });
});
