/** Real servers, on free ports of this machine, that answer with what they are asked. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { startNginx } from '../interop/middlemen.ts';
import { startPython } from '../interop/program.ts';
import { startWsServer } from '../interop/ws-server.ts';
import { require, requireOwn } from './peers.ts';

export interface Running {
  readonly port: number;
  stop(): Promise<void>;
}

export type ServerName = 'ws' | 'nginx' | 'python' | 'graphql' | 'socket.io' | 'centrifuge';

/** How to start each of them. */
export const SERVERS: Readonly<Record<ServerName, () => Promise<Running>>> = {
  ws: startRpc,
  nginx: async () => {
    const rpc = await startRpc();
    const nginx = await startNginx(rpc.port);
    return {
      port: nginx.port,
      stop: async () => {
        await nginx.stop();
        await rpc.stop();
      },
    };
  },
  python: () => startPython(join(process.cwd(), 'test/chaos/peer-servers/rpc.py')),
  graphql: startGraphql,
  'socket.io': startSocketIo,
  centrifuge: startCentrifuge,
};

/** JSON-RPC over the `ws` package. */
async function startRpc(): Promise<Running> {
  const { port, close } = await startWsServer({}, (socket) => {
    socket.on('message', (data) => {
      const { id, params } = JSON.parse(String(data)) as { id: unknown; params: unknown };
      socket.send(JSON.stringify({ jsonrpc: '2.0', id, result: params }));
    });
  });
  return { port, stop: close };
}

async function startGraphql(): Promise<Running> {
  const { buildSchema } = require('graphql') as typeof import('graphql');
  const { useServer: serve } = require('graphql-ws/use/ws') as typeof import('graphql-ws/use/ws');
  const server = await startWsServer({});
  const schema = buildSchema('type Query { echo(n: Int!): Int! }');
  serve({ schema, roots: { query: { echo: ({ n }: { n: number }) => n } } }, server.webSockets);
  return { port: server.port, stop: server.close };
}

async function startSocketIo(): Promise<Running> {
  const { Server: SocketServer } = requireOwn('socket.io');
  const http = createServer();
  const io = new SocketServer(http);
  io.on(
    'connection',
    (socket: { on(name: string, handler: (n: unknown, ack: (n: unknown) => void) => void): void }) =>
      socket.on('echo', (n, ack) => ack(n)),
  );
  const port = await listening(http);
  return { port, stop: async () => void (await io.close()) };
}

/** What of Centrifugo's protocol (JSON) is needed to connect, to be pinged every 25 s, and to ask. */
async function startCentrifuge(): Promise<Running> {
  const { port, close } = await startWsServer({}, (socket) => {
    const timer = setInterval(() => socket.send('{}'), 25_000);
    socket.on('close', () => clearInterval(timer));
    socket.on('message', (data) => {
      for (const line of String(data).split('\n')) {
        const { id, connect, rpc } = JSON.parse(line);
        if (connect !== undefined)
          socket.send(JSON.stringify({ id, connect: { client: 'a', version: '6', ping: 25, pong: true } }));
        if (rpc !== undefined) socket.send(JSON.stringify({ id, rpc: { data: rpc.data } }));
      }
    });
  });
  return { port, stop: close };
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
