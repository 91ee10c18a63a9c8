import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { bearer } from '../../../src/auth/bearer.ts';
import { subprotocolToken } from '../../../src/auth/subprotocol-token.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { connect, createClient } from '../../../src/client/create-client.node.ts';
import type { TraceRecord } from '../../../src/client/records/record.ts';
import { recordConnections } from '../../../src/client/records/recorder.ts';
import { trace } from '../../../src/client/trace.ts';
import { nativeTransport } from '../../../src/transport/native/native-transport.ts';
import { tcpTransport } from '../../../src/transport/tcp/tcp-transport.ts';
import { setUp, watch } from '../set-up.ts';

/** What one run has told, without times. */
function recorded(): {
  told: TraceRecord[];
  of: (type: TraceRecord['type']) => object[];
  tell: (record: TraceRecord) => void;
} {
  const told: TraceRecord[] = [];
  return {
    told,
    of: (type) => told.filter((record) => record.type === type).map(({ time: _, type: __, ...rest }) => rest),
    tell: (record) => void told.push(record),
  };
}

async function gone(
  client: { close(): Promise<unknown> },
  clock: { advance(ms: number): Promise<void> },
): Promise<void> {
  const closed = client.close();
  await clock.advance(100);
  await closed;
}

describe('records of requests', () => {
  it('say how each ended, and how long it took', async () => {
    const { of, tell } = recorded();
    const { client, clock, server, open } = setUp({ use: [trace(tell)], requestTimeout: 500 });
    await open();
    const fates = ['sum', 'refused', 'late'].map((method) => watch(client.request(method)));
    await clock.advance(20);
    server.last.send('{"jsonrpc":"2.0","id":1,"result":3}');
    server.last.send('{"jsonrpc":"2.0","id":2,"error":{"code":7,"message":"no"}}');
    await clock.advance(500);
    fates.push(watch(client.request('lost')));
    server.last.drop();
    await clock.advance(1);
    await gone(client, clock);
    fates.push(watch(client.request('closed')));
    await clock.settle();
    expect(fates.map(({ settled }) => settled)).toEqual([1, 1, 1, 1, 1]);
    expect(of('request')).toEqual([
      { id: 1, name: 'sum' },
      { id: 2, name: 'refused' },
      { id: 3, name: 'late' },
      { id: 4, name: 'lost' },
      { id: 5, name: 'closed' },
    ]);
    expect(of('reply')).toMatchObject([
      { id: 1, name: 'sum', outcome: 'replied', duration: 20 },
      { id: 2, name: 'refused', outcome: 'refused', duration: 20, error: { code: 'REQUEST_REJECTED' } },
      { id: 3, name: 'late', outcome: 'unknown', duration: 500, error: { code: 'REQUEST_TIMEOUT' } },
      { id: 4, name: 'lost', outcome: 'unknown', error: { name: 'DeliveryError', code: 'REPLY_LOST' } },
      { id: 5, name: 'closed', outcome: 'not-sent', error: { code: 'CLIENT_CLOSED' } },
    ]);
  });

  it('of a call that was wrong: failed; and a rejection that nobody catches stays one', async () => {
    const { of, tell } = recorded();
    const { client, clock, open } = setUp({ use: [trace(tell)] });
    await open();
    await expect(client.request('sum', [1n])).rejects.toThrow('cannot be sent');
    expect(of('reply')).toMatchObject([{ outcome: 'failed', error: { code: 'INVALID_DATA' } }]);
    const caught: unknown[] = [];
    const listener = (error: unknown): void => void caught.push(error);
    process.on('unhandledRejection', listener);
    void client.request('nobody', [1n]);
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', listener);
    expect(caught).toHaveLength(1);
    await gone(client, clock);
  });
});

