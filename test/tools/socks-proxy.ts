/** A SOCKS5 proxy (RFC 1928, RFC 1929); every host it is asked for is this machine. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { serve } from './dial-harness.ts';

export interface SocksRequest {
  /** 1: IPv4, 3: a name, 4: IPv6. */
  readonly type: number;
  /** The name, or the bytes of the address in hexadecimal. */
  readonly host: string;
  readonly port: number;
  readonly username?: string;
  readonly password?: string;
}

export interface SocksProxy {
  readonly port: number;
  readonly requests: readonly SocksRequest[];
  readonly connections: number;
  close(): Promise<void>;
}

export interface SocksProxyOptions {
  /** Whom it lets through. Default: everybody. */
  readonly credentials?: readonly [username: string, password: string];
  /** The reply in place of a connection. */
  readonly reply?: number;
  /** Writes its answers one byte at a time. */
  readonly slowly?: boolean;
}

/** Bytes in order: `take(n)` waits for the next n. */
function reader(socket: Socket): (size: number) => Promise<Buffer> {
  return async (size) => {
    for (;;) {
      const bytes = size === 0 ? Buffer.alloc(0) : (socket.read(size) as Buffer | null);
      if (bytes !== null) return bytes;
      await new Promise((resolve) => socket.once('readable', resolve));
    }
  };
}

export async function startSocksProxy(options: SocksProxyOptions = {}): Promise<SocksProxy> {
  const { credentials, reply = 0, slowly = false } = options;
  const requests: SocksRequest[] = [];
  const inner = new Set<Socket>();
  const onClient = async (client: Socket): Promise<void> => {
    client.setNoDelay(true);
    const take = reader(client);
    const say = async (...bytes: number[]): Promise<void> => {
      if (!slowly) client.write(Uint8Array.from(bytes));
      else
        for (const byte of bytes)
          await new Promise((resolve) => client.write(Uint8Array.of(byte), () => setImmediate(resolve)));
    };
    const [, count = 0] = await take(2);
    const methods = await take(count);
    const method = credentials === undefined ? 0 : 2;
    await say(5, methods.includes(method) ? method : 0xff);
    if (!methods.includes(method)) return void client.end();
    let who: { username?: string; password?: string } = {};
    if (credentials !== undefined) {
      const username = String(await take(((await take(2))[1] as number) ?? 0));
      const password = String(await take((await take(1))[0] as number));
      who = { username, password };
      const isRight = username === credentials[0] && password === credentials[1];
      await say(1, isRight ? 0 : 1);
      if (!isRight) return void client.end();
    }
    const type = (await take(4))[3] as number;
    const size = type === 1 ? 4 : type === 4 ? 16 : ((await take(1))[0] as number);
    const address = await take(size);
    const port = (await take(2)).readUInt16BE();
    requests.push({ type, host: address.toString(type === 3 ? 'utf8' : 'hex'), port, ...who });
    if (reply !== 0) {
      await say(5, reply, 0, 1, 0, 0, 0, 0, 0, 0);
      return void client.end();
    }
    const server = connect({ port, host: '127.0.0.1' });
    inner.add(server);
    server.on('error', () => client.destroy());
    server.once('close', () => {
      inner.delete(server);
      client.destroy();
    });
    client.once('close', () => server.destroy());
    // A name as the bound address, which a client must read past as well.
    server.once('connect', async () => {
      await say(5, 0, 0, 3, 2, 0x68, 0x69, 1, 2);
      client.pipe(server).pipe(client);
    });
  };
  const { server, sockets, close } = await serve(
    createServer((client) => void onClient(client)),
    {
      host: '127.0.0.1',
      port: 0,
    },
  );
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    get connections() {
      return sockets.size;
    },
    close: async () => {
      for (const socket of inner) socket.destroy();
      await close();
    },
  };
}
