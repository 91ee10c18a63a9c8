/**
 * The server that the transport conformance suite talks to: honest behaviour by the `ws` package, misbehaviour byte
 * by byte. The path chooses the behaviour. With `?id=…` what the server saw is kept, and told to whoever connects
 * to `/log?id=…` once that connection is gone: a browser can ask, too.
 *
 * As a vitest globalSetup it hands its address to the tests as `conformanceUrl`.
 */
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import type { TestProject } from 'vitest/node';
import { type WebSocket, WebSocketServer } from 'ws';
import { deferred } from '../../src/base/deferred.ts';
import { startPollingGateway } from './polling-gateway.ts';
import { closeFrame, serverFrame, switchingProtocols, TEXT } from './server-frame.ts';

declare module 'vitest' {
  interface ProvidedContext {
    conformanceUrl: string;
    /** The same server, over HTTP requests. */
    pollingUrl: string;
  }
}

/** One thing that the server saw: a message, a Close frame, the end of the TCP connection. */
export type Sighting =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'binary'; readonly bytes: readonly number[] }
  | { readonly type: 'close'; readonly code: number; readonly reason: string }
  | { readonly type: 'end' };

interface Visit {
  readonly request: IncomingMessage;
  readonly socket: Socket;
  readonly head: Buffer;
  readonly query: URLSearchParams;
}

interface Session {
  readonly log: Sighting[];
  readonly ended: Promise<void>;
  readonly socket: Socket;
  /** What a flood has come to. */
  flood: Flood;
  end(): void;
}

/** How many messages were handed to the system, and how many bytes wait because the client takes no more. */
export interface Flood {
  readonly sent: number;
  readonly waiting: number;
}

export interface ConformanceServer {
  /** `ws://127.0.0.1:port`, without a slash at the end. */
  readonly url: string;
  close(): Promise<void>;
}

/** Messages larger than this are logged by length alone. */
const MAX_LOGGED_BYTES = 4096;

/** The greatest message that an echo must return: the suite's 1 MiB, with room. */
const MAX_PAYLOAD_BYTES = 64 * 1024 * 1024;

