/** A middleman as there are many: it passes requests on, and leaves out what it does not know, such as `Upgrade`. */
import { createServer, request } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

export interface UpgradelessProxy {
  readonly port: number;
  /** From now on it lets upgrades through. */
  repair(): void;
  close(): Promise<void>;
}

export async function startUpgradelessProxy(to: number): Promise<UpgradelessProxy> {
  let isBroken = true;
  const sockets = new Set<Socket>();
  const server = createServer((asked, answer) => {
    const { upgrade: _, connection: __, ...headers } = asked.headers;
    const passed = request({ host: '127.0.0.1', port: to, method: asked.method, path: asked.url, headers });
    passed.on('response', (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    });
    passed.on('error', () => answer.destroy());
    answer.on('close', () => passed.destroy());
    asked.pipe(passed);
  });
  server.on('upgrade', (asked, socket: Socket, head: Buffer) => {
    const there = connect(to, '127.0.0.1', () => {
      const fields = asked.rawHeaders.flatMap((name, at) => {
        const isLost = isBroken && /^(upgrade|connection)$/i.test(name);
        return at % 2 === 0 && !isLost ? [`${name}: ${asked.rawHeaders[at + 1]}`] : [];
      });
      there.write(`GET ${asked.url} HTTP/1.1\r\n${fields.join('\r\n')}\r\n\r\n`);
      there.write(head);
      there.pipe(socket).pipe(there);
    });
    there.on('error', () => socket.destroy());
    socket.on('error', () => there.destroy());
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    repair: () => {
      isBroken = false;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
