// A real server on the loopback, plain and with TLS: it adds numbers (JSON-RPC) and sends everything else back.
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocketServer } from 'ws';
import { createCertificate } from '../tools/certificates.ts';

/** Where the servers are. */
export interface Servers {
  readonly ws: string;
  readonly wss: string;
  /** The file of the authority that signed the certificate. */
  readonly ca: string;
  close(): void;
}

/** Starts both. */
export async function startServers(): Promise<Servers> {
  const folder = mkdtempSync(join(tmpdir(), 'holdline-tools-'));
  const certificate = createCertificate({ names: 'DNS:localhost,IP:127.0.0.1' });
  const ca = join(folder, 'ca.pem');
  writeFileSync(ca, certificate.cert);
  const servers: Server[] = [createServer(), createTlsServer({ ...certificate })];
  const sockets = servers.map((server) => new WebSocketServer({ server }));
  for (const accepted of sockets) {
    accepted.on('connection', (socket) => {
      socket.on('error', () => {});
      socket.on('message', (data, isBinary) => {
        const text = isBinary ? '' : String(data);
        if (!text.startsWith('{')) return socket.send(data, { binary: isBinary });
        const { id, params } = JSON.parse(text) as { id: number; params: number[] };
        const result = params.reduce((sum, term) => sum + term, 0);
        socket.send(JSON.stringify({ jsonrpc: '2.0', id, result }));
      });
    });
  }
  for (const server of servers) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
  const [plain, secure] = servers.map((server) => (server.address() as AddressInfo).port);
  return {
    ws: `ws://127.0.0.1:${plain}`,
    wss: `wss://127.0.0.1:${secure}`,
    ca,
    close() {
      for (const accepted of sockets) for (const socket of accepted.clients) socket.terminate();
      for (const server of servers) server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