export async function startConformanceServer(): Promise<ConformanceServer> {
  const sessions = new Map<string, Session>();
  const sockets = new Set<Socket>();
  const webSockets = serverByDeflate();
  const honest = honestBehaviours(sessions);
  const server = createServer((_request, response) => response.end('This is a page, not a WebSocket.'));
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    const url = new URL(request.url ?? '/', 'ws://127.0.0.1');
    const visit: Visit = { request, socket, head, query: url.searchParams };
    const session = keepSession(sessions, visit);
    const misbehave = RAW_BEHAVIOURS.get(url.pathname);
    if (misbehave !== undefined) {
      socket.once('close', () => session?.end());
      misbehave(visit);
      return;
    }
    const behave = honest.get(url.pathname);
    if (behave === undefined) {
      refuse(visit, 404);
      return;
    }
    // What a behaviour sends at once leaves in the same segment as the 101.
    socket.cork();
    webSockets(url.searchParams.get('deflate')).handleUpgrade(request, socket, head, (webSocket) => {
      watch(webSocket, session);
      behave(webSocket, visit);
    });
    socket.uncork();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/**
 * The server of the `ws` package that compresses as `?deflate=` says: an object of its own options in JSON. Without it,
 * none of it.
 */
function serverByDeflate(): (deflate: string | null) => WebSocketServer {
  const servers = new Map<string | null, WebSocketServer>();
  return (deflate) => {
    const made = servers.get(deflate);
    if (made !== undefined) return made;
    const server = new WebSocketServer({
      noServer: true,
      perMessageDeflate: deflate === null ? false : { threshold: 0, ...JSON.parse(deflate) },
      maxPayload: MAX_PAYLOAD_BYTES,
      handleProtocols: (offered) => [...offered].at(-1) ?? false,
    });
    servers.set(deflate, server);
    return server;
  };
}

function keepSession(sessions: Map<string, Session>, { query, socket, request }: Visit): Session | undefined {
  const id = query.get('id');
  if (id === null || /^\/(log|unstall|flooded)\b/.test(request.url ?? '')) return undefined;
  const log: Sighting[] = [];
  const { promise: ended, resolve } = deferred<void>();
  const end = (): void => {
    log.push({ type: 'end' });
    resolve();
  };
  const session: Session = { log, ended, socket, flood: { sent: 0, waiting: 0 }, end };
  sessions.set(id, session);
  return session;
}

function watch(webSocket: WebSocket, session: Session | undefined): void {
  webSocket.on('error', () => {});
  if (session === undefined) return;
  webSocket.on('message', (data: Buffer, isBinary) => {
    const kept = data.subarray(0, MAX_LOGGED_BYTES);
    session.log.push(
      isBinary ? { type: 'binary', bytes: [...kept] } : { type: 'text', text: kept.toString() },
    );
  });
  webSocket.on('close', (code, reason) => {
    // `ws` says 1006 where no Close frame came.
    if (code !== 1006) session.log.push({ type: 'close', code, reason: reason.toString() });
    session.end();
  });
}

type Honest = (webSocket: WebSocket, visit: Visit) => void;

function honestBehaviours(sessions: Map<string, Session>): Map<string, Honest> {
  const echo: Honest = (webSocket) =>
    webSocket.on('message', (data, binary) => webSocket.send(data, { binary }));
  return new Map<string, Honest>([
    ['/echo', echo],
    ['/sink', () => {}],
    ['/push-with-101', (webSocket) => webSocket.send('first')],
    [
      '/message-then-close',
      (webSocket) => corked(webSocket, () => [webSocket.send('True'), webSocket.close(1000)]),
    ],
    [
      '/close',
      (webSocket, { query }) => webSocket.close(Number(query.get('code')), query.get('reason') ?? ''),
    ],
    ['/close-empty', (webSocket) => webSocket.close()],
    ['/burst', (webSocket, { query }) => burst(webSocket, Number(query.get('n')))],
    ['/fragments', fragments],
    ['/big', (webSocket, { query }) => webSocket.send(pattern(Number(query.get('bytes'))))],
    ['/binary', (webSocket) => webSocket.send(pattern(256))],
    [
      '/empty',
      (webSocket) => corked(webSocket, () => [webSocket.send(''), webSocket.send(new Uint8Array(0))]),
    ],
    ['/bom', (webSocket) => webSocket.send('\uFEFFtext')],
    ['/subprotocol', (webSocket) => webSocket.send(webSocket.protocol)],
    ['/ping', pingFirst],
    ['/headers', (webSocket, { request }) => webSocket.send(JSON.stringify(request.rawHeaders))],
    ['/flood', (webSocket, { query }) => flood(webSocket, sessions.get(query.get('id') ?? ''))],
    [
      '/flooded',
      (webSocket, { query }) => webSocket.send(JSON.stringify(sessions.get(query.get('id') ?? '')?.flood)),
    ],
    ['/stall', (_webSocket, { socket }) => socket.pause()],
    [
      '/unstall',
      (webSocket, { query }) => {
        sessions.get(query.get('id') ?? '')?.socket.resume();
        webSocket.send('resumed');
      },
    ],
    ['/reset', (webSocket, { socket }) => webSocket.on('message', () => socket.resetAndDestroy())],
    ['/drop', (webSocket, { socket }) => webSocket.on('message', () => socket.destroy())],
    ['/closed-port', (webSocket) => void closedPort().then((port) => webSocket.send(String(port)))],
    ['/log', (webSocket, { query }) => void tell(webSocket, sessions.get(query.get('id') ?? ''))],
  ]);
}

async function tell(webSocket: WebSocket, session: Session | undefined): Promise<void> {
  await session?.ended;
  webSocket.send(JSON.stringify(session?.log ?? []));
}

/** Lets everything that `act` sends leave in one segment. */
function corked(webSocket: WebSocket, act: () => unknown): void {
  const { _socket: socket } = webSocket as unknown as { _socket: Socket };
  socket.cork();
  act();
  socket.uncork();
}

function burst(webSocket: WebSocket, count: number): void {
  corked(webSocket, () => {
    for (let index = 0; index < count; index += 1) webSocket.send(`message ${index}`);
  });
}

/** A text in three fragments, cut inside a character, with a Ping between them. */
function fragments(webSocket: WebSocket): void {
  const text = Buffer.from('Grüße, 世界');
  webSocket.send(text.subarray(0, 3), { binary: false, fin: false });
  webSocket.ping('between');
  webSocket.send(text.subarray(3, 3), { fin: false });
  webSocket.send(text.subarray(3), { fin: true });
}

function pingFirst(webSocket: WebSocket): void {
  webSocket.on('pong', (payload) => webSocket.send(`pong:${payload.toString()}`));
  webSocket.ping('are you there?');
}

/** Sends 64 KiB messages for as long as the client takes them. */
function flood(webSocket: WebSocket, session: Session | undefined): void {
  const message = pattern(65_536);
  let sent = 0;
  const tell = (): void => {
    if (session !== undefined) session.flood = { sent, waiting: webSocket.bufferedAmount };
  };
  const next = (): void => {
    if (webSocket.readyState !== webSocket.OPEN) return;
    webSocket.send(message, () => {
      sent += 1;
      setImmediate(next);
    });
    tell();
  };
  next();
}

export function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => index % 251);
}

