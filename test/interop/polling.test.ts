// sockjs and socket.io as they are on npm, over their polling transports; and proxies that let no WebSocket through.
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo, Socket } from 'node:net';
import { Server as SocketIo } from 'socket.io';
import { afterEach, describe, expect, it } from 'vitest';
import { type Client, connect, createClient, handover, raw } from '../../src/index.node.ts';
import { tcpTransport } from '../../src/node.ts';
import { engineIo, fallback, pollingTransport, sockjs } from '../../src/polling.ts';
import { startUpgradelessProxy } from '../tools/upgradeless-proxy.ts';
import { startTinyproxy } from './middlemen.ts';

interface SockJsConnection {
  on(event: 'data', listener: (text: string) => void): void;
  on(event: 'close', listener: () => void): void;
  write(text: string): void;
  close(code: number, reason: string): void;
}

interface SockJsModule {
  createServer(options: object): {
    on(event: 'connection', listener: (connection: SockJsConnection) => void): void;
    installHandlers(server: Server, options: object): void;
  };
}

const SockJs = createRequire(import.meta.url)('sockjs') as SockJsModule;

const stops: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

async function listening(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stops.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

/**
 * An echo that hangs up when it is told to.
 *
 * @param disconnect_delay - milliseconds after which it forgets a session that asks nothing: as its default, time enough on a
 * busy machine
 */
async function startSockJs(disconnect_delay = 5_000): Promise<{ port: number; closed: () => number }> {
  let closed = 0;
  const service = SockJs.createServer({ prefix: '/echo', disconnect_delay, log: () => {} });
  service.on('connection', (connection) => {
    if (connection === null) return;
    connection.on('data', (text) =>
      text === 'hang up' ? connection.close(3001, 'as asked') : connection.write(text),
    );
    connection.on('close', () => {
      closed++;
    });
  });
  const server = createServer((_request, response) => response.writeHead(404).end());
  service.installHandlers(server, {});
  return { port: await listening(server), closed: () => closed };
}

/** Waits for an event of a client, if it is not so already. */
async function until(client: Client, isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise<void>((resolve) => client.once('state', () => resolve()));
}

describe('sockjs 0.3.24 over xhr', () => {
  it('echoes 250 messages in order, and is heard when it hangs up', async () => {
    const { port } = await startSockJs();
    const socket = await connect(`ws://127.0.0.1:${port}/echo`, { transport: pollingTransport(sockjs()) });
    const sent = Array.from({ length: 250 }, (_, index) => `message ${index} ü \u2028 🎉`);
    for (const text of sent) socket.send(text);
    for (const text of sent) expect(await socket.receive()).toBe(text);
    socket.send('hang up');
    expect(await socket.closed).toMatchObject({ code: 3001, reason: 'as asked', wasClean: true });
  });

  it('tells of a session that the server has forgotten, and opens anew without a word, as lost', async () => {
    const { port } = await startSockJs(1_000);
    let isSlow = false;
    const transport = pollingTransport({
      ...sockjs(),
      fetch: async (url, init) => {
        if (isSlow && url.endsWith('/xhr')) await new Promise((resolve) => setTimeout(resolve, 2_500));
        return fetch(url, init);
      },
    });
    const socket = await connect(`ws://127.0.0.1:${port}/echo`, { transport });
    isSlow = true;
    socket.send('the last that it answers');
    expect(await socket.receive()).toBe('the last that it answers');
    // Nothing else is sent, which a server that has forgotten would refuse: its next poll is answered as if all were well.
    await expect(socket.closed).resolves.toMatchObject({ wasClean: false });
  });

  it('knows nothing of a session whose requests stay away', async () => {
    const { port, closed } = await startSockJs(300);
    const socket = await connect(`ws://127.0.0.1:${port}/echo`, { transport: pollingTransport(sockjs()) });
    await socket.close();
    await expect.poll(closed).toBe(1);
  });
});

describe('socket.io 4.8.4 over polling', () => {
  async function startSocketIo(): Promise<{ port: number; io: SocketIo }> {
    const server = createServer();
    const io = new SocketIo(server, {
      pingInterval: 150,
      pingTimeout: 5_000,
      transports: ['polling', 'websocket'],
    });
    io.on('connection', (socket) => {
      socket.on('sum', (a: number, b: number, reply: (sum: number) => void) => reply(a + b));
      socket.on('bytes', (bytes: Buffer) => socket.emit('bytes back', bytes));
      socket.on('leave', () => socket.disconnect(true));
    });
    const port = await listening(server);
    stops.push(() => io.close());
    return { port, io };
  }

  it('is spoken to packet by packet: acks, bytes both ways, heartbeats, goodbyes', async () => {
    const { port, io } = await startSocketIo();
    const socket = await connect(`ws://127.0.0.1:${port}/socket.io/`, {
      transport: pollingTransport(engineIo()),
    });
    let pings = 0;
    const next = async (): Promise<string | Uint8Array> => {
      for (;;) {
        const packet = await socket.receive();
        if (packet !== '2') return packet;
        pings++;
        socket.send('3');
      }
    };
    expect(await next()).toMatch(/^0\{"sid":/);
    socket.send('40');
    expect(await next()).toMatch(/^40\{"sid":/);
    for (let id = 0; id < 120; id++) socket.send(`42${id}["sum",${id},1]`);
    for (let id = 0; id < 120; id++) expect(await next()).toBe(`43${id}[${id + 1}]`);
    socket.send('451-["bytes",{"_placeholder":true,"num":0}]');
    socket.send(new Uint8Array([0, 1, 254, 255]));
    expect(await next()).toBe('451-["bytes back",{"_placeholder":true,"num":0}]');
    expect(await next()).toEqual(new Uint8Array([0, 1, 254, 255]));
    while (pings < 5) {
      if ((await socket.receive()) !== '2') continue;
      pings++;
      socket.send('3');
    }
    expect(io.engine.clientsCount).toBe(1);
    socket.send('42["leave"]');
    expect(await next()).toBe('41');
    expect(await socket.closed).toMatchObject({ code: 1005 });
    expect(io.engine.clientsCount).toBe(0);
  });

  it('hears our goodbye', async () => {
    const { port, io } = await startSocketIo();
    const socket = await connect(`ws://127.0.0.1:${port}/socket.io/`, {
      transport: pollingTransport(engineIo()),
    });
    expect(io.engine.clientsCount).toBe(1);
    expect(await socket.close()).toMatchObject({ code: 1005, wasClean: true });
    await expect.poll(() => io.engine.clientsCount).toBe(0);
  });

  it('says with 400 that it knows no such session', async () => {
    const { port, io } = await startSocketIo();
    const socket = await connect(`ws://127.0.0.1:${port}/socket.io/`, {
      transport: pollingTransport(engineIo()),
    });
    await socket.receive();
    // What a restart does: nobody is told.
    for (const [sid, session] of Object.entries((io.engine as unknown as { clients: object }).clients)) {
      delete (io.engine as unknown as { clients: Record<string, unknown> }).clients[sid];
      void session;
    }
    socket.send('3');
    expect((await socket.closed).error).toMatchObject({ code: 'CONNECTION_LOST', detail: 'session-gone' });
  });
});

describe('a proxy that lets no WebSocket through', () => {
  it('that leaves out Upgrade: the client falls back to xhr, and comes back when it can', async () => {
    const { port } = await startSockJs();
    const proxy = await startUpgradelessProxy(port);
    stops.push(() => proxy.close());
    const client = createClient({
      url: `ws://127.0.0.1:${proxy.port}/echo/websocket`,
      envelope: raw(),
      use: [fallback([pollingTransport(sockjs())], { remember: 400 }), handover()],
    });
    const heard: unknown[] = [];
    const lost: unknown[] = [];
    client.on('message', (message) => heard.push(message));
    client.on('lost', (event) => lost.push(event));
    await client.ready();
    expect(client.why().wire).toMatch(/^polling: the WebSocket was refused \(HANDSHAKE_STATUS, HTTP 4/);
    await client.send('over xhr');
    await expect.poll(() => heard).toEqual(['over xhr']);
    proxy.repair();
    await until(client, () => client.state.epoch === 2);
    expect(client.why().wire).toBeUndefined();
    expect(client.state.reason).toBe('handed over');
    await client.send('over a WebSocket');
    await expect.poll(() => heard).toEqual(['over xhr', 'over a WebSocket']);
    expect(lost).toEqual([]);
    await client.close();
  });

  it('that refuses CONNECT (tinyproxy): the client falls back', async () => {
    const { port } = await startSockJs();
    const proxy = await startTinyproxy('ConnectPort 443');
    stops.push(() => proxy.stop());
    const client = createClient({
      url: `ws://127.0.0.1:${port}/echo/websocket`,
      envelope: raw(),
      transport: tcpTransport({ proxy: `http://127.0.0.1:${proxy.port}` }),
      use: [fallback([pollingTransport(sockjs())])],
    });
    await client.ready();
    expect(client.why().wire).toBe('polling: the WebSocket was refused (PROXY, HTTP 403)');
    await client.close();
  });
});
