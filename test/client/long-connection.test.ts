import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { login } from '../../src/auth/login.ts';
import { AuthError, ConnectionError } from '../../src/base/errors.ts';
import type { Envelope } from '../../src/messaging/envelope.ts';
import { raw } from '../../src/messaging/raw.ts';
import { countingSignal, setUp, watch } from './set-up.ts';

/** Errors that were reported as uncaught, instead of ending the test. */
let reported: unknown[];

beforeEach(() => {
  reported = [];
  vi.stubGlobal('queueMicrotask', (task: () => void) => {
    try {
      task();
    } catch (error) {
      reported.push(error);
    }
  });
});

afterEach(() => vi.unstubAllGlobals());

const failure = (code: string, outcome: string) => expect.objectContaining({ code, outcome });

describe('events', () => {
  it('tells of one life, each event once, with its payload', async () => {
    const { client, clock, server, told, open } = setUp();
    await open();
    server.last.send('{"method":"tick","params":1}');
    server.last.drop();
    const error = expect.objectContaining({ code: 'CONNECTION_LOST' });
    const closure = expect.objectContaining({ code: 1006, wasClean: false, error });
    await clock.advance(2_500);
    const closing = client.close(1000, 'bye');
    await clock.advance(0);
    const clean = await closing;
    expect(told).toEqual([
      ['state', 'idle>connecting'],
      ['state', 'connecting>ready'],
      ['ready', { epoch: 1 }],
      ['message', { method: 'tick', params: 1 }],
      ['error', error],
      ['lost', { epoch: 1, closure }],
      ['state', 'ready>waiting'],
      ['state', 'waiting>connecting'],
      ['state', 'connecting>ready'],
      ['ready', { epoch: 2 }],
      ['reconnected', { epoch: 2 }],
      ['gap', { previousEpoch: 1, epoch: 2, duration: 2_500, recovered: false }],
      ['state', 'ready>closing'],
      ['state', 'closing>closed'],
      ['closed', { closure: clean, error: undefined }],
    ]);
    expect(clean).toMatchObject({ code: 1000, wasClean: true, sent: { code: 1000, reason: 'bye' } });
  });

  it('tells times in whole milliseconds, whatever the clock and the jitter say', async () => {
    const bench = setUp({ random: { fill: () => {}, uniform: () => 1 / 3 } as never });
    await bench.open();
    const { client, clock, server, of } = bench;
    await clock.advance(0.25);
    server.last.drop();
    const { retryAt } = client.state;
    expect(retryAt).toBeGreaterThan(clock.wallTime());
    await clock.advance(5_000);
    const [{ duration }] = of('gap') as [{ duration: number }];
    expect(duration).toBeGreaterThan(0);
    expect([Number.isInteger(retryAt), Number.isInteger(duration)]).toEqual([true, true]);
  });

  it('measures a gap from the loss on, over all attempts that fail in between', async () => {
    let attempts = 0;
    const { clock, server, of, open } = setUp(
      {},
      { onConnect: (connection) => (++attempts === 2 ? connection.refuse(503) : connection.accept()) },
    );
    await open();
    server.last.drop();
    await clock.advance(2_500 + 2_000);
    expect(of('gap')).toEqual([{ previousEpoch: 1, epoch: 2, duration: 4_500, recovered: false }]);
    expect(of('lost')).toHaveLength(1);
    expect(of('error')).toMatchObject([
      { code: 'CONNECTION_LOST' },
      { code: 'HANDSHAKE_STATUS', status: 503 },
    ]);
  });

  it('passes round trips on', async () => {
    const { clock, of, open } = setUp({ heartbeat: { interval: 1_000, timeout: 500 } });
    await open();
    await clock.advance(1_000);
    expect(of('rtt')).toEqual([{ rtt: 0, smoothed: 0 }]);
  });

  it('calls once-listeners once, and those of the server’s events by name', async () => {
    const { client, server, open } = setUp();
    const once = vi.fn();
    const tick = vi.fn();
    const odd = vi.fn();
    client.once('message', once);
    const stop = client.onEvent('tick', tick);
    client.onEvent('__proto__', odd);
    await open();
    server.last.send('[{"method":"tick","params":1},{"method":"__proto__","params":2},{"method":"error"}]');
    stop();
    server.last.send('{"method":"tick","params":3}');
    expect([once.mock.calls.length, tick.mock.calls, odd.mock.calls]).toEqual([1, [[1]], [[2]]]);
  });

  it('reports what it cannot read, without quoting it, and goes on', async () => {
    const { client, server, of, open } = setUp();
    await open();
    server.last.send('token=secret');
    server.last.send('{"a":1}');
    const [error] = of('error') as [Error];
    expect(error).toMatchObject({
      code: 'BAD_MESSAGE',
      message: 'A message of the server could not be read and was left out. See the cause.',
      cause: expect.any(SyntaxError),
    });
    expect(`${error.message} ${error.cause} ${error.stack}`).not.toContain('secret');
    expect(of('message')).toEqual([{ a: 1 }]);
    expect([client.stats().received, client.state.status]).toEqual([2, 'ready']);
  });

  it('survives an envelope that throws', async () => {
    const broken = (): Envelope => ({
      ...raw()(),
      reader: () => ({
        split: (value) => [value],
        classify: () => {
          throw new Error('x');
        },
      }),
    });
    const { server, of, open } = setUp({ envelope: broken });
    await open();
    server.last.send('a');
    expect(of('error')).toMatchObject([{ code: 'BAD_MESSAGE' }]);
  });
});

