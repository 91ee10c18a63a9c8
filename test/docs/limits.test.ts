// Walks the table of bounds and breaks each of them, through what a user calls: a bound that nothing proves is none.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { constants, deflateRawSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { bearer } from '../../src/auth/bearer.ts';
import { login } from '../../src/auth/login.ts';
import { connect, createClient } from '../../src/client/create-client.node.ts';
import { handover } from '../../src/connection/handover.ts';
import { json } from '../../src/messaging/codec.ts';
import { raw } from '../../src/messaging/raw.ts';
import { subscriptions } from '../../src/messaging/subscriptions.ts';
import { WebSocket } from '../../src/node.ts';
import { createScriptedRandom } from '../../src/testing/scripted-random.ts';
import {
  createScriptedServer,
  type ScriptedConnection,
  type ScriptedServerOptions,
} from '../../src/testing/scripted-server.ts';
import { createVirtualClock } from '../../src/testing/virtual-clock.ts';
import { type Bench, setUp, watch } from '../client/set-up.ts';
import { type HostileConnection, type HostileServer, startHostileServer } from '../faults/hostile-server.ts';
import { always } from '../tools/connection-harness.ts';
import { cpuMilliseconds } from '../tools/cpu-time.ts';
import { polled, simpleProtocol } from '../tools/polling-harness.ts';
import { BINARY, serverFrame, TEXT } from '../tools/server-frame.ts';
import { BOUND_NAMES, BOUNDS, type BoundName } from './limits.ts';

const NO_PAUSE: ScriptedServerOptions = { features: { pause: false } };
const limitOf = (name: BoundName): number => BOUNDS.get(name)?.standard as number;
const refusal = (code: string, facts: object = {}) => expect.objectContaining({ code, ...facts });

let hostile: HostileServer | undefined;
afterEach(async () => {
  await hostile?.close();
  hostile = undefined;
});

/** A server over real sockets that accepts, then does `serve`. */
async function serve(serve: (connection: HostileConnection) => unknown): Promise<string> {
  hostile = await startHostileServer(async (connection) => {
    await connection.write(connection.answer());
    await serve(connection);
  });
  return hostile.url;
}

/** One that answers the handshake with these bytes. */
async function answer(text: string): Promise<string> {
  hostile = await startHostileServer((connection) => connection.write(text));
  return hostile.url;
}

/** The header of a binary frame that claims so many bytes. */
function claims(length: number): Buffer {
  const header = Buffer.from([0x80 | BINARY, 127, 0, 0, 0, 0, 0, 0, 0, 0]);
  header.writeBigUInt64BE(BigInt(length), 2);
  return header;
}

/** How many of these messages polling sends in its first request. */
async function firstBatch(messages: readonly string[]): Promise<number> {
  const made = await polled(simpleProtocol());
  await made.answer();
  for (const message of messages) made.transport.send(message);
  await made.settle();
  return (JSON.parse(made.http.last().init.body as string) as string[]).length;
}

/** How a connection over a real socket ends. */
async function endOf(url: string, options: object = {}): Promise<unknown> {
  try {
    const socket = await connect(url, options);
    return (await socket.closed).error;
  } catch (error) {
    return error;
  }
}

async function open(...given: Parameters<typeof setUp>): Promise<Bench> {
  const bench = setUp(...given);
  await bench.open();
  return bench;
}

/** A subscription that the server has confirmed as `s`, which nobody reads, and what sends it an event. */
async function subscribed(options: object = {}, how: object = {}) {
  const bench = await open(options);
  const subscription = bench.client.subscribe('ticks', undefined, how);
  await bench.clock.settle();
  const { id } = bench.received().at(-1) as { id: number };
  bench.server.last.send(JSON.stringify({ id, result: 's' }));
  await bench.clock.settle();
  const tell = (result: unknown): void =>
    bench.server.last.send(JSON.stringify({ method: 'subscription', params: { subscription: 's', result } }));
  return { ...bench, subscription, tell };
}

async function ofLogin(flood: (send: (message: string) => void) => void): Promise<unknown[]> {
  const bench = setUp(
    { auth: login(() => new Promise(() => {})), reconnect: false },
    { onConnect: (connection) => connection.accept() },
  );
  await bench.open();
  flood((message) => bench.server.last.send(message));
  await bench.clock.settle();
  return bench.of('error');
}