/** A port on which nobody listens: it was free a moment ago. */
async function closedPort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const RAW_BEHAVIOURS: ReadonlyMap<string, (visit: Visit) => void> = new Map<string, (visit: Visit) => void>([
  ['/never', () => {}],
  ['/drip', drip],
  ['/silent-close', ({ request, socket }) => socket.resume().write(switchingProtocols(request))],
  ['/close-without-fin', closeWithoutFin],
  ['/refuse', (visit) => refuse(visit, Number(visit.query.get('status')))],
  ['/plain-200', (visit) => refuse(visit, 200)],
  [
    '/wrong-accept',
    ({ request, socket }) => socket.write(switchingProtocols(request, { 'Sec-WebSocket-Accept': 'bm8=' })),
  ],
  [
    '/foreign-subprotocol',
    ({ request, socket }) =>
      socket.write(switchingProtocols(request, { 'Sec-WebSocket-Protocol': 'foreign' })),
  ],
  ['/reset-handshake', ({ socket }) => socket.resetAndDestroy()],
  ['/end-handshake', ({ socket }) => socket.end()],
  ['/garbage-head', ({ socket }) => socket.write('\u0000\u0001 is not HTTP\r\n\r\n')],
  [
    '/garbage',
    ({ request, socket }) =>
      socket.write(Buffer.concat([switchingProtocols(request), Buffer.alloc(64, 0xff)])),
  ],
  [
    '/bad-utf8',
    ({ request, socket }) =>
      socket.write(
        Buffer.concat([switchingProtocols(request), serverFrame(TEXT, Buffer.from([0xc0, 0x80]))]),
      ),
  ],
  ['/close-then-data', closeThenData],
  [
    '/unoffered-extension',
    ({ request, socket }) =>
      socket.write(switchingProtocols(request, { 'Sec-WebSocket-Extensions': 'x-unheard-of' })),
  ],
  ['/corrupt-deflate', corruptDeflate],
]);

function refuse({ socket }: Visit, status: number): void {
  const body = `Refused with ${status}.`;
  socket.end(
    `HTTP/1.1 ${status} Because\r\nRetry-After: 7\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
}

/** Sends the head of an answer one byte at a time and never comes to its end. */
function drip({ socket }: Visit): void {
  const timer = setInterval(() => socket.write('a'), 5);
  socket.write('HTTP/1.1 101 Switching Protocols\r\nX-Slow: ');
  socket.once('close', () => clearInterval(timer));
}

/** Answers a Close by the same Close, and keeps the TCP connection. */
function closeWithoutFin({ request, socket }: Visit): void {
  socket.write(switchingProtocols(request));
  socket.once('data', () => socket.write(closeFrame(1000)));
}

/** Agrees on compression, then sends a message that cannot be inflated. */
function corruptDeflate({ request, socket }: Visit): void {
  const agreement = { 'Sec-WebSocket-Extensions': 'permessage-deflate' };
  const frame = serverFrame(TEXT, Buffer.from('ffffffff', 'hex'), 0xc0 | TEXT);
  socket.write(Buffer.concat([switchingProtocols(request, agreement), frame]));
}

/** Two Close frames and a message after the first: only the first counts. */
function closeThenData({ request, socket }: Visit): void {
  socket.end(
    Buffer.concat([
      switchingProtocols(request),
      serverFrame(TEXT, 'before'),
      closeFrame(4000, 'first'),
      serverFrame(TEXT, 'after'),
      closeFrame(4001, 'second'),
    ]),
  );
}

/** vitest's globalSetup. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startConformanceServer();
  const gateway = await startPollingGateway(server.url);
  project.provide('conformanceUrl', server.url);
  project.provide('pollingUrl', gateway.url);
  return async () => {
    await gateway.close();
    await server.close();
  };
}
