// A whole client over long polling: what is promised over a WebSocket is promised here.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type Client,
  type ClientOptions,
  createClient,
  handover,
  loginLoop,
  raw,
} from '../../../src/index.node.ts';
import { fallback, longPolling, pollingTransport } from '../../../src/polling.ts';
import { createScriptedRandom } from '../../../src/testing/scripted-random.ts';
import { createScriptedServer } from '../../../src/testing/scripted-server.ts';
import { createVirtualClock, type VirtualClock } from '../../../src/testing/virtual-clock.ts';
import type { TransportFactory } from '../../../src/transport/transport.ts';
import { halves } from '../../client/set-up.ts';
import { LongPollServer } from '../../tools/long-poll-server.ts';

let clock: VirtualClock;
let server: LongPollServer;
let client: Client;
let told: string[];

function* bytes(): Generator<number> {
  for (let byte = 0; ; byte++) yield byte % 251;
}

const polling = (): TransportFactory => pollingTransport({ ...longPolling(), fetch: server.fetch });

function start(options: Partial<ClientOptions> = {}): Client {
  client = createClient({
    url: 'http://host/chat',
    clock,
    random: createScriptedRandom({ numbers: halves(), bytes: bytes() }),
    transport: polling(),
    ...options,
  } as ClientOptions);
  told = [];
  client.on('message', (message) => told.push(`message ${JSON.stringify(message)}`));
  client.on('lost', () => told.push('lost'));
  client.on('gap', ({ recovered }) => told.push(`gap ${recovered}`));
  client.on('reconnected', () => told.push('reconnected'));
  return client;
}

/** Lets promises run, which a chain of requests needs some turns for. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await clock.settle();
}

async function pass(ms: number): Promise<void> {
  await clock.advance(ms);
  await settle();
}

async function ready(options: Partial<ClientOptions> = {}): Promise<void> {
  start(options).connect();
  await settle();
  await pass(1);
  expect(client.state.status).toBe('ready');
}

/** What a server of JSON-RPC does: adds, and tells of ticks. */
function speakRpc(): void {
  server.onMessage = (text, say) => {
    const { id, method, params } = JSON.parse(text);
    if (method === 'sum') say(JSON.stringify({ jsonrpc: '2.0', id, result: params[0] + params[1] }));
    else if (method === 'subscribe')
      say(JSON.stringify({ jsonrpc: '2.0', id, result: `s${params[1].symbol}` }));
    else if (id !== undefined)
      say(JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32601, message: 'no' } }));
  };
}

beforeEach(() => {
  vi.spyOn(console, 'warn').mockImplementation(() => {});
  clock = createVirtualClock();
  server = new LongPollServer(clock);
});

afterEach(async () => {
  const closed = client.close();
  await pass(10_000);
  await closed;
  expect(clock.pendingTimers).toBe(0);
});

