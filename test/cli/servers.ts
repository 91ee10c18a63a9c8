// A command in this process, and a server of the `ws` package on loopback for it to talk to.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach } from 'vitest';
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws';
import { run } from '../../src/cli/main.ts';

const endings: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0)) await end();
});

export interface Server {
  readonly url: string;
  /** What it received, as text. */
  readonly received: string[];
  /** The headers of the handshakes. */
  readonly headers: Record<string, unknown>[];
}

/** A server that echoes, unless something else is said. */
export async function serve(
  onMessage: (socket: WebSocket, message: string) => void = (socket, message) => socket.send(message),
  options: ServerOptions = {},
  onConnect: (socket: WebSocket) => void = () => {},
): Promise<Server> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', ...options });
  const received: string[] = [];
  const headers: Record<string, unknown>[] = [];
  server.on('connection', (socket, request) => {
    headers.push(request.headers);
    socket.on('message', (message) => {
      received.push(String(message));
      onMessage(socket, String(message));
    });
    onConnect(socket);
  });
  await once(server, 'listening');
  endings.push(() => {
    for (const socket of server.clients) socket.terminate();
    return new Promise((resolve) => server.close(resolve));
  });
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`, received, headers };
}

/** A port of loopback; with `status` a plain HTTP server answers there, without it nobody does. */
export async function serveHttp(status?: number): Promise<string> {
  const server = createServer((_, response) => response.writeHead(status ?? 500).end('nothing here'));
  server.on('upgrade', (_, socket) => {
    socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 12\r\n\r\nnothing here`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = (): Promise<unknown> => new Promise((resolve) => server.close(resolve));
  if (status === undefined) await close();
  else endings.push(close);
  return `ws://127.0.0.1:${port}/`;
}

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command with an input that ends, or one that the test goes on writing to. */
export async function holdline(args: readonly string[], input: string | PassThrough = ''): Promise<Ended> {
  const stdin = typeof input === 'string' ? new PassThrough() : input;
  if (typeof input === 'string') stdin.end(input);
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const outputs = [text(stdout), text(stderr)] as const;
  const code = await run(args, { stdin, stdout, stderr });
  stdout.end();
  stderr.end();
  return { code, stdout: await outputs[0], stderr: await outputs[1] };
}
