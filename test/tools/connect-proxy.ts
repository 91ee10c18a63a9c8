/** An HTTP proxy that knows CONNECT, and nothing else; every host it is asked for is this machine. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { Certificate } from './certificates.ts';
import { readHead, serve } from './dial-harness.ts';

export interface ConnectProxy {
  readonly port: number;
  /** The heads of all requests, as they came. */
  readonly heads: readonly string[];
  /** Connections that it has now. */
  readonly connections: number;
  close(): Promise<void>;
}

export interface ConnectProxyOptions {
  /** Speaks TLS itself. */
  readonly certificate?: Certificate;
  /** Answers in place of opening the tunnel. */
  readonly answer?: (socket: Socket, head: string) => void;
  /** What it says when the tunnel is open. */
  readonly established?: string;
  /** Passes the end of one side on without ending the other. Default false. */
  readonly halfOpen?: boolean;
}

export async function startConnectProxy({
  certificate,
  answer,
  established = 'HTTP/1.1 200 Connection established\r\n\r\n',
  halfOpen: allowHalfOpen = false,
}: ConnectProxyOptions = {}): Promise<ConnectProxy> {
  const heads: string[] = [];
  const inner = new Set<Socket>();
  const onClient = async (client: Socket): Promise<void> => {
    client.on('error', () => {});
    const head = await readHead(client);
    heads.push(head);
    if (answer !== undefined) {
      answer(client, head);
      return;
    }
    const port = Number(/^CONNECT \S+:(\d+) /.exec(head)?.[1]);
    const server = connect({ port, host: '127.0.0.1', allowHalfOpen }, () => {
      client.write(established);
      client.pipe(server).pipe(client);
    });
    inner.add(server);
    server.once('close', () => {
      inner.delete(server);
      client.destroy();
    });
    server.on('error', () => client.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 11\r\n\r\nunreachable'));
    client.once('close', () => server.destroy());
  };
  const made =
    certificate === undefined
      ? createServer({ allowHalfOpen }, onClient)
      : createTlsServer({ ...certificate, allowHalfOpen }, onClient);
  made.on('tlsClientError', () => {});
  const { server, sockets, close } = await serve(made, { host: '127.0.0.1', port: 0 });
  return {
    port: (server.address() as AddressInfo).port,
    heads,
    get connections() {
      return sockets.size;
    },
    close: async () => {
      for (const socket of inner) socket.destroy();
      await close();
    },
  };
}
