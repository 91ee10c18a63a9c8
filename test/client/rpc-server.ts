/** A real server on loopback, of the `ws` package: logs in by the name "hlq", adds numbers, and can hang up. */
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

export interface RpcServer {
  readonly url: string;
  /** Every message received, by connection. */
  readonly lines: readonly (readonly string[])[];
  /** Cuts every line without a word. */
  drop(): void;
  close(): Promise<void>;
}

export async function startRpcServer(): Promise<RpcServer> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  const lines: string[][] = [];
  server.on('connection', (socket) => serve(socket, lines));
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lines,
    drop: () => {
      for (const socket of server.clients) socket.terminate();
    },
    close: () => {
      for (const socket of server.clients) socket.terminate();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function serve(socket: WebSocket, lines: string[][]): void {
  const line: string[] = [];
  lines.push(line);
  let isIn = false;
  socket.on('message', (data, isBinary) => {
    const text = String(data);
    line.push(text);
    if (isBinary) return socket.send(data);
    if (!isIn) {
      isIn = text === 'hlq';
      return socket.send(isIn ? 'True' : 'False');
    }
    const { id, method, params } = JSON.parse(text);
    if (method === 'sum') socket.send(JSON.stringify({ id, result: params[0] + params[1] }));
    if (method === 'ask me') socket.send('{"id":"q","method":"double","params":21}');
  });
}
