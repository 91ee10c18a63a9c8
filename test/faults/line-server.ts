/** A real server (of the `ws` package) that answers requests and writes down the id of every message that it got. */
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';

export interface LineServer {
  readonly port: number;
  /** Ids by the path of the connection's URL, in order of arrival, all connections of the path together. */
  readonly ids: ReadonlyMap<string, readonly string[]>;
  /** Connections that are open. */
  readonly open: number;
  /** Resolves when no connection of the path is open. */
  closed(path: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * Messages are JSON: `{ "id", … }` is written down; with `"method": "echo"` it is answered by its `params`, and their
 * `id` counts.
 */
export async function startLineServer(port = 0): Promise<LineServer> {
  const server = new WebSocketServer({ host: '127.0.0.1', port, perMessageDeflate: false });
  const ids = new Map<string, string[]>();
  const open = new Map<string, Set<Promise<void>>>();
  server.on('connection', (socket, request: IncomingMessage) => {
    const path = request.url ?? '/';
    const seen = ids.get(path) ?? [];
    ids.set(path, seen);
    const lives = open.get(path) ?? new Set();
    open.set(path, lives);
    const life = new Promise<void>((resolve) => {
      socket.once('close', () => {
        lives.delete(life);
        resolve();
      });
    });
    lives.add(life);
    socket.on('error', () => {});
    socket.on('message', (data) => {
      const message = JSON.parse(String(data));
      seen.push(message.params?.id ?? message.id);
      if (message.method === 'echo') socket.send(JSON.stringify({ id: message.id, result: message.params }));
    });
  });
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    ids,
    get open() {
      return server.clients.size;
    },
    closed: async (path) => void (await Promise.all(open.get(path) ?? [])),
    close: () => {
      for (const socket of server.clients) socket.terminate();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