/** A short connection to a server in memory, which nobody reads. */
async function unread(behaviour: ScriptedServerOptions = {}, options: object = {}) {
  const server = createScriptedServer(behaviour);
  const clock = createVirtualClock();
  const opening = connect('ws://test', { transport: server.transport, clock, heartbeat: false, ...options });
  await clock.advance(0);
  const socket = await opening;
  return { server: server.last, socket, clock };
}

/** In a test of its own, which holds this text: what takes a hundred hosts, or a kernel whose buffers are full. */
const byTest = (path: string, title: string) => async (): Promise<void> =>
  expect(readFileSync(path, 'utf8')).toContain(title);

const PROOFS: Readonly<Record<BoundName, () => Promise<void>>> = {
  message: async () => {
    const url = await serve((connection) => connection.write(claims(limitOf('message') + 1)));
    expect(await endOf(url)).toEqual(refusal('MESSAGE_TOO_BIG', { limit: limitOf('message') }));
    expect(hostile?.connections[0]?.closeCodes).toEqual([1009]);
  },
  read: async () => {
    const url = await serve((connection) => connection.write(claims(limitOf('read') + 1)));
    const client = createClient({ url, reconnect: false });
    const error = await new Promise((resolve) => {
      client.on('error', resolve);
      client.connect();
    });
    expect(error).toEqual(refusal('MESSAGE_TOO_BIG', { limit: limitOf('read') }));
    const { server, of } = await open();
    server.last.send(`"${'x'.repeat(limitOf('read') - 1)}"`);
    expect(of('message')).toEqual([]);
    expect(of('error')).toEqual([refusal('BAD_MESSAGE', { limit: limitOf('read') })]);
    server.last.send(`"${'x'.repeat(limitOf('read') - 2)}"`);
    expect(of('message')).toHaveLength(1);
  },
  fragments: async () => {
    const url = await serve(async (connection) => {
      await connection.write(Buffer.from([BINARY, 0]));
      await connection.write(Buffer.alloc(2 * limitOf('fragments')));
    });
    expect(await endOf(url)).toEqual(refusal('TOO_MANY_FRAGMENTS', { limit: limitOf('fragments') }));
    expect(hostile?.connections[0]?.closeCodes).toEqual([1008]);
  },
  parsed: async () => {
    const { server, of } = await open();
    const bomb = `[${'{},'.repeat(1_999_999)}{}]`;
    server.last.send(bomb);
    expect(of('error')).toEqual([refusal('BAD_MESSAGE', { limit: limitOf('parsed') })]);
    const roomy = await open({ codec: json({ maxParsedBytes: 1_000_000_000 }), limits: { maxBatch: 0 } });
    roomy.server.last.send(bomb);
    expect(roomy.of('error')).toEqual([refusal('BAD_MESSAGE', { option: 'limits.maxBatch' })]);
  },
  batch: async () => {
    const { server, of } = await open();
    const batch = (count: number): string => JSON.stringify(Array(count).fill({ method: 'tick' }));
    server.last.send(batch(limitOf('batch')));
    expect([of('message').length, of('error')]).toEqual([limitOf('batch'), []]);
    server.last.send(batch(limitOf('batch') + 1));
    expect(of('message')).toHaveLength(limitOf('batch'));
    expect(of('error')).toEqual([refusal('BAD_MESSAGE', { limit: limitOf('batch') })]);
  },
  key: async () => {
    const { client, server, of, received, clock } = await open();
    client.handle('confirm', () => 'yes');
    const ask = async (length: number): Promise<void> => {
      server.last.send(JSON.stringify({ id: 'k'.repeat(length), method: 'confirm' }));
      await clock.settle();
    };
    await ask(limitOf('key'));
    expect([received().length, of('message').length]).toEqual([1, 0]);
    await ask(limitOf('key') + 1);
    expect([received().length, of('message').length]).toEqual([1, 1]);
  },
  held: async () => {
    // Each within its own bound, together beyond that of all.
    const bench = await open();
    const all = Array.from({ length: 5 }, () => bench.client.subscribe('ticks'));
    await bench.clock.settle();
    for (const [index, message] of bench.received().entries()) {
      const { id } = message as { id: number };
      bench.server.last.send(JSON.stringify({ id, result: `s${index}` }));
    }
    await bench.clock.settle();
    const result = 'x'.repeat(7 * 1024 * 1024);
    for (let index = 0; index < 5; index++)
      bench.server.last.send(
        JSON.stringify({ method: 'subscription', params: { subscription: `s${index}`, result } }),
      );
    await bench.clock.settle();
    expect(all.map(({ status }) => status)).toEqual(['active', 'active', 'active', 'active', 'closed']);
    expect(bench.of('error')).toEqual([refusal('SUBSCRIPTION_OVERFLOW', { detail: 'bytes' })]);
  },
  events: async () => {
    const { subscription, tell, of } = await subscribed();
    for (let index = 0; index < limitOf('events'); index++) tell(index);
    expect(subscription.status).toBe('active');
    tell('one more');
    expect(of('error')).toEqual([refusal('SUBSCRIPTION_OVERFLOW', { limit: limitOf('events') })]);
    const newest = await subscribed({}, { maxEvents: 1, overflow: 'drop-oldest' });
    newest.tell(1);
    newest.tell(2);
    expect(newest.of('gap')).toEqual([expect.objectContaining({ subscription: 'ticks' })]);
  },
  eventBytes: async () => {
    const { subscription, tell, of } = await subscribed();
    const half = 'x'.repeat(limitOf('eventBytes') / 2 - 16);
    tell(half);
    tell(half);
    expect(subscription.status).toBe('active');
    tell('');
    expect(of('error')).toEqual([
      refusal('SUBSCRIPTION_OVERFLOW', { detail: 'bytes', limit: limitOf('eventBytes') }),
    ]);
    const alone = await subscribed({}, { maxBytes: 1, overflow: 'drop-oldest' });
    alone.tell(half);
    alone.tell('b');
    const { value } = await alone.subscription[Symbol.asyncIterator]().next();
    expect([value, alone.of('gap').length]).toEqual(['b', 1]);
  },
  early: async () => {
    const bench = await open();
    const subscription = bench.client.subscribe('ticks');
    await bench.clock.settle();
    const [{ id }] = bench.received() as [{ id: number }];
    const event = JSON.stringify({ method: 'subscription', params: { subscription: 's', result: 1 } });
    for (let index = 0; index < limitOf('early'); index++) bench.server.last.send(event);
    expect(bench.of('message')).toEqual([]);
    bench.server.last.send(event);
    expect(bench.of('message')).toHaveLength(1);
    bench.server.last.send(JSON.stringify({ id, result: 's' }));
    await bench.clock.settle();
    expect(await subscription.closed).toEqual(refusal('SUBSCRIPTION_OVERFLOW'));
  },
  cursors: async () => {
    const seen: unknown[] = [];
    const { subscription, tell } = await subscribed({}, { cursor: (event: number) => event });
    subscription.on((event) => seen.push(event));
    for (let index = 0; index <= limitOf('cursors'); index++) tell(index);
    tell(1); // remembered
    tell(0); // forgotten
    expect([seen.length, seen.at(-1)]).toEqual([limitOf('cursors') + 2, 0]);
  },
  again: async () => {
    const { subscription, server, clock } = await subscribed();
    server.last.drop();
    let asked = 0;
    const begin = clock.now();
    while (subscription.status !== 'closed') {
      await clock.advance(1_000);
      for (const message of server.last.received.slice(asked)) {
        asked++;
        const { id } = JSON.parse(message as string);
        server.last.send(JSON.stringify({ id, error: { code: 1, message: 'no' } }));
        await clock.settle();
      }
    }
    const took = clock.now() - begin;
    expect(took).toBeGreaterThan(limitOf('again'));
    expect(took).toBeLessThan(limitOf('again') + 60_000);
  },
  loop: async () => {
    const { client, server } = await open({ envelope: raw() });
    client.messages();
    for (let index = 1; index < limitOf('loop'); index++) server.last.send('');
    expect(server.last.paused).toBe(false);
    server.last.send('');
    expect(server.last.paused).toBe(true);
  },
  loopBytes: async () => {
    const { client, server } = await open({ envelope: raw() });
    client.messages();
    server.last.send('x'.repeat(limitOf('loopBytes') - 17));
    expect(server.last.paused).toBe(false);
    server.last.send('');
    expect(server.last.paused).toBe(true);
  },
  kept: async () => {
    const { client, server, of } = await open({ envelope: raw() }, NO_PAUSE);
    client.pause();
    for (let index = 0; index < limitOf('kept'); index++) server.last.send('');
    expect(of('gap')).toEqual([]);
    server.last.send('');
    expect(of('gap')).toHaveLength(1);
    client.resume();
    expect(of('message')).toHaveLength(limitOf('kept'));
    // Nor can a loop be given more by connections that end, one after the other.
    const lost = await open({ envelope: raw() }, NO_PAUSE);
    lost.client.messages({ maxBuffered: 1 });
    for (let index = 0; index <= limitOf('kept'); index++) lost.server.last.send('');
    expect(lost.of('gap')).toEqual([]);
    lost.server.last.drop();
    expect(lost.of('gap')).toHaveLength(1);
  },
  inbox: async () => {
    const { server } = await unread();
    for (let index = 1; index < limitOf('inbox'); index++) server.send('');
    expect(server.paused).toBe(false);
    server.send('');
    expect(server.paused).toBe(true);
  },
  inboxBytes: async () => {
    const { server } = await unread();
    server.send('x'.repeat(limitOf('inboxBytes') - 1));
    expect(server.paused).toBe(false);
    server.send('x');
    expect(server.paused).toBe(true);
  },
  inboxMost: async () => {
    const { server, socket, clock } = await unread(NO_PAUSE);
    server.send('x'.repeat(limitOf('inboxMost')));
    server.send('x');
    await clock.advance(0);
    expect((await socket.closed).error).toEqual(refusal('INBOX_OVERFLOW', { limit: limitOf('inboxMost') }));
  },
  inboxCount: async () => {
    const { server, socket, clock } = await unread(NO_PAUSE);
    for (let index = 0; index <= limitOf('inboxCount'); index++) server.send('');
    await clock.advance(0);
    expect((await socket.closed).error).toEqual(
      refusal('INBOX_OVERFLOW', { detail: 'messages', limit: limitOf('inboxCount') }),
    );
  },
  undelivered: async () => {
    // 64 messages of 1 MiB in 64 KB, which one turn of the event loop reads.
    const size = limitOf('undelivered');
    const zeros = deflateRawSync(Buffer.alloc(size), { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
    const frame = serverFrame(BINARY, zeros);
    frame[0] = 0xc2; // final, compressed
    hostile = await startHostileServer(async (connection) => {
      await connection.write(
        connection.answer('Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover'),
      );
      await connection.write(Buffer.concat(Array(64).fill(frame)));
    });
    const socket = new WebSocket(hostile.url);
    socket.binaryType = 'arraybuffer';
    const before = process.memoryUsage().arrayBuffers;
    const held = await new Promise<number>((resolve, reject) => {
      socket.addEventListener('close', reject);
      socket.addEventListener('message', ({ data }) => {
        expect((data as ArrayBuffer).byteLength).toBe(size);
        resolve(process.memoryUsage().arrayBuffers - before);
      });
    });
    expect(held).toBeLessThan(16 * size);
    socket.terminate();
  },
  unread: async () => {
    const flood =
      (count: number) =>
      (send: (message: string) => void): void => {
        for (let index = 0; index < count; index++) send('');
      };
    expect(await ofLogin(flood(limitOf('unread')))).toEqual([]);
    expect(await ofLogin(flood(limitOf('unread') + 1))).toEqual([refusal('LOGIN_FAILED')]);
  },
  unreadBytes: async () => {
    const half = 'x'.repeat(limitOf('unreadBytes') / 2);
    expect(await ofLogin((send) => [half, half].forEach(send))).toEqual([]);
    expect(await ofLogin((send) => [half, half, 'x'].forEach(send))).toEqual([refusal('LOGIN_FAILED')]);
  },
  loginReply: async () => {
    const auth = login(async (line) => void (await line.receive()));
    const { clock, of } = await open({ auth, reconnect: false });
    await clock.advance(limitOf('loginReply') - 1);
    expect(of('error')).toEqual([]);
    await clock.advance(1);
    expect(of('error')).toEqual([refusal('LOGIN_FAILED', { timeout: limitOf('loginReply') })]);
    // The reply to a request of its own as well.
    const asking = await open({
      auth: login(async (line) => void (await line.request('login'))),
      reconnect: false,
    });
    await asking.clock.advance(limitOf('loginReply') - 1);
    expect(asking.of('error')).toEqual([]);
    await asking.clock.advance(1);
    expect(asking.of('error')).toEqual([refusal('LOGIN_FAILED', { timeout: limitOf('loginReply') })]);
  },
  pending: async () => {
    const { client } = await open();
    for (let index = 0; index < limitOf('pending'); index++) client.request('x').catch(() => {});
    await expect(client.request('x')).rejects.toEqual(refusal('TOO_MANY_REQUESTS'));
  },
  requestTime: async () => {
    const { client, clock } = await open();
    const fate = watch(client.request('x'));
    await clock.advance(limitOf('requestTime') - 1);
    expect(fate.value).toBe('pending');
    await clock.advance(1);
    expect(fate.value).toEqual(refusal('REQUEST_TIMEOUT'));
  },
  handlers: async () => {
    const { client, server, received, clock } = await open();
    client.handle('confirm', () => new Promise(() => {}));
    const ask = async (count: number, params: unknown = 0): Promise<void> => {
      server.last.send(JSON.stringify(Array(count).fill({ id: 1, method: 'confirm', params })));
      await clock.settle();
    };
    await ask(limitOf('handlers'));
    expect(received()).toEqual([]);
    await ask(1);
    expect(received()).toMatchObject([{ error: { code: -32_603 } }]);
    // Their params count too.
    const heavy = await open();
    heavy.client.handle('confirm', () => new Promise(() => {}));
    const params = 'x'.repeat(11 * 1024 * 1024);
    for (let index = 0; index < 3; index++)
      heavy.server.last.send(JSON.stringify({ id: index, method: 'confirm', params }));
    await heavy.clock.settle();
    expect(heavy.received()).toMatchObject([{ id: 2, error: { code: -32_603 } }]);
  },
  answers: async () => {
    const { server, clock } = await open();
    server.last.bufferedAmount = 100 * 1024 * 1024; // it does not read
    const batch = JSON.stringify(Array(1_000).fill({ id: 1, method: 'x' }));
    for (let index = 0; index < 3; index++) server.last.send(batch);
    await clock.settle();
    server.last.drain();
    expect(server.last.received).toHaveLength(limitOf('answers'));
    // Nor more bytes of them than the outbox may have.
    const large = await open();
    large.client.handle('photo', () => 'x'.repeat(limitOf('outboxBytes') / 4));
    large.server.last.bufferedAmount = 100 * 1024 * 1024;
    large.server.last.send(JSON.stringify(Array(20).fill({ id: 1, method: 'photo' })));
    await large.clock.settle();
    large.server.last.drain();
    expect(large.server.last.received).toHaveLength(4);
  },
  outbox: async () => {
    const { client } = setUp();
    for (let index = 0; index < limitOf('outbox'); index++) client.send('').catch(() => {});
    await expect(client.send('')).rejects.toEqual(refusal('OUTBOX_FULL'));
  },
  outboxBytes: async () => {
    const { client } = setUp();
    client.send(new Uint8Array(limitOf('outboxBytes'))).catch(() => {});
    await expect(client.send('x')).rejects.toEqual(refusal('OUTBOX_FULL'));
  },
  outboxAge: async () => {
    const { client, clock } = setUp({}, { onConnect: () => {} });
    const fate = watch(client.send('x'));
    await clock.advance(limitOf('outboxAge') - 1);
    expect(fate.value).toBe('pending');
    await clock.advance(1);
    expect(fate.value).toEqual(refusal('OUTBOX_EXPIRED'));
  },
  socket: async () => {
    const { server, socket } = await unread();
    server.bufferedAmount = limitOf('socket');
    socket.send('x');
    server.bufferedAmount = limitOf('socket') + 1;
    expect(() => socket.send('x')).toThrow(refusal('BACKPRESSURE'));
    const { client, server: other } = await open();
    other.last.bufferedAmount = limitOf('socket') + 1;
    client.send('x').catch(() => {});
    expect(client.stats().queued).toBe(1);
  },
  pings: byTest(
    'test/faults/attack-frames.test.ts',
    'a flood that is answered to nobody: the server does not read (attack 6',
  ),
  opening: async () => {
    const server = createScriptedServer({ onConnect: () => {} });
    const clock = createVirtualClock();
    const fate = watch(connect('ws://test', { transport: server.transport, clock }));
    await clock.settle();
    expect(server.last.request.handshakeTimeout).toBe(limitOf('opening'));
    await clock.advance(limitOf('opening'));
    expect(fate.value).toEqual(refusal('TIMEOUT'));
    // Over a real socket, to a server that says nothing; the class as well.
    hostile = await startHostileServer(() => {});
    const { url } = hostile;
    expect(await endOf(url, { handshakeTimeout: 50 })).toEqual(refusal('TIMEOUT', { timeout: 50 }));
    // On a busy machine the 50 ms may be over before the server has seen anybody.
    const seen = hostile.connections.length;
    const silent = createVirtualClock();
    const late = watch(connect(url, { clock: silent }));
    await expect.poll(() => hostile?.connections.length).toBeGreaterThan(seen);
    await silent.advance(limitOf('opening'));
    await expect.poll(() => late.value).toEqual(refusal('TIMEOUT', { timeout: limitOf('opening') }));
  },
  head: async () => {
    const line = `X: ${'a'.repeat(1_000)}\r\n`;
    const url = await answer(`HTTP/1.1 101 Switching Protocols\r\n${line.repeat(17)}`);
    expect(await endOf(url)).toEqual(
      refusal('HANDSHAKE_HEADERS_TOO_LARGE', { detail: 'bytes', limit: limitOf('head') }),
    );
  },
  line: async () => {
    const url = await answer(`HTTP/1.1 101 Switching Protocols\r\nX: ${'a'.repeat(limitOf('line'))}`);
    expect(await endOf(url)).toEqual(
      refusal('HANDSHAKE_HEADERS_TOO_LARGE', { detail: 'line', limit: limitOf('line') }),
    );
  },
  fields: async () => {
    const url = await answer(
      `HTTP/1.1 101 Switching Protocols\r\n${'a: b\r\n'.repeat(limitOf('fields') + 1)}\r\n`,
    );
    expect(await endOf(url)).toEqual(
      refusal('HANDSHAKE_HEADERS_TOO_LARGE', { detail: 'fields', limit: limitOf('fields') }),
    );
  },
  refusal: async () => {
    const url = await answer(`HTTP/1.1 500 Oh\r\nContent-Length: 100000\r\n\r\n${'x'.repeat(50_000)}`);
    expect(await endOf(url)).toEqual(
      refusal('HANDSHAKE_STATUS', { body: expect.stringMatching(new RegExp(`^x{${limitOf('refusal')}}$`)) }),
    );
  },
  refusalTime: byTest(
    'test/transport/tcp/connection.refusal.test.ts',
    'is told about a second after its head',
  ),
  looked: async () => {
    const url = await serve((connection) =>
      connection.eachFrame(({ payload, opcode }) => {
        if (opcode !== TEXT) return;
        const { id } = JSON.parse(Buffer.from(payload).toString()) as { id: number };
        const error = { code: 1, message: 'no', data: 'x'.repeat(100_000) };
        void connection.write(serverFrame(TEXT, JSON.stringify({ jsonrpc: '2.0', id, error })));
      }),
    );
    const client = createClient({ url, auth: bearer({ token: 'a-token-of-the-user' }), closeTimeout: 20 });
    const error = await client.request('sum').catch((reason: { data: string }) => reason);
    expect((error as { data: string }).data.length).toBeLessThan(limitOf('looked'));
    await client.close({ flush: false });
  },
  lookedSecond: async () => {
    const { server, of } = await open({ auth: bearer({ token: 'a-token-of-the-user' }) });
    const data = `a-token-of-the-user ${'x'.repeat(64 * 1024)}`;
    const error = { jsonrpc: '2.0', id: null, error: { code: 1, message: 'no', data } };
    const message = JSON.stringify(Array(250).fill(error));
    const took = cpuMilliseconds(() => server.last.send(message));
    const kept = of('error').map((one) => (one as { data: string }).data);
    expect(kept).toHaveLength(250);
    expect(kept.every((one) => one.startsWith('[redacted] x'))).toBe(true);
    expect(kept.join('').length).toBeLessThan(1.1 * limitOf('lookedSecond') + 250 * 1_024);
    expect(took).toBeLessThan(5_000); // 60 s when all of them were looked through
    // What nobody asked for is not looked through at all.
    const forged = JSON.stringify(Array(250).fill({ ...error, id: 77 }));
    expect(cpuMilliseconds(() => server.last.send(forged))).toBeLessThan(1_000);
  },
  marked: async () => {
    const nonce = (of: number): string => createHash('sha512').update(String(of)).digest('base64url');
    const count = Math.floor((4 * limitOf('marked')) / nonce(0).length);
    const auth = login(async (line) => {
      line.send(JSON.stringify({ token: 'a-token-of-the-user' }));
      for (let at = 0; at < count; at++) line.send(nonce(at));
      await line.receive();
    });
    const { server, of, clock } = await open(
      { auth, reconnect: false, envelope: raw() },
      { onConnect: (connection) => connection.accept() },
    );
    const middle = nonce(Math.floor(count / 2)).slice(0, 40);
    server.last.close(4000, `a-token-of-the-user ${middle} ${nonce(count - 1).slice(0, 20)}`);
    await clock.settle();
    const received = { code: 4000, reason: `[redacted] ${middle} [redacted]` };
    expect(of('closed')).toMatchObject([{ closure: { received } }]);
  },
  redirects: async () => {
    const url = await answer('HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n');
    expect(await endOf(url)).toEqual(refusal('HANDSHAKE_REDIRECT'));
    expect(await endOf(url, { redirects: 2 })).toEqual(refusal('HANDSHAKE_REDIRECT', { detail: 'too-many' }));
    expect(hostile?.connections).toHaveLength(1 + 3);
  },
  closing: async () => {
    const { client, clock } = await open({}, { answerClose: false });
    const fate = watch(client.close());
    await clock.advance(limitOf('closing') - 1);
    expect(fate.value).toBe('pending');
    await clock.advance(1);
    expect(fate.value).toMatchObject({ error: { code: 'CLOSE_TIMEOUT' } });
  },
  retries: async () => {
    const refuse: ScriptedServerOptions = { onConnect: (connection) => connection.refuse(503) };
    const few = setUp({ reconnect: { maxAttempts: 3 } }, refuse);
    await few.open();
    await few.clock.advance(600_000);
    expect([few.server.connections.length, few.client.state.status]).toEqual([3, 'closed']);
    const many = setUp({}, refuse);
    await many.open();
    await many.clock.advance(3_600_000);
    expect(many.client.state.status).not.toBe('closed');
  },
  pollTime: async () => {
    const made = await polled(simpleProtocol());
    await made.answer();
    await made.clock.advance(30_000 + limitOf('pollTime') - 1);
    expect(made.closure).toBeUndefined();
    await made.clock.advance(1);
    await made.clock.advance(0);
    expect(made.closure?.error).toMatchObject({ code: 'CONNECTION_LOST', cause: { code: 'TIMEOUT' } });
  },
  pollBatch: async () => {
    const limit = limitOf('pollBatch');
    expect(await firstBatch(Array(limit + 1).fill('x'))).toBe(limit);
  },
  pollBatchBytes: async () => {
    const half = 'x'.repeat(limitOf('pollBatchBytes') / 2);
    expect(await firstBatch([half, half, 'x'])).toBe(2);
    expect(await firstBatch([half, `${half}x`])).toBe(1);
  },
  pollRepeats: async () => {
    const made = await polled(simpleProtocol({ repeats: true }));
    await made.answer();
    for (let repeats = 0; repeats <= limitOf('pollRepeats'); repeats++) {
      expect(made.closure).toBeUndefined();
      made.http.last().fail(new TypeError('Failed to fetch'));
      await made.settle();
      await made.clock.advance(1_000);
    }
    expect(made.closure?.error).toMatchObject({ code: 'CONNECTION_LOST' });
  },
  retryTime: async () => {
    const times: number[] = [];
    const random = createScriptedRandom({
      numbers: (function* (): Generator<number> {
        while (true) yield 0.999_999;
      })(),
    });
    const bench: Bench = setUp(
      { random },
      {
        onConnect: (connection) => {
          times.push(bench.clock.now());
          connection.refuse(500);
        },
      },
    );
    await bench.open();
    await bench.clock.advance(600_000);
    const waits = times.slice(1).map((time, index) => time - (times[index] as number));
    expect(Math.max(...waits)).toBeLessThanOrEqual(limitOf('retryTime'));
    expect(Math.max(...waits)).toBeGreaterThan(0.9 * limitOf('retryTime'));
  },
  askedWait: async () => {
    const retryAfter = 100 * limitOf('askedWait');
    for (const [chance, wait] of [
      [0, limitOf('askedWait')],
      [1, 1.2 * limitOf('askedWait')],
    ] as const) {
      const random = createScriptedRandom({ numbers: always(chance) });
      const refuse = {
        onConnect: (connection: ScriptedConnection) => connection.refuse(503, { retryAfter }),
      };
      const bench = setUp({ random }, refuse);
      await bench.open();
      await bench.clock.advance(wait - 1_000);
      expect(bench.server.connections.length).toBe(1);
      await bench.clock.advance(2_000);
      expect(bench.server.connections.length).toBe(2);
    }
  },
  renewals: async () => {
    let renewed = 0;
    const auth = bearer({ token: () => 't', refresh: async () => `t${++renewed}` });
    const bench = setUp({ auth }, { onConnect: (connection) => connection.refuse(401) });
    await bench.open();
    await bench.clock.advance(600_000);
    expect([renewed, bench.server.connections.length]).toEqual([limitOf('renewals'), 2]);
    expect(bench.of('closed')).toEqual([expect.objectContaining({ error: refusal('AUTH_REFUSED') })]);
  },
  renewalTime: async () => {
    let asked = 0;
    const auth = { prepare: () => ({}), renew: () => new Promise<void>(() => asked++) };
    const bench = setUp({ auth }, { onConnect: (connection) => connection.refuse(401) });
    await bench.open();
    await bench.clock.advance(limitOf('renewalTime') - 1);
    expect(asked).toBe(1);
    await bench.clock.advance(limitOf('retryTime'));
    expect(asked).toBe(2);
  },
  handovers: async () => {
    // A server that says for ever that it restarts, and a program that believes it.
    const bench: Bench = setUp(
      { use: [handover({ when: () => true, spread: 0 })] },
      {
        onConnect: (connection) => {
          connection.accept();
          bench.clock.setTimer(() => connection.send('{"method":"restarting"}'), 1);
        },
      },
    );
    bench.client.onEvent('restarting', () => void bench.client.handover().catch(() => {}));
    await bench.open();
    await bench.clock.advance(10 * limitOf('handovers'));
    expect(bench.server.connections.length).toBeGreaterThan(8);
    expect(bench.server.connections.length).toBeLessThanOrEqual(1 + 1 + 10);
  },
  oldLines: byTest('test/connection/handover.test.ts', 'leaves few old lines, however long each may take'),
  sessions: byTest('test/transport/tcp/dialling/session-cache.test.ts', 'index < MAX_TLS_SESSIONS'),
  sessionAge: byTest(
    'test/transport/tcp/dialling/session-cache.test.ts',
    'forgets a session when it is over',
  ),
};

describe('the bounds on what a server can make us hold or do', () => {
  it('are in one table, each complete', () => {
    expect([...BOUNDS.keys()].sort()).toEqual([...BOUND_NAMES].sort());
    const incomplete = [...BOUNDS].filter(
      ([, { what, standard, option, beyond }]) => !what || standard === undefined || !option || !beyond,
    );
    expect(incomplete).toEqual([]);
  });

  it('that have an option say so, and no other (else: a test that has set it)', () => {
    expect(() => subscriptions({ maxBytes: 1, maxEvents: 1 })).not.toThrow();
    expect(() => createClient({ url: 'ws://test', limits: { maxHeld: 1 } as never })).toThrow();
  });

  it.each([...BOUNDS.keys()])('%s', (name) => PROOFS[name]());
});
