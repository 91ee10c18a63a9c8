/** A server of the `ws` package for one test: its address, its connections, and its end. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws';

export interface WsServer extends AsyncDisposable {
  readonly webSockets: WebSocketServer;
  readonly port: number;
  /** `ws://127.0.0.1:port` */
  readonly url: string;
  /** The requests of all handshakes so far. */
  readonly requests: IncomingMessage[];
  /** Drops every connection, as a crash does. */
  drop(): void;
  close(): Promise<void>;
}

/** Starts one. `onConnection` is called before any message is read. */
export async function startWsServer(
  options: ServerOptions = {},
  onConnection?: (socket: WebSocket, request: IncomingMessage) => void,
): Promise<WsServer> {
  const server: Server = createServer();
  const webSockets = new WebSocketServer({ ...options, server });
  const requests: IncomingMessage[] = [];
  webSockets.on('connection', (socket, request) => {
    requests.push(request);
    socket.on('error', () => {});
    onConnection?.(socket, request);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const drop = (): void => {
    for (const socket of webSockets.clients) socket.terminate();
  };
  const close = async (): Promise<void> => {
    drop();
    webSockets.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return {
    webSockets,
    port,
    url: `ws://127.0.0.1:${port}`,
    requests,
    drop,
    close,
    [Symbol.asyncDispose]: close,
  };
}