describe('records of a client', () => {
  it('say of what is no error of the package only what JSON can carry', async () => {
    const { of, tell } = recorded();
    const { client, clock, open } = setUp({ use: [trace(tell)] });
    await open();
    const unhandled: unknown[] = [];
    const listener = (error: unknown): void => void unhandled.push(error);
    process.on('unhandledRejection', listener);
    const odd = { name: 3, message: 7n, status: 4n };
    for (const reason of [undefined, Object.create(null), odd, null, 'text']) {
      const abort = new AbortController();
      client.subscribe('ticks', undefined as never, { signal: abort.signal } as never);
      abort.abort(reason);
      await clock.settle();
    }
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', listener);
    expect(unhandled).toEqual([]);
    const ended = (of('subscription') as { status: string; error?: object }[]).filter(
      ({ status }) => status === 'closed',
    );
    expect(ended.map(({ error }) => error)).toEqual([
      // The platform's words.
      { name: 'AbortError', message: AbortSignal.abort().reason.message },
      { name: 'Error', message: 'An object.' },
      { name: 'Error', message: 'An object.' },
      { name: 'Error', message: 'null' },
      { name: 'Error', message: 'text' },
    ]);
    await gone(client, clock);
  });

  it('tell states with why, subscriptions, gaps, drops and errors', async () => {
    const { of, told, tell } = recorded();
    const { client, clock, server, open } = setUp({ use: [trace(tell)], outbox: { maxMessages: 1 } });
    await open();
    const ticks = client.subscribe('ticks');
    server.last.send('{"jsonrpc":"2.0","id":1,"result":"s1"}');
    server.last.drop();
    await clock.advance(0);
    void client.send('a');
    void client.send('b');
    await clock.advance(10_000);
    server.last.send('{"jsonrpc":"2.0","id":3,"result":"s2"}');
    ticks.unsubscribe();
    await gone(client, clock);
    expect(of('subscription')).toEqual([
      { id: 1, name: 'ticks', status: 'pending' },
      { id: 1, name: 'ticks', status: 'active' },
      { id: 1, name: 'ticks', status: 'pending' },
      expect.objectContaining({ id: 1, status: expect.stringMatching(/active|closed/) }),
      ...(of('subscription').length > 4 ? [expect.objectContaining({ status: 'closed' })] : []),
    ]);
    expect(of('gap')).toMatchObject([{ previousEpoch: 1, epoch: 2, recovered: false }]);
    expect(of('drop')).toMatchObject([{ outcome: 'not-sent', error: { code: 'OUTBOX_FULL' } }]);
    expect(of('error')).toMatchObject([{ error: { name: 'ConnectionError', code: 'CONNECTION_LOST' } }]);
    const [, , waiting] = of('state');
    expect(waiting).toMatchObject({ from: 'ready', to: 'waiting', reason: 'connection lost', epoch: 1 });
    expect(waiting).toHaveProperty('retryAt');
    expect((waiting as { why: string }).why).toMatch(/^waiting, attempt \d in \d s: /);
    expect(of('close')).toMatchObject([
      { connection: 1, code: 1006, wasClean: false, error: { code: 'CONNECTION_LOST' } },
      { connection: 2, code: 1005, wasClean: true },
    ]);
    expect(
      told.every((record) => JSON.stringify(JSON.parse(JSON.stringify(record))) === JSON.stringify(record)),
    ).toBe(true);
  });

  it('tell a round trip', async () => {
    const { of, tell } = recorded();
    const { client, clock, server, open } = setUp({ use: [trace(tell)], heartbeat: { interval: 1_000 } });
    await open();
    await clock.advance(1_000);
    server.last.pong();
    await gone(client, clock);
    expect(of('rtt')).toHaveLength(1);
    expect(of('rtt')[0]).toHaveProperty('smoothed');
  });

  it('tell durations in tenths of a millisecond, whoever measured them', async () => {
    const { of, tell } = recorded();
    const { client, clock, server, open } = setUp(
      { use: [trace(tell)], heartbeat: { interval: 1_000 }, reconnect: { backoff: () => 2_000.0476 } },
      { answerPings: false },
    );
    await open();
    await clock.advance(1_000);
    await clock.advance(3.0447629999980563);
    server.last.pong();
    expect(of('rtt')).toEqual([{ rtt: 103, smoothed: 103 }]);
    server.last.drop();
    await clock.advance(10_000);
    await gone(client, clock);
    expect(of('gap')).toMatchObject([{ epoch: 2, duration: 2_000 }]);
  });

  it('of a subscription that is refused say why it ended', async () => {
    const { of, tell } = recorded();
    const { client, clock, server, open } = setUp({ use: [trace(tell)] });
    await open();
    client.subscribe('ticks');
    server.last.send('{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"no"}}');
    await clock.settle();
    expect(of('subscription').at(-1)).toMatchObject({
      status: 'closed',
      error: { code: 'REQUEST_REJECTED' },
    });
    await gone(client, clock);
  });
});

describe('records of the handshake', () => {
  it('show no value that may be secret: headers, subprotocols, query, cookies', async () => {
    const { told, of, tell } = recorded();
    const { client, clock, server, open } = setUp(
      {
        url: 'ws://somebody:password-1@test/room?token=token-in-query',
        protocols: ['chat', 'token-as-protocol'],
        auth: bearer({ token: 'token-in-header' }),
        use: [trace(tell, { preview: 100 })],
      },
      {
        onConnect: (connection) =>
          connection.accept('chat', { server: 'nginx', 'x-seen': 'token-in-header and token-as-protocol' }),
      },
    );
    await open();
    server.last.request.trace?.({
      direction: 'in',
      opcode: 1,
      fin: true,
      length: 20,
      payload: new TextEncoder().encode('I saw token-in-query!'),
    });
    server.last.close(4000, 'bye token-in-query');
    await clock.settle();
    await gone(client, clock);
    expect(of('connect')[0]).toEqual({
      connection: 1,
      url: 'ws://test/room',
      protocols: 2,
      headers: { Authorization: '[redacted]' },
    });
    expect(of('open')[0]).toEqual({
      connection: 1,
      duration: 0,
      protocol: 'chat',
      extensions: '',
      headers: { server: 'nginx', 'x-seen': '[redacted] and [redacted]' },
    });
    expect(of('frame')[0]).toMatchObject({ preview: 'I saw [redacted]!', encoding: 'text' });
    expect(of('close')[0]).toMatchObject({ code: 4000, reason: 'bye [redacted]' });
    expect(JSON.stringify(told)).not.toMatch(/token-in|token-as|password-1/);
  });

  it('of one that is refused show no token that was offered as a subprotocol', async () => {
    const { told, of, tell } = recorded();
    const { client, clock } = setUp(
      { auth: subprotocolToken({ token: 'token-as-protocol' }), reconnect: false, use: [trace(tell)] },
      { onConnect: (connection) => connection.refuse(403, { statusText: 'not token-as-protocol' }) },
    );
    client.connect();
    await clock.advance(10);
    expect(of('close')[0]).toMatchObject({ error: { name: 'HandshakeError', code: 'HANDSHAKE_STATUS' } });
    expect(JSON.stringify(told)).not.toContain('token-as');
  });
});

