/** A server on a plain TCP port that accepts the handshake and then does with the socket what a test says. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { switchingProtocols } from './server-frame.ts';

export interface RawConnection {
  readonly socket: Socket;
  readonly request: IncomingMessage;
  /** Every chunk that came after the handshake, as the kernel cut it. */
  readonly chunks: Buffer[];
  /** Resolves when the client's side has ended, or the connection is gone. */
  readonly ended: Promise<void>;
}

export interface RawServer {
  /** `ws://127.0.0.1:port` */
  readonly url: string;
  /** The next connection that was not taken yet. */
  next(): Promise<RawConnection>;
  close(): Promise<void>;
}

/** `answer`: what to write when a handshake comes. Default: a valid 101. */
export async function startRawServer(
  answer: (request: IncomingMessage) => Buffer = (request) => switchingProtocols(request),
): Promise<RawServer> {
  const sockets = new Set<Socket>();
  const waiting: RawConnection[] = [];
  const takers: ((connection: RawConnection) => void)[] = [];
  const server = createServer();
  server.on('upgrade', (request: IncomingMessage, socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    const ended = new Promise<void>((resolve) => {
      socket.once('end', () => {
        socket.end();
        resolve();
      });
      socket.once('close', () => resolve());
    });
    socket.write(answer(request));
    const connection = { socket, request, chunks, ended };
    const taker = takers.shift();
    if (taker === undefined) waiting.push(connection);
    else taker(connection);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    next: async () => waiting.shift() ?? (await new Promise((resolve) => takers.push(resolve))),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
