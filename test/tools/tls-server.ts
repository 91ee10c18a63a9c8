/** An echo server over TLS, and a look-up that sends every name to this machine. */
import { createServer, type ServerOptions } from 'node:https';
import { type AddressInfo, connect, type LookupFunction, type Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { WebSocketServer } from 'ws';
import type { Certificate } from './certificates.ts';

export interface TlsServer {
  readonly port: number;
  /** The server names that clients asked for; `false` where they named none. */
  readonly serverNames: (string | false)[];
  /** For each connection: whether it went on with the TLS session of an earlier one. */
  readonly reused: boolean[];
  /** The application protocols agreed on; `false` where none was offered. */
  readonly protocols: (string | false | null)[];
  close(): Promise<void>;
}

export async function startTlsServer(options: Certificate & ServerOptions): Promise<TlsServer> {
  const server = createServer(options);
  const serverNames: (string | false)[] = [];
  const reused: boolean[] = [];
  const protocols: (string | false | null)[] = [];
  const sockets = new Set<TLSSocket>();
  server.on('secureConnection', (socket: TLSSocket & { servername?: string | false }) => {
    serverNames.push(socket.servername ?? false);
    // Bun has no such method on this side.
    reused.push(socket.isSessionReused?.() ?? false);
    protocols.push(socket.alpnProtocol);
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', () => {});
  const webSockets = new WebSocketServer({ server, perMessageDeflate: false });
  webSockets.on('connection', (socket) => {
    socket.on('error', () => {});
    socket.on('message', (data, binary) => socket.send(data, { binary }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    serverNames,
    reused,
    protocols,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A `lookup` option that finds every name at 127.0.0.1. */
export const lookupLoopback: LookupFunction = (_hostname, options, callback) => {
  if (options.all) callback(null, [{ address: '127.0.0.1', family: 4 }]);
  else callback(null, '127.0.0.1', 4);
};

/** A TLS end in front of a TCP server on this machine, that passes a reset on as a reset. */
export async function startTlsProxy(certificate: Certificate, targetPort: number): Promise<TlsServer> {
  const serverNames: (string | false)[] = [];
  const sockets = new Set<Socket>();
  const server = createTlsServer({ ...certificate, allowHalfOpen: true }, (outer) => {
    const inner = connect({ port: targetPort, host: '127.0.0.1', allowHalfOpen: true });
    for (const [from, to] of [
      [outer, inner],
      [inner, outer],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy());
      from.once('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    serverNames,
    reused: [],
    protocols: [],
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