describe('over real connections', () => {
  let server: WebSocketServer;
  let url: string;
  beforeEach(async () => {
    server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await once(server, 'listening');
    url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    server.on('connection', (socket) =>
      socket.on('message', (data) => {
        const { id, params } = JSON.parse(String(data));
        socket.send(JSON.stringify({ jsonrpc: '2.0', id, result: params[0] + params[1] }));
      }),
    );
  });
  afterEach(async () => {
    for (const socket of server.clients) socket.terminate();
    server.close();
    await once(server, 'close');
  });

  it('TCP tells the phases and every frame', async () => {
    const { told, of, tell } = recorded();
    const headers = { Cookie: 'a=secret-cookie', 'User-Agent': 'test' };
    const client = createClient({ url, headers, use: [trace(tell, { preview: 1_000 })] });
    await client.ready();
    await client.request('sum', [1, 2]);
    await client.close();
    expect(of('phase').map((record) => (record as { phase: string }).phase)).toEqual(['tcp', 'http']);
    expect(of('phase')[1]).toMatchObject({ headers: { Cookie: '[redacted]', 'User-Agent': 'test' } });
    const frames = of('frame') as { direction: string; opcode: string; preview: string }[];
    expect(frames.map(({ direction, opcode }) => `${direction} ${opcode}`)).toEqual([
      'out text',
      'in text',
      'out close',
      'in close',
    ]);
    expect(frames[0]?.preview).toContain('"sum"');
    expect(JSON.stringify(told)).not.toContain('secret-cookie');
  });

  it('the platform’s WebSocket tells messages, and no phases', async () => {
    const { of, tell } = recorded();
    const client = createClient({
      url,
      transport: nativeTransport({ WebSocket: WebSocket as never }),
      use: [trace(tell)],
    });
    await client.ready();
    await client.request('sum', [1, 2]);
    await client.close();
    expect(of('phase')).toEqual([]);
    expect(of('frame')).toMatchObject([
      { direction: 'out', opcode: 'text' },
      { direction: 'in', opcode: 'text' },
    ]);
    expect(of('frame').some((frame) => 'preview' in frame)).toBe(false);
  });

  it('what a tracer and a listener of the request’s own are told stays theirs', async () => {
    const { told, tell } = recorded();
    const wrap = recordConnections(systemClock, { preview: 9, wants: () => true, tell });
    const heard: string[] = [];
    const close = new Promise((resolve) => {
      const transport = wrap((request, sink) => {
        request.onPhase?.('tls');
        request.trace?.({
          direction: 'in',
          opcode: 1,
          fin: true,
          length: 2,
          payload: Uint8Array.of(104, 105),
          compressed: true,
        });
        queueMicrotask(() => sink.close({ code: 1006, reason: '', wasClean: false, error: 'odd' as never }));
        return {} as never;
      });
      transport(
        {
          url: 'ws://a/',
          protocols: [],
          headers: [],
          onPhase: (phase: string) => heard.push(phase),
          trace: () => heard.push('frame'),
        } as never,
        { close: resolve } as never,
      );
    });
    await close;
    expect(heard).toEqual(['tls', 'frame']);
    expect(told).toMatchObject([
      { type: 'connect' },
      { type: 'phase', phase: 'tls' },
      { type: 'frame', length: 2, inflated: 2, preview: 'hi' },
      { type: 'close', error: { name: 'Error', message: 'odd' } },
    ]);
  });

  it('a short connection can be recorded by its transport', async () => {
    const { told, tell } = recorded();
    const wrap = recordConnections(systemClock, { preview: 0, wants: (type) => type !== 'phase', tell });
    const socket = await connect(url, { transport: wrap(tcpTransport()) });
    await socket.close();
    expect(told.map(({ type }) => type)).toEqual(['connect', 'open', 'frame', 'frame', 'close']);
  });
});
