// socketIo() with a server of socket.io.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server, type ServerOptions, type Socket } from 'socket.io';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Client } from '../../src/client/client.ts';
import { createClient } from '../../src/client/create-client.node.ts';
import { type SocketIoOptions, socketIo } from '../../src/envelopes/socket-io.ts';

let io: Server;
let port = 0;
/** What clients have left, by name. */
let left: string[];

/** A server, on the port of the one before if there was one. */
async function start(options: Partial<ServerOptions> = {}): Promise<void> {
  const http = createServer();
  io = new Server(http, { serveClient: false, ...options });
  const guard = (socket: Socket, next: (error?: Error) => void): void => {
    const { token } = socket.handshake.auth;
    if (token === 'right') next();
    else next(Object.assign(new Error(`not ${token}`), { data: { retry: token === 'later' } }));
  };
  for (const space of [io.of('/'), io.of('/admin')]) {
    space.use(guard);
    space.on('connection', serve);
  }
  await new Promise<void>((resolve) => http.listen(port, '127.0.0.1', resolve));
  port = (http.address() as AddressInfo).port;
}

/** What it does for one client. */
function serve(socket: Socket): void {
  socket.on('sum', (a: number, b: number, reply) => reply({ sum: a + b }));
  socket.on('where', (reply) => reply(socket.nsp.name));
  socket.on('two', (reply) => reply(1, 2));
  socket.on('silent', () => {});
  socket.on('double', ({ file }: { file: Buffer }, reply) =>
    reply({ file: Buffer.concat([file, file]), more: [file] }),
  );
  socket.on('ask me', async (reply) =>
    reply(await socket.timeout(5_000).emitWithAck('question', { file: Buffer.from([5]) })),
  );
  socket.on('subscribe', (name: string, params: { from: number }, reply) => {
    let count = params.from;
    const timer = setInterval(() => socket.emit(name, count++), 5);
    socket.once('unsubscribe', (other: string) => {
      clearInterval(timer);
      left.push(other);
    });
    socket.once('disconnect', () => clearInterval(timer));
    reply('ok');
  });
  socket.on('kick me', () => socket.disconnect());
}

beforeEach(() => {
  port = 0;
  left = [];
});

afterEach(async () => {
  await io.close();
});

const clientOf = (options: SocketIoOptions = {}, more: object = {}): Client =>
  createClient({
    url: `ws://127.0.0.1:${port}`,
    envelope: socketIo({ auth: { token: 'right' }, ...options }),
    reconnect: { firstDelay: 10, baseDelay: 50 },
    ...more,
  });

const next = (client: Client, name: Parameters<Client['once']>[0]): Promise<unknown> =>
  new Promise((resolve) => client.once(name, resolve));

describe('socket.io', () => {
  it('lets in whoever has the token, refuses others for good or for now', async () => {
    await start();
    await using client = clientOf();
    await client.ready();
    await expect(clientOf({ auth: { token: 'wrong-token' } }).ready()).rejects.toMatchObject({
      code: 'AUTH_REFUSED',
      message: expect.not.stringContaining('wrong-token'),
    });
    let token = 'later';
    const isFinal = ({ data }: { data?: unknown }): boolean => (data as { retry: boolean }).retry !== true;
    await using patient = clientOf({ isFinal, auth: () => ({ token }) });
    patient.connect();
    await next(patient, 'error');
    token = 'right';
    await patient.ready();
    await expect(clientOf({ namespaces: ['/none'] }).ready()).rejects.toMatchObject({
      code: 'AUTH_REFUSED',
      message: 'Invalid namespace',
    });
  });

  it('acknowledges, in every namespace, with several arguments and with bytes', async () => {
    await start();
    await using client = clientOf({ namespaces: ['/', '/admin'] });
    const sums = await Promise.all([1, 2, 3].map((one) => client.request('sum', [one, 10])));
    expect(sums).toEqual([{ sum: 11 }, { sum: 12 }, { sum: 13 }]);
    expect(await client.request('where', undefined, { meta: '/admin' })).toBe('/admin');
    expect(await client.request('two')).toEqual([1, 2]);
    const file = new Uint8Array([1, 2]);
    expect(await client.request('double', { file })).toEqual({
      file: new Uint8Array([1, 2, 1, 2]),
      more: [file],
    });
    await expect(client.request('silent', 1, { timeout: 50 })).rejects.toMatchObject({
      code: 'REQUEST_TIMEOUT',
    });
  });

  it('asks us, and gets bytes back', async () => {
    await start();
    await using client = clientOf();
    client.handle('question', (params) => ({
      back: [(params as { file: Uint8Array }).file],
      and: Buffer.from('x'),
    }));
    expect(await client.request('ask me')).toEqual({
      back: [new Uint8Array([5])],
      and: new Uint8Array([120]),
    });
  });

  it('tells a stream until we leave it, and again after a restart', async () => {
    await start();
    await using client = clientOf();
    const ticks = client.subscribe('ticks', { from: 7 });
    const heard: unknown[] = [];
    let isRestarted = false;
    for await (const tick of ticks) {
      heard.push(tick);
      if (heard.length === 3 && !isRestarted) {
        isRestarted = true;
        const lost = next(client, 'lost');
        await io.close();
        await lost;
        await start();
        heard.splice(0);
        await client.ready();
      } else if (isRestarted && heard.includes(7) && heard.includes(9)) break;
    }
    expect(heard.slice(heard.indexOf(7)).slice(0, 3)).toEqual([7, 8, 9]);
    await expect.poll(() => left).toEqual(['ticks']);
  });

  it('goes on where it was, where the server keeps what was missed', async () => {
    await start({ connectionStateRecovery: { maxDisconnectionDuration: 60_000, skipMiddlewares: true } });
    await using client = clientOf();
    const heard: unknown[] = [];
    client.onEvent('news', (payload: unknown) => heard.push(payload));
    const gap = next(client, 'gap');
    await client.ready();
    io.emit('news', { a: 1 });
    await expect.poll(() => heard).toEqual([{ a: 1 }]);
    const lost = next(client, 'lost');
    for (const { conn } of (await io.fetchSockets()).map((one) => io.sockets.sockets.get(one.id) as Socket))
      conn.transport.close();
    await lost;
    io.emit('news', 'missed', 2);
    expect(await gap).toMatchObject({ recovered: true });
    await expect.poll(() => heard).toEqual([{ a: 1 }, ['missed', 2]]);
  });

  it('pings, and is missed when it does not', async () => {
    await start({ pingInterval: 1_000, pingTimeout: 10_000 });
    await using client = clientOf({}, { heartbeat: { timeout: 2_000 } });
    await client.ready();
    const { epoch } = client.state;
    // Two of its pings, the second of which it sends only if the first was answered.
    const packets: string[] = [];
    for (const socket of io.sockets.sockets.values())
      socket.conn.on('packet', ({ type }: { type: string }) => packets.push(type));
    await expect.poll(() => packets.filter((type) => type === 'pong').length).toBeGreaterThan(1);
    expect(client.state.epoch).toBe(epoch);
    const error = next(client, 'error');
    for (const socket of io.sockets.sockets.values()) socket.conn.transport.send = () => {};
    expect(await error).toMatchObject({ code: 'HEARTBEAT_TIMEOUT' });
  });

  it('throws us out, and we stay out', async () => {
    await start();
    const client = clientOf();
    await client.ready();
    const closed = next(client, 'closed');
    await client.notify('kick me');
    expect(await closed).toMatchObject({
      error: { code: 'CONNECTION_CLOSED', reason: 'disconnected from /' },
    });
  });
});
