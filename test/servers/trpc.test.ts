// The recipe for tRPC with a server of @trpc/server.
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { trpc } from '../../docs/recipes/trpc.ts';
import type { Client } from '../../src/client/client.ts';
import { clientOf as clientFor, next } from './clients.ts';
import { PEERS } from './peers.ts';
import { server } from './results.ts';

/** What is used of `ws`. */
interface Socket {
  on(event: 'message', listener: (data: unknown) => void): void;
  terminate(): void;
  send: unknown;
}
interface Sockets {
  readonly clients: Iterable<Socket>;
  on(event: 'connection', listener: (socket: Socket) => void): void;
  once(event: string, listener: () => void): void;
  address(): unknown;
  close(done: () => void): void;
}

const { initTRPC, TRPCError, tracked } = PEERS.require('@trpc/server');
const { applyWSSHandler } = PEERS.require('@trpc/server/adapters/ws');
const { WebSocketServer } = PEERS.require('ws');

let sockets: Sockets;
let handler: { broadcastReconnectNotification(): void };
let port = 0;
let left: number;
let said: string[];

const t = initTRPC.context().create();
const router = t.router({
  sum: t.procedure
    .input((value: unknown) => value as number[])
    .query(({ input }: any) => input[0] + input[1]),
  add: t.procedure.input((value: unknown) => value).mutation(({ input }: any) => ({ added: input })),
  fails: t.procedure.query(() => {
    throw new TRPCError({ code: 'CONFLICT', message: 'as asked' });
  }),
  three: t.procedure.subscription(async function* () {
    yield* [1, 2, 3];
  }),
  breaks: t.procedure.subscription(async function* () {
    yield 1;
    throw new TRPCError({ code: 'CONFLICT', message: 'as asked' });
  }),
  count: t.procedure
    .input((value: unknown) => value)
    .subscription(async function* ({ input, signal }: any) {
      try {
        for (let count = Number(input.lastEventId ?? input.from - 1) + 1; !signal.aborted; count += 1) {
          yield tracked(String(count), { count });
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      } finally {
        left += 1;
      }
    }),
});

/** A server, on the port of the one before if there was one. */
async function start(keepAlive?: object): Promise<void> {
  sockets = new WebSocketServer({ port, host: '127.0.0.1' }) as Sockets;
  sockets.on('connection', (socket) => socket.on('message', (data) => said.push(String(data))));
  handler = applyWSSHandler({
    wss: sockets,
    router,
    keepAlive,
    createContext: ({ info }: any) => {
      const token = info.connectionParams?.token;
      if (token !== 'right') throw new TRPCError({ code: 'UNAUTHORIZED', message: 'not you' });
      return {};
    },
  });
  await new Promise<void>((resolve) => sockets.once('listening', resolve));
  port = (sockets.address() as AddressInfo).port;
}

async function stop(): Promise<void> {
  for (const socket of sockets.clients) socket.terminate();
  await new Promise<void>((resolve) => sockets.close(resolve));
}

beforeEach(async () => {
  port = 0;
  left = 0;
  said = [];
  await start();
  server(import.meta.filename, '@trpc/server', PEERS.versionOf('@trpc/server'));
});
afterEach(stop);

const clientOf = (token = 'right', more: object = {}): Client =>
  clientFor({ url: `ws://127.0.0.1:${port}`, envelope: trpc(() => ({ token })), ...more });

describe('trpc', () => {
  it('login: lets in whoever has the token, and no other', async () => {
    await using client = clientOf();
    expect(await client.request('sum', [1, 2])).toBe(3);
    const wrong = clientOf('quite-wrong');
    const closed = next(wrong, 'closed');
    await expect(wrong.request('sum', [1, 2])).rejects.toBeInstanceOf(Error);
    expect(await closed).toMatchObject({
      error: { code: 'CONNECTION_CLOSED', message: expect.stringContaining('UNAUTHORIZED') },
    });
  });

  it('request: queries and mutations are answered, or refused', async () => {
    await using client = clientOf();
    const sums = await Promise.all([1, 2, 3].map((one) => client.request('sum', [one, 10])));
    expect(sums).toEqual([11, 12, 13]);
    expect(await client.request('add', 'x', { meta: 'mutation' })).toEqual({ added: 'x' });
    await expect(client.request('fails')).rejects.toMatchObject({
      code: 'REQUEST_REJECTED',
      remoteMessage: 'as asked',
      data: { code: 'CONFLICT' },
    });
    await expect(client.request('none')).rejects.toMatchObject({ data: { code: 'NOT_FOUND' } });
  });

  it('stream: is told to its end, by the server or by us, and its error', async () => {
    await using client = clientOf();
    const heard: unknown[] = [];
    for await (const one of client.subscribe('three')) heard.push(one);
    expect(heard).toEqual([1, 2, 3]);
    const broken = client.subscribe('breaks');
    expect(await broken.closed).toMatchObject({ code: 'SUBSCRIPTION_ENDED', remoteMessage: 'as asked' });
    for await (const one of client.subscribe('count', { from: 7 })) {
      expect(one).toEqual({ id: '7', data: { count: 7 } });
      break;
    }
    await expect.poll(() => left).toBe(1);
  });

  it('restart, resume: the stream goes on behind the last event', async () => {
    await using client = clientOf();
    const counts: number[] = [];
    const stream = client.subscribe(
      'count',
      { from: 1 },
      {
        cursor: (event: any) => event.id,
        resume: (input: any, id) => ({ ...input, lastEventId: id }),
      },
    );
    stream.on((event: any) => counts.push(event.data.count));
    await expect.poll(() => counts.length).toBeGreaterThan(3);
    const lost = next(client, 'lost');
    await stop();
    await lost;
    const before = counts.length;
    await start();
    await expect.poll(() => counts.length).toBeGreaterThan(before + 3);
    expect(counts).toEqual(counts.map((_, at) => at + 1));
    expect(said.filter((one) => one.includes('lastEventId'))).toHaveLength(1);
  });

  it('heartbeat: both sides ask, and silence is noticed', async () => {
    await stop();
    await start({ enabled: true, pingMs: 200, pongWaitMs: 1_000 });
    await using client = clientOf('right', { heartbeat: { interval: 1_000, timeout: 1_000 } });
    await client.ready();
    await next(client, 'rtt');
    await expect.poll(() => said.filter((one) => one === 'PONG').length).toBeGreaterThan(2);
    expect(said).toContain('PING');
    const error = next(client, 'error');
    for (const socket of sockets.clients) socket.send = () => {};
    expect(await error).toMatchObject({ code: 'HEARTBEAT_TIMEOUT' });
  });

  it('goodbye: in words, and the client is on another connection', async () => {
    await using client = clientOf();
    await client.ready();
    const { epoch } = client.state;
    handler.broadcastReconnectNotification();
    await expect.poll(() => client.state.epoch).toBeGreaterThan(epoch);
    expect(await client.request('sum', [1, 2])).toBe(3);
  });
});