describe('listeners that misbehave (attack 26)', () => {
  it('isolates one that throws', async () => {
    const { client, told, open } = setUp();
    const fault = new Error('bad listener');
    for (const name of ['state', 'ready'] as const) {
      client.on(name, () => {
        throw fault;
      });
    }
    await open();
    expect(told.map(([name]) => name)).toEqual(['state', 'state', 'ready']);
    expect(reported).toEqual([fault, fault, fault]);
  });

  it.each(['state', 'ready', 'reconnected', 'gap', 'message', 'error', 'lost'] as const)(
    'closes inside "%s": everything settles once and nothing is left',
    async (name) => {
      const { client, clock, server, told, of } = setUp();
      const request = watch(client.request('a', [], { idempotent: true }));
      const ready = watch(client.ready());
      await clock.advance(0);
      const closures: unknown[] = [];
      client.once(name, () => void client.close().then((closure) => closures.push(closure)));
      server.last.send('"hello"');
      server.last.drop();
      await clock.advance(5_000);
      expect(client.state.status).toBe('closed');
      expect(of('closed')).toHaveLength(1);
      expect(told.at(-1)?.[0]).toBe('closed');
      expect([ready.settled, request.settled, closures.length]).toEqual([1, 1, 1]);
      expect(request.value).toMatchObject({ outcome: 'unknown' });
      await clock.advance(60_000);
      expect([clock.pendingTimers, server.connections.filter(({ state }) => state !== 'closed')]).toEqual([
        0,
        [],
      ]);
    },
  );

  it('closes inside the very first "ready": waiters are told, what waits goes out first', async () => {
    const { client, clock, received } = setUp();
    client.once('ready', () => void client.close());
    const ready = watch(client.ready());
    const sent = watch(client.send('x'));
    await clock.advance(0);
    await clock.advance(0);
    expect([ready.value, sent.value]).toEqual([
      failure('CLIENT_CLOSED', 'not-sent'),
      { outcome: 'handed-off', epoch: 1 },
    ]);
    expect([received(), client.state.status]).toEqual([['x'], 'closed']);
  });

  it('closes inside the very first "ready" without a flush: waiters are told, what waits is not sent', async () => {
    const { client, clock, server } = setUp();
    client.once('ready', () => void client.close({ flush: false }));
    const ready = watch(client.ready());
    const sent = watch(client.send('x'));
    await clock.advance(0);
    await clock.advance(0);
    expect([ready.value, sent.value]).toEqual([
      failure('CLIENT_CLOSED', 'not-sent'),
      failure('CLIENT_CLOSED', 'not-sent'),
    ]);
    expect(server.last.received).toEqual([]);
  });

  it.each(['closed', 'drop'] as const)('connects again inside "%s": a new life begins', async (name) => {
    const { client, clock, server, received, of } = setUp({}, { onConnect: () => {} });
    const old = [watch(client.send('old')), watch(client.request('old')), watch(client.ready())];
    client.once(name, () => client.connect());
    await clock.advance(0);
    void client.close();
    await clock.advance(0);
    const closed = failure('CLIENT_CLOSED', 'not-sent');
    expect(old.map(({ value }) => value)).toEqual([closed, closed, closed]);
    expect([of('closed').length, client.state.status]).toEqual([1, 'connecting']);
    const fresh = [watch(client.send('new')), watch(client.request('new')), watch(client.ready())];
    server.last.accept();
    await clock.advance(0);
    expect(received()).toEqual(['new', expect.objectContaining({ method: 'new' })]);
    expect(fresh.map(({ value }) => value)).toEqual([
      { outcome: 'handed-off', epoch: 1 },
      'pending',
      client.state,
    ]);
  });
});

