/**
 * Stands before the conformance server and speaks the dialect of polling-dialect.ts to clients: every behaviour of that
 * server, over HTTP requests. What a WebSocket cannot be told of the other side's end, a connection that breaks, is a 410 here.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { WebSocket } from 'ws';
import { GATEWAY_HOLD_MS, type GatewayEvent } from './polling-dialect.ts';

/** So many bytes may wait for a poll before the server behind is paused. */
const MAX_WAITING_BYTES = 1024 * 1024;

interface Session {
  readonly upstream: WebSocket;
  readonly events: GatewayEvent[];
  waitingBytes: number;
  isLost: boolean;
  wake(): void;
}

export interface PollingGateway {
  /** `ws://127.0.0.1:port`, without a slash at the end: what a transport is given. */
  readonly url: string;
  close(): Promise<void>;
}

export async function startPollingGateway(target: string): Promise<PollingGateway> {
  const sessions = new Map<string, Session>();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://gateway');
    // A page of another origin may ask, and see why it is refused.
    if (!url.searchParams.has('no-cors')) {
      response.setHeader('Access-Control-Allow-Origin', '*');
      response.setHeader('Access-Control-Expose-Headers', '*');
    }
    if (request.method === 'OPTIONS') {
      response.setHeader('Access-Control-Allow-Headers', '*').writeHead(204).end();
      return;
    }
    const session = sessions.get(url.searchParams.get('_session') ?? '');
    const what = url.searchParams.get('_poll');
    if (url.pathname === '/redirect') response.writeHead(307, { Location: '/echo' }).end();
    else if (what === 'repair') response.end(void repaired.add(url.searchParams.get('upgrade')));
    else if (what === 'open') open(sessions, target, request, response);
    else if (session === undefined || session.isLost) response.writeHead(410).end();
    else if (what === 'next') void next(session, response);
    else void bodyOf(request).then((body) => (what === 'send' ? send : end)(session, body, response));
  });
  // WebSockets are refused, as by a proxy that does not know them, until somebody says that this one is to be let through.
  const repaired = new Set<string | null>();
  server.on('upgrade', (request, socket: Socket, head: Buffer) => {
    const url = new URL(request.url ?? '/', 'http://gateway');
    if (!repaired.has(url.searchParams.get('upgrade')))
      return void socket.end('HTTP/1.1 426 Upgrade Required\r\n\r\n');
    const there = connect(Number(new URL(target).port), '127.0.0.1', () => {
      const lines = request.rawHeaders.flatMap((name, at) =>
        at % 2 === 0 ? [`${name}: ${request.rawHeaders[at + 1]}`] : [],
      );
      there.write(`GET ${request.url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
      there.write(head);
      there.pipe(socket).pipe(there);
    });
    there.on('error', () => socket.destroy());
    socket.on('error', () => there.destroy());
  });
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      for (const { upstream } of sessions.values()) upstream.terminate();
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function open(
  sessions: Map<string, Session>,
  target: string,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const url = new URL(target + request.url);
  url.searchParams.delete('_poll');
  const { host: _, connection: __, 'content-length': ___, ...headers } = request.headers;
  const upstream = new WebSocket(url, {
    headers: headers as Record<string, string>,
    perMessageDeflate: false,
  });
  const session: Session = { upstream, events: [], waitingBytes: 0, isLost: false, wake: () => {} };
  upstream.on('open', () => {
    const id = crypto.randomUUID();
    sessions.set(id, session);
    response.end(JSON.stringify({ session: id }));
  });
  upstream.on('message', (data: Buffer, isBinary) => {
    session.events.push(isBinary ? ['binary', data.toString('base64')] : ['text', data.toString()]);
    session.waitingBytes += data.length;
    if (session.waitingBytes > MAX_WAITING_BYTES) upstream.pause();
    session.wake();
  });
  upstream.on('close', (code, reason) => {
    if (code === 1006) session.isLost = true;
    else session.events.push(['close', code, reason.toString()]);
    session.wake();
  });
  upstream.on('unexpected-response', (_request, answer) => {
    const fields = ['retry-after', 'content-type'].flatMap((name) => {
      const value = answer.headers[name];
      return value === undefined ? [] : [[name, value] as [string, string]];
    });
    response.writeHead(answer.statusCode ?? 500, answer.statusMessage, Object.fromEntries(fields));
    answer.pipe(response);
    upstream.on('error', () => {});
  });
  upstream.on('error', () => {
    session.isLost = true;
    if (!response.writableEnded && !sessions.has(String(response))) response.destroy();
  });
  response.on('close', () => {
    if (!response.writableEnded) upstream.terminate();
  });
}

async function next(session: Session, response: ServerResponse): Promise<void> {
  response.on('close', () => {
    if (!response.writableFinished) session.upstream.terminate();
  });
  if (session.events.length === 0 && !session.isLost) {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, GATEWAY_HOLD_MS);
      session.wake = () => {
        clearTimeout(timer);
        // What comes in one segment goes out in one answer.
        setImmediate(resolve);
      };
    });
    session.wake = () => {};
  }
  const events = session.events.splice(0);
  session.waitingBytes = 0;
  session.upstream.resume();
  if (events.length === 0 && session.isLost) response.writeHead(410).end();
  else response.end(JSON.stringify(events));
}

async function send({ upstream }: Session, body: string, response: ServerResponse): Promise<void> {
  // Taken when the system behind has taken it.
  await Promise.all(
    (JSON.parse(body) as GatewayEvent[]).map(
      ([type, data]) =>
        new Promise<void>((resolve) =>
          upstream.send(type === 'binary' ? Buffer.from(String(data), 'base64') : String(data), () =>
            resolve(),
          ),
        ),
    ),
  );
  response.end();
}

function end(session: Session, body: string, response: ServerResponse): void {
  const { code, reason } = JSON.parse(body) as { code: number; reason: string };
  const { upstream } = session;
  const isOver = (): void => {
    const close = session.events.find(([type]) => type === 'close');
    if (close === undefined) response.destroy();
    else response.end(JSON.stringify([close]));
  };
  response.on('close', () => upstream.terminate());
  if (upstream.readyState === upstream.CLOSED) return isOver();
  upstream.once('close', isOver);
  if (code === 1005) upstream.close();
  else upstream.close(code, reason);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