describe('a client over long polling', () => {
  it('logs in by a conversation, and hears what came right behind it', async () => {
    const names = ['alice', 'hlq'];
    server.onMessage = (text, say) => {
      say(text === 'hlq' ? 'True' : 'name is not exist');
      if (text === 'hlq') say('welcome');
    };
    await ready({ envelope: raw(), auth: loginLoop({ answer: () => names.shift() }) });
    expect(server.received).toEqual(['alice', 'hlq']);
    expect(told).toEqual(['message "welcome"']);
    expect(client.why()).toMatchObject({ wire: 'polling', isWatched: true });
    expect(client.why().summary).toContain('over polling');
  });

  it('asks, is answered, and puts what is asked in one turn into one request', async () => {
    speakRpc();
    await ready();
    const sums = Promise.all([client.request('sum', [1, 2]), client.request('sum', [3, 4])]);
    await settle();
    expect(await sums).toEqual([3, 7]);
    expect(server.log.filter((line) => line.startsWith('POST'))).toHaveLength(1);
  });

  it('takes an answered poll for life: nothing else is asked', async () => {
    await ready({ envelope: raw() });
    await pass(600_000);
    expect(client.state).toMatchObject({ status: 'ready', epoch: 1 });
    expect(console.warn).not.toHaveBeenCalled();
  });

  it('notices a server that has gone silent, within the hold and the timeout', async () => {
    let isSilent = false;
    const silent = {
      ...longPolling(),
      fetch: ((url, init) =>
        isSilent ? new Promise(() => {}) : server.fetch(url, init)) as typeof server.fetch,
    };
    await ready({ envelope: raw(), transport: pollingTransport({ ...silent, repeats: false }) });
    isSilent = true;
    server.push('so that the next poll is one that nobody answers');
    await settle();
    await pass(39_000);
    expect(client.state.status).toBe('ready');
    await pass(2_000);
    expect(client.state.status).not.toBe('ready');
    isSilent = false;
    await pass(30_000);
    expect(client.state.status).toBe('ready');
    expect(told.slice(-2)).toEqual(['reconnected', 'gap false']);
  });

  it('is asked by the heartbeat where there is a question, and a POST that is answered is life', async () => {
    speakRpc();
    await ready();
    await pass(120_000);
    expect(client.state).toMatchObject({ status: 'ready', epoch: 1 });
    expect(server.log.some((line) => line.startsWith('POST'))).toBe(true);
  });

  it('an answer that is lost costs nothing where it can be asked for again', async () => {
    await ready({ envelope: raw() });
    server.lose.GET = 1;
    server.push('one');
    await settle();
    expect(told).toEqual([]);
    await pass(1_000);
    server.push('two');
    await settle();
    expect(told).toEqual(['message "one"', 'message "two"']);
    expect(client.state.epoch).toBe(1);
  });

  it('an answer that is lost is a gap where it cannot', async () => {
    await ready({
      envelope: raw(),
      transport: pollingTransport({ ...longPolling(), repeats: false, fetch: server.fetch }),
    });
    server.lose.GET = 1;
    server.push('lost for good');
    await settle();
    await pass(5_000);
    expect(told).toEqual(['lost', 'reconnected', 'gap false']);
  });

  it('a request whose POST failed after it was carried out is unknown, and is not sent again', async () => {
    speakRpc();
    await ready();
    server.lose.POST = 1;
    const failed = client.request('sum', [1, 2]).catch((error: unknown) => error);
    await settle();
    await pass(1);
    expect(await failed).toMatchObject({ code: 'REPLY_LOST', outcome: 'unknown' });
    await pass(30_000);
    expect(server.received.filter((text) => text.includes('sum'))).toHaveLength(1);
  });

  it('one that is idempotent is sent again under its id, on the next connection', async () => {
    speakRpc();
    await ready();
    server.lose.POST = 1;
    const sum = client.request('sum', [1, 2], { idempotent: true });
    await pass(10_000);
    expect(await sum).toBe(3);
    const ids = server.received.filter((text) => text.includes('sum')).map((text) => JSON.parse(text).id);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
  });

  it('messages wait while the server is away, and leave once, in order', async () => {
    server.status = 503;
    start({ envelope: raw() }).connect();
    await settle();
    const sent = Promise.all(['a', 'b', 'c'].map((text) => client.send(text)));
    await pass(3_000);
    server.status = undefined;
    await pass(60_000);
    expect((await sent).map(({ outcome }) => outcome)).toEqual(['handed-off', 'handed-off', 'handed-off']);
    expect(server.received).toEqual(['a', 'b', 'c']);
    expect(server.log).toContain('POST ["a","b","c"]');
  });

  it('obeys the wait that a server asks for, also in the middle of a connection', async () => {
    await ready({ envelope: raw() });
    server.status = 429;
    server.retryAfter = 40;
    server.push('wakes the poll: the next is refused');
    await settle();
    await pass(1);
    expect(client.state.status).toBe('waiting');
    expect(client.why().rule).toBe('Retry-After of HTTP 429');
    const asked = server.log.length;
    await pass(39_000);
    expect(server.log).toHaveLength(asked);
    server.status = undefined;
    await pass(20_000);
    expect(client.state.status).toBe('ready');
  });

  it('a session that the server forgot is a new connection, and a gap', async () => {
    await ready({ envelope: raw() });
    server.forget();
    await settle();
    await pass(5_000);
    expect(client.state).toMatchObject({ status: 'ready', epoch: 2 });
    expect(told).toEqual(['lost', 'reconnected', 'gap false']);
  });

  it('subscriptions are asked for on every connection', async () => {
    speakRpc();
    await ready();
    const events: unknown[] = [];
    const subscription = client.subscribe('ticks', { symbol: 'A' });
    subscription.on((event) => events.push(event));
    await settle();
    const tick = (n: number): string =>
      JSON.stringify({ jsonrpc: '2.0', method: 'subscription', params: { subscription: 'sA', result: n } });
    server.push(tick(1));
    await settle();
    server.forget();
    await settle();
    await pass(5_000);
    server.push(tick(2));
    await settle();
    expect(events).toEqual([1, 2]);
  });

  it('credentials stay out of errors', async () => {
    server.status = 404;
    start({ url: 'http://host/chat?token=verysecrettoken', transport: polling() }).connect();
    await settle();
    expect(client.why().lastError).toMatchObject({ code: 'HANDSHAKE_STATUS', status: 404 });
    const { lastError } = client.why();
    expect(JSON.stringify([lastError, lastError?.message, lastError?.stack])).not.toContain(
      'verysecrettoken',
    );
  });
});

describe('a client with a fallback to long polling', () => {
  it('falls back, says why, and goes back beside the connection in use, without a hole', async () => {
    speakRpc();
    let isBroken = true;
    const websocket = createScriptedServer({
      onMessage: (connection, text) => {
        const { id, params } = JSON.parse(String(text));
        connection.send(JSON.stringify({ jsonrpc: '2.0', id, result: params[0] + params[1] }));
      },
      onConnect: (connection) => (isBroken ? connection.refuse(426) : connection.accept()),
    });
    await ready({
      transport: websocket.transport,
      use: [fallback([polling()], { remember: 60_000 }), handover()],
    });
    expect(client.why().wire).toBe('polling: the WebSocket was refused (HANDSHAKE_STATUS, HTTP 426)');
    const first = client.request('sum', [1, 2]);
    await settle();
    expect(await first).toBe(3);
    await pass(61_000);
    expect(client.state).toMatchObject({ status: 'ready', epoch: 1 });
    isBroken = false;
    await pass(65_000);
    expect(client.state).toMatchObject({ status: 'ready', epoch: 2, reason: 'handed over' });
    expect(client.why().wire).toBeUndefined();
    expect(told).not.toContain('lost');
    const second = client.request('sum', [3, 4]);
    await pass(1);
    expect(await second).toBe(7);
    const asked = server.log.length;
    await pass(120_000);
    expect(server.log).toHaveLength(asked);
  });
});