describe('ready()', () => {
  it('connects on first use and resolves with the state', async () => {
    const { client, clock } = setUp();
    const ready = client.ready();
    expect(client.state).toMatchObject({ status: 'connecting', reason: 'first use' });
    await clock.advance(0);
    expect(await ready).toBe(client.state);
    expect(await client.ready()).toBe(client.state);
    expect(client.state.status).toBe('ready');
  });

  it('stops waiting when its signal says so, and leaves no listener', async () => {
    const { client, clock } = setUp();
    const kept = countingSignal();
    const left = countingSignal();
    const [stays, leaves] = [
      watch(client.ready({ signal: kept.signal })),
      watch(client.ready({ signal: left.signal })),
    ];
    left.controller.abort('enough');
    await clock.advance(0);
    expect([stays.value, leaves.value]).toEqual([client.state, 'enough']);
    expect([kept.listeners(), left.listeners()]).toEqual([0, 0]);
    await expect(client.ready({ signal: AbortSignal.abort('no') })).rejects.toBe('no');
  });

  it('rejects when closed, before and after', async () => {
    const { client, clock } = setUp({}, { onConnect: () => {} });
    const waiting = watch(client.ready());
    const closed = client.close();
    const closing = watch(client.ready());
    await clock.advance(0);
    await closed;
    const after = watch(client.ready());
    await clock.settle();
    for (const { value } of [waiting, closing, after])
      expect(value).toEqual(failure('CLIENT_CLOSED', 'not-sent'));
  });

  it('rejects with what ended the client, until connect() begins again', async () => {
    let refused = true;
    const { client, clock, of } = setUp({
      auth: login(() => (refused ? Promise.reject(new AuthError('no')) : Promise.resolve())),
    });
    const waiting = watch(client.ready());
    await clock.advance(0);
    await clock.advance(0);
    expect(waiting.value).toBeInstanceOf(AuthError);
    expect(of('closed')).toEqual([{ closure: expect.anything(), error: waiting.value }]);
    await expect(client.ready()).rejects.toBe(waiting.value);
    expect(client.why()).toMatchObject({ lastError: waiting.value, rule: 'the login was refused' });
    refused = false;
    client.connect();
    await clock.advance(0);
    expect((await client.ready()).status).toBe('ready');
  });
});

describe('before the login is through', () => {
  it('sends the login first, then what waits, in order', async () => {
    const { client, clock, server, received } = setUp({
      auth: login(async (line) => {
        line.send('"me"');
        await line.receive();
      }),
    });
    const fates = [watch(client.send('a')), watch(client.notify('b')), watch(client.request('c'))];
    await clock.advance(100);
    expect([received(), client.state.status]).toEqual([['me'], 'authenticating']);
    server.last.send('"welcome"');
    server.last.send('"first"');
    await clock.settle();
    expect(received()).toEqual([
      'me',
      'a',
      { jsonrpc: '2.0', method: 'b' },
      { jsonrpc: '2.0', id: 1, method: 'c' },
    ]);
    expect(fates.map(({ value }) => value)).toEqual([
      { outcome: 'handed-off', epoch: 1 },
      { outcome: 'handed-off', epoch: 1 },
      'pending',
    ]);
    expect(client.stats()).toMatchObject({ sent: 3, received: 1, queued: 0, pending: 1 });
  });
});

describe('questions of the server', () => {
  it('answers them by handler, refuses unknown ones, and hides why a handler failed', async () => {
    const { client, clock, server, received, open } = setUp();
    const fault = new Error('database password is hunter2');
    const errors: unknown[] = [];
    client.on('error', (error) => errors.push(error));
    client.handle('double', async (n) => Number(n) * 2);
    client.handle('fail', () => {
      throw fault;
    });
    client.handle('odd', () => 1n);
    await open();
    for (const method of ['double', 'fail', 'odd', 'none', '__proto__']) {
      server.last.send(JSON.stringify({ id: method, method, params: 4 }));
    }
    await clock.settle();
    const answers = Object.fromEntries(received().map((answer: any) => [`_${answer.id}`, answer]));
    const refused = (id: string, code: number, message: string) => ({
      jsonrpc: '2.0',
      id,
      error: { code, message },
    });
    expect(answers).toEqual({
      _double: { jsonrpc: '2.0', id: 'double', result: 8 },
      _fail: refused('fail', -32_603, 'Internal error'),
      _odd: refused('odd', -32_603, 'Internal error'),
      _none: refused('none', -32_601, 'Method not found: none'),
      ___proto__: refused('__proto__', -32_601, 'Method not found: __proto__'),
    });
    expect(errors).toEqual([
      expect.objectContaining({ code: 'HANDLER_FAILED', cause: fault }),
      expect.objectContaining({
        code: 'HANDLER_FAILED',
        cause: expect.objectContaining({ code: 'INVALID_DATA' }),
      }),
    ]);
    expect(String(errors[0])).not.toContain('hunter2');
    expect(reported).toEqual([]);
  });

  it('answers on the line that asked, or not at all', async () => {
    const { client, clock, server, open } = setUp();
    client.handle('slow', () => new Promise((resolve) => clock.setTimer(() => resolve('late'), 1_000)));
    client.handle('fast', () => 'now');
    await open();
    server.last.send('{"id":1,"method":"slow"}');
    server.last.bufferedAmount = 17 * 1024 * 1024;
    server.last.send('{"id":2,"method":"fast"}');
    await clock.settle();
    expect([client.stats().queued, server.last.received]).toEqual([0, []]);
    server.last.drop();
    await clock.advance(10_000);
    expect([server.connections.length, server.last.received, client.stats().queued]).toEqual([2, [], 0]);
    expect(reported).toEqual([]);
  });

  it('hands them over as messages where the envelope cannot answer', async () => {
    const envelope = (): Envelope => ({
      ...raw()(),
      reader: () => ({
        split: (value) => [value],
        classify: (message) =>
          message === 'r'
            ? { kind: 'reply', key: 1, result: 1 }
            : { kind: 'request', key: 1, method: 'x', params: 1 },
      }),
    });
    const { server, of, open } = setUp({ envelope });
    await open();
    server.last.send('q');
    server.last.send('r');
    expect([of('message'), of('lateReply')]).toEqual([['q'], [{ key: 1 }]]);
  });
});

