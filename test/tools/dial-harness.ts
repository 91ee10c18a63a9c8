/** Connections and servers of one test, which all end with it. */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect } from 'vitest';
import type { HandshakeError } from '../../src/base/errors.ts';
import { type TcpOptions, tcpTransport } from '../../src/transport/tcp/tcp-transport.ts';
import type { TransportFactory, TransportRequest } from '../../src/transport/transport.ts';
import { Session } from '../transport/conformance/session.ts';

export interface DialHarness {
  /** Connects by the options, or by a factory that several connections share. */
  connect(url: string, how?: TcpOptions | TransportFactory, changes?: Partial<TransportRequest>): Session;
  /** Starts a TCP server that does with a connection what it is told; tells its port. */
  listen(onConnection: (socket: Socket) => void, host?: string): Promise<number>;
  /** Closes something at the end of the test. */
  closing<T extends { close(): Promise<unknown> }>(thing: T): T;
}

/** Call it once, at the head of a test file. */
export function dialHarness(): DialHarness {
  const sessions: Session[] = [];
  const things: { close(): Promise<unknown> }[] = [];
  afterEach(async () => {
    await Promise.all(sessions.splice(0).map((session) => session.finish()));
    await Promise.all(things.splice(0).map((thing) => thing.close()));
  });
  const harness: DialHarness = {
    connect: (url, how = {}, changes = {}) => {
      const session = new Session(typeof how === 'function' ? how : tcpTransport(how), url, changes);
      sessions.push(session);
      return session;
    },
    listen: async (onConnection, host = '127.0.0.1') => {
      const server = await serve(createServer(onConnection), { host, port: 0 });
      return (harness.closing(server).server.address() as AddressInfo).port;
    },
    closing: (thing) => {
      things.push(thing);
      return thing;
    },
  };
  return harness;
}

/** Waits for the end of a connection that must not have opened. */
export async function failure(session: Session): Promise<HandshakeError> {
  const { error } = await session.closed();
  expect(session.types).toEqual(['close']);
  expect(error?.name).toBe('HandshakeError');
  return error as HandshakeError;
}

/** Listens; what is connected goes when the server does. */
export async function serve<S extends Server>(
  server: S,
  where: { host?: string; port?: number; path?: string },
): Promise<{ server: S; sockets: ReadonlySet<Socket>; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(where, resolve));
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return { server, sockets, close };
}

/** Reads `socket` up to the blank line behind an HTTP head, and gives back what came after it. */
export function readHead(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const onData = (chunk: Buffer): void => {
      text += chunk.toString('latin1');
      const end = text.indexOf('\r\n\r\n');
      if (end < 0) return;
      socket.off('data', onData);
      socket.pause();
      socket.unshift(Buffer.from(text.slice(end + 4), 'latin1'));
      resolve(text.slice(0, end + 4));
    };
    socket.on('data', onData);
  });
}
