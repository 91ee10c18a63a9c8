import type { LookupFunction, Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { deferred } from '../../../../src/base/deferred.ts';
import { MAX_CONNECT_MS } from '../../../../src/transport/tcp/dialling/connect-queue.ts';
import { type TcpOptions, tcpTransport } from '../../../../src/transport/tcp/tcp-transport.ts';
import { startConnectProxy } from '../../../tools/connect-proxy.ts';
import { dialHarness, failure, readHead } from '../../../tools/dial-harness.ts';
import { switchingProtocols } from '../../../tools/server-frame.ts';
import { lookupLoopback } from '../../../tools/tls-server.ts';

const { connect, closing, listen } = dialHarness();

/** A server that answers handshakes when it is told to. */
async function slowServer() {
  const answers = new Map<number, () => void>();
  let next = 0;
  const seen: Socket[] = [];
  const port = await listen(async (socket) => {
    const index = seen.push(socket) - 1;
    const head = await readHead(socket);
    const key = /sec-websocket-key: (\S+)/i.exec(head)?.[1] as string;
    answers.set(index, () =>
      socket.write(switchingProtocols({ headers: { 'sec-websocket-key': key } } as never)),
    );
  });
  return {
    port,
    /** How many have knocked so far. */
    get connections() {
      return seen.length;
    },
    sockets: seen,
    /** Answers the next that knocked, or the one with this number. */
    answer: async (index = next++) => {
      await expect.poll(() => answers.has(index)).toBe(true);
      answers.get(index)?.();
    },
  };
}

const aWhile = () => new Promise((resolve) => setTimeout(resolve, 60));

describe('one connects at a time', () => {
  it('to an address and port, under whatever name; the next when the first is open (#4)', async () => {
    const server = await slowServer();
    const factory = tcpTransport({ lookup: lookupLoopback });
    const urls = ['ws://127.0.0.1', 'ws://one.test', 'ws://two.test'].map((host) => `${host}:${server.port}`);
    const sessions = urls.map((url) => connect(url, factory));
    for (const [index, session] of sessions.entries()) {
      await expect.poll(() => server.connections).toBe(index + 1);
      await aWhile();
      expect(server.connections).toBe(index + 1);
      expect(sessions.filter(({ types }) => types.includes('open')).length).toBe(index);
      await server.answer();
      await session.open();
    }
  });

  it('the next when the one before has failed, or is given up (#4)', async () => {
    const server = await slowServer();
    const factory = tcpTransport();
    const [first, second, third] = Array.from({ length: 3 }, () =>
      connect(`ws://127.0.0.1:${server.port}`, factory),
    );
    await expect.poll(() => server.connections).toBe(1);
    server.sockets[0]?.destroy();
    expect((await failure(first as never)).code).toBe('HANDSHAKE_CLOSED');
    await expect.poll(() => server.connections).toBe(2);
    second?.transport.abandon();
    await expect.poll(() => server.connections).toBe(3);
    await server.answer(2);
    await third?.open();
  });

  it('not to other ports, not from another factory, and not where it is switched off (#4)', async () => {
    const [one, other] = [await slowServer(), await slowServer()];
    const factory = tcpTransport();
    connect(`ws://127.0.0.1:${one.port}`, factory);
    connect(`ws://127.0.0.1:${other.port}`, factory);
    connect(`ws://127.0.0.1:${one.port}`, tcpTransport());
    await expect.poll(() => [one.connections, other.connections]).toEqual([2, 1]);
    const free = tcpTransport({ connectsPerHost: Number.POSITIVE_INFINITY });
    const some = tcpTransport({ connectsPerHost: 3, lookup: lookupLoopback });
    for (let time = 0; time < 5; time++) connect(`ws://127.0.0.1:${one.port}`, free);
    await expect.poll(() => one.connections).toBe(7);
    for (let time = 0; time < 5; time++) connect(`ws://some.test:${one.port}`, some);
    await expect.poll(() => one.connections).toBe(10);
    await aWhile();
    expect(one.connections).toBe(10);
  });

  it('time in the queue counts; one that is late or given up leaves it (#4, #42)', async () => {
    const server = await slowServer();
    const factory = tcpTransport();
    const url = `ws://127.0.0.1:${server.port}`;
    const first = connect(url, factory);
    const late = connect(url, factory, { handshakeTimeout: 100 });
    const abandoned = connect(url, factory);
    const last = connect(url, factory);
    const error = await failure(late);
    expect(error).toMatchObject({ code: 'TIMEOUT', phase: 'tcp' });
    expect(error.message).toContain('connectsPerHost');
    abandoned.transport.abandon();
    expect((await failure(abandoned)).code).toBe('HANDSHAKE_ABORTED');
    await server.answer();
    await first.open();
    await server.answer();
    await last.open();
    expect(server.connections).toBe(2);
  });

  it('an opening without a deadline that gets stuck holds the others up for five seconds, not for ever', async () => {
    const server = await slowServer();
    const factory = tcpTransport();
    const url = `ws://127.0.0.1:${server.port}`;
    connect(url, factory, { handshakeTimeout: 0 });
    const second = connect(url, factory, { handshakeTimeout: 0 });
    await expect.poll(() => server.connections).toBe(2);
    await server.answer();
    await server.answer();
    await second.open();
  });
});

/** Finds these addresses, whatever is asked for. */
const lookupOf =
  (...addresses: string[]): LookupFunction =>
  (_hostname, { all }, callback) => {
    if (all)
      callback(
        null,
        addresses.map((address) => ({ address, family: 4 })),
      );
    else callback(null, addresses[0] as string, 4);
  };

/** Listens at all addresses of this machine; says at which one somebody knocked, and answers at 127.0.0.1. */
async function serverOfMany() {
  const knocked: string[] = [];
  const port = await listen(async (socket) => {
    knocked.push(String(socket.localAddress));
    const head = await readHead(socket);
    const key = /sec-websocket-key: (\S+)/i.exec(head)?.[1] as string;
    if (socket.localAddress === '127.0.0.1')
      socket.write(switchingProtocols({ headers: { 'sec-websocket-key': key } } as never));
  }, '0.0.0.0');
  return { knocked, port };
}

/** Before a turn that is held up would end by itself. */
const SOON = { handshakeTimeout: MAX_CONNECT_MS / 2 };

describe('a name with several addresses', () => {
  it('holds the turn of the one that it tries alone: a stalled one does not hold up another (attack 37)', async () => {
    const { knocked, port } = await serverOfMany();
    const factory = tcpTransport({ lookup: lookupOf('127.0.0.2', '127.0.0.1') });
    connect(`ws://stalled.test:${port}`, factory); // 127.0.0.2 takes the connection, and says nothing
    await expect.poll(() => knocked).toEqual(['127.0.0.2']);
    await connect(`ws://127.0.0.1:${port}`, factory, SOON).open();
    expect(knocked).toEqual(['127.0.0.2', '127.0.0.1']);
  });

  it('is tried though another of its addresses is busy (attack 37)', async () => {
    const { knocked, port } = await serverOfMany();
    const factory = tcpTransport({ lookup: lookupOf('127.0.0.1', '127.0.0.2') });
    connect(`ws://127.0.0.2:${port}`, factory);
    await expect.poll(() => knocked).toEqual(['127.0.0.2']);
    await connect(`ws://name.test:${port}`, factory, SOON).open();
  });

  it('goes on to the next where one refuses, and waits for its turn there (#4)', async () => {
    const server = await slowServer(); // at 127.0.0.1 alone
    const factory = tcpTransport({ lookup: lookupOf('127.0.0.3', '127.0.0.1') });
    const first = connect(`ws://127.0.0.1:${server.port}`, factory);
    await expect.poll(() => server.connections).toBe(1);
    const second = connect(`ws://name.test:${server.port}`, factory);
    await aWhile();
    expect(server.connections).toBe(1);
    await server.answer();
    await first.open();
    await server.answer();
    await second.open();
  });

  it('leaves the queue of the next where it is given up', async () => {
    const server = await slowServer();
    const factory = tcpTransport({ lookup: lookupOf('127.0.0.3', '127.0.0.1') });
    const first = connect(`ws://127.0.0.1:${server.port}`, factory);
    const second = connect(`ws://name.test:${server.port}`, factory);
    await aWhile();
    second.transport.abandon();
    expect((await failure(second)).code).toBe('HANDSHAKE_ABORTED');
    await server.answer();
    await first.open();
    // Had it kept its place, this one would wait for it.
    const third = connect(`ws://127.0.0.1:${server.port}`, factory);
    await server.answer();
    await third.open();
    expect(server.connections).toBe(2);
  });

  it('fails with all errors where all refuse', async () => {
    const factory = tcpTransport({ lookup: lookupOf('127.0.0.3', '127.0.0.4') });
    const port = await listen(() => {}); // at 127.0.0.1 alone
    const error = await failure(connect(`ws://name.test:${port}`, factory));
    expect(error).toMatchObject({ code: 'CONNECT', phase: 'tcp', cause: { code: 'ECONNREFUSED' } });
    expect((error.cause as AggregateError).errors).toMatchObject([
      { address: '127.0.0.3' },
      { address: '127.0.0.4' },
    ]);
  });
});

describe('through a proxy', () => {
  it('one at a time to each host name, and no more than sixteen through the proxy (#5)', async () => {
    const release = deferred<void>();
    const proxy = closing(
      await startConnectProxy({
        answer: (socket) =>
          void release.promise.then(() => socket.end('HTTP/1.1 502 x\r\nContent-Length: 0\r\n\r\n')),
      }),
    );
    const factory = tcpTransport({ proxy: `http://127.0.0.1:${proxy.port}` });
    const ends = Array.from({ length: 30 }, (_, index) => connect(`ws://host${index >> 1}.test`, factory));
    await expect.poll(() => proxy.heads.length).toBe(15);
    const more = Array.from({ length: 3 }, (_, index) => connect(`ws://more${index}.test`, factory));
    await expect.poll(() => proxy.heads.length).toBe(16);
    await aWhile();
    expect(new Set(proxy.heads).size).toBe(16);
    expect(proxy.heads.length).toBe(16);
    release.resolve();
    for (const session of [...ends, ...more]) expect((await failure(session)).status).toBe(502);
    expect(proxy.heads.length).toBe(33);
  });

  it('all at once where turns are switched off', async () => {
    const proxy = closing(await startConnectProxy({ answer: () => {} }));
    const options: TcpOptions = {
      proxy: `http://127.0.0.1:${proxy.port}`,
      connectsPerHost: Number.POSITIVE_INFINITY,
    };
    const factory = tcpTransport(options);
    for (let time = 0; time < 20; time++) connect('ws://host.test', factory);
    await expect.poll(() => proxy.heads.length).toBe(20);
  });
});