describe('an envelope without requests', () => {
  it('refuses what it cannot do, and says what to do instead', async () => {
    const { client } = setUp({ envelope: raw() });
    const refusal = {
      code: 'UNSUPPORTED',
      message:
        'This client has no requests. They need an envelope that knows them: jsonRpc() does, raw() does not. ' +
        'A client of createSlimClient() needs use: [requests()] too.',
    };
    await expect(client.request('sum')).rejects.toMatchObject(refusal);
    await expect(client.notify('sum')).rejects.toMatchObject(refusal);
    expect(() => client.handle('sum', () => 1)).toThrow(expect.objectContaining(refusal));
  });
});

describe('close()', () => {
  it('refuses a wrong code at once', () => {
    const { client } = setUp();
    expect(() => client.close(1001)).toThrow(expect.objectContaining({ code: 'INVALID_CLOSE' }));
    expect(client.state.status).toBe('idle');
  });

  it.each(['idle', 'connecting', 'ready', 'waiting', 'closed'])(
    'leaves nothing behind when %s',
    async (status) => {
      const { client, clock, server, of } = setUp(
        { heartbeat: { interval: 1_000 } },
        { onConnect: (connection) => status !== 'connecting' && connection.accept() },
      );
      if (status !== 'idle') {
        client.connect();
        await clock.advance(0);
      }
      if (status === 'waiting') server.last.drop();
      if (status === 'closed') {
        void client.close();
        await clock.advance(0);
      }
      expect(client.state.status).toBe(status);
      const sent = status === 'idle' || status === 'closed' ? undefined : watch(client.send('x'));
      const first = client.close();
      const second = client.close();
      await clock.advance(0);
      expect(await first).toEqual(await second);
      expect([of('closed').length, client.state.status]).toEqual([1, 'closed']);
      expect(sent?.settled ?? 1).toBe(1);
      if (status === 'connecting') await clock.advance(10_000); // the server's own deadline, not the client's
      expect(clock.pendingTimers).toBe(0);
    },
  );

  it('ends within closeTimeout when the server does not answer', async () => {
    const { client, clock, of, open } = setUp({ closeTimeout: 700 }, { answerClose: false });
    await open();
    const fate = watch(client.close());
    await clock.advance(699);
    expect(fate.value).toBe('pending');
    await clock.advance(1);
    expect(fate.value).toMatchObject({ error: { code: 'CLOSE_TIMEOUT' } });
    expect([of('closed').length, of('error').length, clock.pendingTimers]).toEqual([1, 0, 0]);
  });

  it('is what `await using` does', async () => {
    const { client, clock, open } = setUp();
    await open();
    const disposed = client[Symbol.asyncDispose]();
    await clock.advance(0);
    await disposed;
    expect(client.state.status).toBe('closed');
  });

  it('shows no query string anywhere', async () => {
    const { client, server, told, clock, open } = setUp({ reconnect: false });
    await open();
    server.last.drop();
    await clock.settle();
    const all = JSON.stringify([told, client.why()], (_, value) =>
      value instanceof Error ? [value.message, value.stack, { ...value }] : value,
    );
    expect(all).not.toContain('hush');
    expect(client.why().lastError).toBeInstanceOf(ConnectionError);
  });
});
