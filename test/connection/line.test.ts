import { describe, expect, it } from 'vitest';
import type { LoginLine } from '../../src/auth/authenticator.ts';
import { AuthError, ConnectionError } from '../../src/base/errors.ts';
import { DEFAULT_LIMITS } from '../../src/protocol/limits.ts';
import type { Transport, TransportSink } from '../../src/transport/transport.ts';
import { askToEnter, createHarness, type Harness, type HarnessSetup } from '../tools/connection-harness.ts';

type Login = (line: LoginLine) => Promise<void>;

/** Connects, and lets the login begin. */
async function begin(login: Login, setup: HarnessSetup = {}): Promise<Harness> {
  const harness = createHarness({ ...setup, options: { login, ...setup.options } });
  harness.connection.connect();
  await harness.clock.advance(0);
  return harness;
}

const forEver = (): Promise<never> => new Promise(() => {});

describe('a login', () => {
  it('runs before the line is ready; only its messages flow', async () => {
    const harness = await begin(askToEnter);
    expect(harness.connection.state).toMatchObject({
      status: 'authenticating',
      reason: 'connection opened',
      epoch: 0,
    });
    expect([harness.connection.line?.send('early'), harness.server.last.received]).toEqual([false, ['me']]);
    harness.server.last.drain();
    harness.server.last.send('True');
    await harness.clock.settle();
    expect(harness.told).toEqual(['> connecting', '> authenticating', '> ready', 'ready 1']);
    expect(harness.connection.state.reason).toBe('login accepted');
    await harness.finish();
  });

  it('does not begin where a listener closes as the line opens', async () => {
    let logins = 0;
    const harness = createHarness({ options: { login: async () => void logins++ } });
    harness.onTold = (name) => name === '> authenticating' && void harness.connection.close();
    harness.connection.connect();
    await harness.clock.advance(0);
    expect([logins, harness.connection.state.status]).toEqual([0, 'closed']);
    await harness.finish();
  });

  it('runs on every new line, and is told which attempt it is', async () => {
    const attempts: number[] = [];
    const harness = await begin(async (line) => void attempts.push(line.attempt));
    harness.server.last.drop();
    await harness.clock.advance(2_500);
    expect([attempts, harness.connection.state.epoch]).toEqual([[1, 2], 2]);
    await harness.finish();
  });

  it('leaves what it has not read to the client, in order, after ready', async () => {
    const harness = await begin(askToEnter);
    for (const message of ['True', 'one', 'two']) harness.server.last.send(message);
    harness.onTold = (name) => name === 'message one' && harness.server.last.send('three');
    await harness.clock.settle();
    harness.server.last.send('four');
    expect(harness.told.slice(-6)).toEqual([
      '> ready',
      'ready 1',
      'message one',
      'message two',
      'message three',
      'message four',
    ]);
    await harness.finish();
  });

  it('reads what came before it asked, text and binary', async () => {
    const seen: unknown[] = [];
    const server = {
      onConnect: (end: Harness['server']['last']) => {
        end.accept();
        end.send('a');
        end.send(new Uint8Array([1]));
      },
    };
    const harness = await begin(
      async (line) => {
        await undefined;
        seen.push(await line.receive(), await line.receive());
      },
      { server },
    );
    expect([seen, harness.connection.state.status]).toEqual([['a', new Uint8Array([1])], 'ready']);
    await harness.finish();
  });

  it('gives several readers their messages in turn', async () => {
    let read: unknown;
    const harness = await begin(async (line) => {
      read = await Promise.all([line.receive(), line.receive()]);
    });
    harness.server.last.send('first');
    harness.server.last.send('second');
    await harness.clock.settle();
    expect([read, harness.clock.pendingTimers]).toEqual([['first', 'second'], 0]);
    await harness.finish();
  });

  it('that leaves a reader behind does not swallow a message of the client', async () => {
    let left: Promise<unknown> | undefined;
    let line: LoginLine | undefined;
    const harness = await begin(async (given) => {
      line = given;
      left = given.receive();
    });
    harness.server.last.send('news');
    expect(harness.told.at(-1)).toBe('message news');
    await expect(left).rejects.toMatchObject({ code: 'LOGIN_FAILED' });
    await expect(line?.receive()).rejects.toMatchObject({ code: 'LOGIN_FAILED' });
    expect([line?.signal.aborted, harness.clock.pendingTimers]).toEqual([false, 0]);
    await harness.finish();
    await expect(line?.receive()).rejects.toMatchObject({ code: 'LOGIN_FAILED' });
    expect(line?.signal.aborted).toBe(true);
  });
});

describe('a login and the end of its line', () => {
  it.each([
    [1000, 'waiting'],
    [4400, 'closed'],
  ])('"True" and Close %i in one segment: ready, then %s', async (code, status) => {
    const harness = await begin(askToEnter);
    harness.server.last.send('True');
    harness.server.last.send('news');
    harness.server.last.close(code);
    await harness.clock.settle();
    expect(harness.told.slice(1, 7)).toEqual([
      '> authenticating',
      '> ready',
      'ready 1',
      'message news',
      `ended ${code}`,
      `> ${status}`,
    ]);
    expect(harness.clock.pendingTimers).toBe(status === 'waiting' ? 1 : 0);
    await harness.finish();
  });

  it('"True" and Close reach a login that watches its signal', async () => {
    const harness = await begin(async (line) => {
      const aborted = new Promise((_, reject) => line.signal.addEventListener('abort', reject));
      await Promise.race([aborted, line.receive()]);
    });
    harness.server.last.send('True');
    harness.server.last.close(1000);
    await harness.clock.settle();
    expect(harness.statuses).toEqual(['connecting', 'authenticating', 'ready', 'waiting']);
    await harness.finish();
  });

  it('a Close instead of the answer: lost, with both Close frames in the reader', async () => {
    let error: unknown;
    const harness = await begin(async (line) => {
      error = await line.receive().catch((reason) => reason);
      throw error;
    });
    harness.server.last.close(4000, 'no');
    await harness.clock.settle();
    expect(error).toMatchObject({ code: 'CONNECTION_LOST', received: { code: 4000, reason: 'no' } });
    expect(harness.statuses).toEqual(['connecting', 'authenticating', 'waiting']);
    expect(harness.connection.diagnosis.rule).toBe('the server closed with 4000');
    await harness.finish();
  });

  it('a login that goes on after the Close finds nothing more to read', async () => {
    const errors: unknown[] = [];
    const harness = await begin(async (line) => {
      await line.receive();
      for (let turn = 0; turn < 2; turn++) errors.push(await line.receive().catch((error) => error.code));
    });
    harness.server.last.send('False');
    harness.server.last.close(1000);
    await harness.clock.settle();
    expect(errors).toEqual(['CONNECTION_LOST', 'CONNECTION_LOST']);
    await harness.finish();
  });

  it('a refusal that comes with a Close is still a refusal', async () => {
    const harness = await begin(async (line) => {
      if ((await line.receive()) === 'False') throw new AuthError('refused');
    });
    harness.server.last.send('False');
    harness.server.last.close(1000);
    await harness.clock.settle();
    expect(harness.ends).toMatchObject([{ code: 'AUTH_REFUSED' }]);
    await harness.finish();
  });

  it.each<[string, Login]>([
    ['ignores its signal', forEver],
    ['ignores it and reads for ever', (line) => line.receive(Number.MAX_SAFE_INTEGER).then(forEver, forEver)],
  ])('a login that %s does not hold up the next line', async (_name, login) => {
    const harness = await begin(login);
    harness.server.last.drop();
    await harness.clock.advance(0);
    expect(harness.connection.state.status).toBe('waiting');
    await harness.clock.advance(2_500);
    expect(harness.connection.state).toMatchObject({ status: 'authenticating', attempt: 2 });
    await harness.finish();
  });

  it('a login that is accepted or refused too late changes nothing', async () => {
    const settle: { resolve: () => void; reject: (error: unknown) => void }[] = [];
    const harness = await begin(() => new Promise((resolve, reject) => settle.push({ resolve, reject })));
    harness.server.last.drop();
    await harness.clock.advance(2_500);
    harness.server.last.drop();
    await harness.clock.advance(2_000);
    settle[0]?.resolve();
    settle[1]?.reject(new AuthError('too late'));
    await harness.clock.settle();
    expect(harness.connection.state).toMatchObject({ status: 'authenticating', attempt: 3 });
    await harness.finish();
  });

  it('close() while the end waits for the login ends at once', async () => {
    const harness = await begin(forEver);
    harness.server.last.close(4000);
    const closed = harness.connection.close();
    expect(harness.connection.state.status).toBe('closed');
    expect(await closed).toMatchObject({ code: 4000 });
    await harness.finish();
  });
});

describe('a login that fails', () => {
  it('by an AuthError: parts politely, tells it, tries no more', async () => {
    const harness = await begin(async () => {
      throw new AuthError('wrong name');
    });
    await harness.clock.advance(120_000);
    expect(harness.told).toEqual([
      '> connecting',
      '> authenticating',
      'ended 1000',
      '> closed',
      'closed AUTH_REFUSED',
    ]);
    expect(harness.closures[0]?.sent).toEqual({ code: 1000, reason: '' });
    expect(harness.connection.diagnosis).toMatchObject({
      rule: 'the login was refused',
      lastError: { message: 'wrong name' },
    });
    expect([harness.server.connections.length, harness.clock.pendingTimers]).toEqual([1, 0]);
    await harness.finish();
  });

  it('by an AuthError, and closed by the caller meanwhile: nothing is left behind', async () => {
    const refuse = (): Promise<void> => Promise.reject(new AuthError('wrong name'));
    const harness = await begin(refuse, { server: { answerClose: false } });
    await harness.clock.advance(1_000);
    const closed = harness.connection.close();
    harness.server.last.close(1000);
    await closed;
    expect([harness.ends, harness.clock.pendingTimers]).toEqual([[undefined], 0]);
    await harness.finish();
  });

  it.each<[string, Login]>([
    ['rejects', () => Promise.reject(new TypeError('broken'))],
    [
      'throws at once',
      () => {
        throw new TypeError('broken');
      },
    ],
  ])('because it %s: the line is dropped and the next attempt made', async (_name, login) => {
    const harness = await begin(login);
    expect(harness.closures[0]?.error).toMatchObject({ code: 'LOGIN_FAILED', cause: { message: 'broken' } });
    expect(harness.connection.state).toMatchObject({ status: 'waiting', reason: 'attempt failed' });
    await harness.finish();
  });

  it.each([
    [undefined, 10_000],
    [3_000, 3_000],
  ])('because nothing comes within its timeout (%s): dropped, tried again', async (timeout, due) => {
    const harness = await begin(async (line) => void (await line.receive(timeout)));
    await harness.clock.advance(due - 1);
    expect(harness.connection.state.status).toBe('authenticating');
    await harness.clock.advance(1);
    expect(harness.closures[0]?.error).toMatchObject({
      code: 'LOGIN_FAILED',
      message: `The server did not answer the login within ${due} ms. Check that it expects this kind of login.`,
    });
    await harness.finish();
  });

  it.each<[string, number, number]>([
    ['messages', 1_001, 0],
    ['bytes', 2, 501],
  ])('because the server floods it with %s: dropped, memory flat', async (_name, count, size) => {
    const limits = { ...DEFAULT_LIMITS, maxMessageBytes: 1_000 };
    const harness = await begin(forEver, { options: { limits } });
    for (let sent = 1; sent < count; sent++) harness.server.last.send('x'.repeat(size));
    expect(harness.connection.state.status).toBe('authenticating');
    harness.server.last.send('x'.repeat(size));
    expect(harness.closures[0]?.error).toMatchObject({ code: 'LOGIN_FAILED' });
    await harness.finish();
  });

  it('counts only what is still unread', async () => {
    const limits = { ...DEFAULT_LIMITS, maxMessageBytes: 1_000 };
    const harness = await begin(
      async (line) => {
        for (;;) await new Promise((resolve) => setTimeout(resolve, 0)).then(() => line.receive());
      },
      { options: { limits } },
    );
    for (let turn = 0; turn < 3; turn++) {
      harness.server.last.send('x'.repeat(600));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(harness.connection.state.status).toBe('authenticating');
    await harness.finish();
  });
});

describe('the heartbeat of a line', () => {
  const heartbeat = { interval: 1_000, timeout: 100 };

  it('measures the round trip into the state', async () => {
    const harness = createHarness({ options: { heartbeat }, server: { answerPings: false } });
    harness.connection.connect();
    await harness.clock.advance(900 + 30);
    harness.server.last.pong(new Uint8Array([0, 1]));
    expect([harness.rtts, harness.connection.state.rtt, harness.server.last.pings]).toEqual([[30], 30, 1]);
    await harness.clock.advance(900 + 70);
    harness.server.last.pong(new Uint8Array([0, 2]));
    expect(harness.connection.state).toMatchObject({ rtt: 70, smoothedRtt: 35 });
    harness.server.last.drop();
    expect(harness.connection.state).toMatchObject({
      status: 'waiting',
      rtt: undefined,
      smoothedRtt: undefined,
    });
    await harness.finish();
  });

  it('goes by the pings of a server that pings by itself', async () => {
    const harness = createHarness({
      options: { heartbeat: { timeout: 500, ping: 'none' }, serverPings: {} },
    });
    harness.connection.connect();
    await harness.clock.advance(0);
    for (let ping = 0; ping < 3; ping++) {
      harness.server.last.ping();
      await harness.clock.advance(10_000);
    }
    expect(harness.connection.state.status).toBe('ready');
    await harness.clock.advance(500);
    expect(harness.closures[0]?.error).toMatchObject({ code: 'HEARTBEAT_TIMEOUT' });
    await harness.finish();
  });

  it('goes by the interval that the login announces', async () => {
    const harness = createHarness({
      options: {
        heartbeat: { ...heartbeat, timeout: 500 },
        serverPings: {},
        login: async (line) => line.announce(10_000),
      },
    });
    harness.connection.connect();
    await harness.clock.advance(8_999);
    expect(harness.server.last.pings).toBe(0);
    await harness.clock.advance(1);
    expect(harness.server.last.pings).toBe(1);
    await harness.finish();
  });

  it('notices a dead line within interval + timeout, and abandons it at once', async () => {
    const harness = createHarness({
      options: { heartbeat },
      server: { answerPings: false, answerClose: false },
    });
    harness.connection.connect();
    await harness.clock.advance(1_000);
    expect(harness.connection.state).toMatchObject({ status: 'waiting', reason: 'connection lost' });
    expect(harness.closures[0]).toMatchObject({
      code: 1006,
      wasClean: false,
      error: { code: 'HEARTBEAT_TIMEOUT' },
    });
    await harness.clock.advance(0);
    expect(harness.server.last.state).toBe('closed');
    expect(harness.closures.length).toBe(1);
    await harness.finish();
  });

  it('notices it during a login that hangs', async () => {
    const harness = await begin(forEver, { options: { heartbeat }, server: { answerPings: false } });
    await harness.clock.advance(1_000);
    expect(harness.closures[0]?.error).toMatchObject({ code: 'HEARTBEAT_TIMEOUT' });
    await harness.finish();
  });

  it('echoes the ping of the server during a login too, and passes none of it on', async () => {
    const echo = (data: unknown): boolean => data === 'beat';
    const harness = await begin(askToEnter, {
      options: { heartbeat: { ping: 'none' }, serverPings: { echo } },
    });
    harness.server.last.send('beat');
    harness.server.last.send('True');
    await harness.clock.settle();
    harness.server.last.send('beat');
    expect(harness.server.last.received).toEqual(['me', 'beat', 'beat']);
    expect(harness.told.at(-1)).toBe('ready 1');
    await harness.finish();
  });

  it('sends messages of its own only after the login', async () => {
    const ping = { message: () => 'ping', isAnswer: () => false };
    const harness = await begin((line) => line.receive(60_000).then(() => {}), {
      options: { heartbeat: { ...heartbeat, ping } },
    });
    await harness.clock.advance(5_000);
    expect(harness.server.last.received).toEqual([]);
    harness.server.last.send('True');
    await harness.clock.advance(900);
    expect(harness.server.last.received).toEqual(['ping']);
    await harness.finish();
  });
});

/** A transport that does nothing by itself, not even what its contract demands. */
function lazyTransport(): {
  sinks: TransportSink[];
  calls: string[];
  factory: (request: unknown, sink: TransportSink) => Transport;
} {
  const sinks: TransportSink[] = [];
  const calls: string[] = [];
  const transport: Transport = {
    features: { ping: false, pause: false, headers: false },
    bufferedAmount: 0,
    bytesReceived: 0,
    send: () => true,
    ping: () => {},
    close: () => void calls.push('close'),
    abandon: () => void calls.push('abandon'),
    pause: () => {},
    resume: () => {},
  };
  const factory = (_request: unknown, sink: TransportSink): Transport => {
    sinks.push(sink);
    return transport;
  };
  return { sinks, calls, factory };
}

describe('a transport that misbehaves', () => {
  it('cannot keep the connection closing for longer than closeTimeout', async () => {
    const { sinks, calls, factory } = lazyTransport();
    const harness = createHarness({ options: { transport: factory } });
    harness.connection.connect();
    sinks[0]?.open({ protocol: '', extensions: '' });
    const closed = harness.connection.close();
    await harness.clock.advance(4_999);
    expect(harness.connection.state.status).toBe('closing');
    await harness.clock.advance(1);
    expect(await closed).toMatchObject({ code: 1006, error: { code: 'CLOSE_TIMEOUT' } });
    expect(calls).toEqual(['close', 'abandon']);
    await harness.finish();
  });

  it('is let go where making it has closed the connection', async () => {
    const { calls, factory } = lazyTransport();
    let closed: Promise<unknown> | undefined;
    const harness = createHarness({
      options: {
        transport: (request, sink) => {
          closed = harness.connection.close();
          return factory(request, sink);
        },
      },
    });
    harness.connection.connect();
    await harness.clock.advance(5_000);
    expect(calls).toEqual(['abandon']);
    expect(await closed).toMatchObject({ wasClean: false });
    await harness.finish();
  });

  it('is not heard any more once its line is given up', async () => {
    const { sinks, factory } = lazyTransport();
    const login = (): Promise<void> => Promise.reject(new ConnectionError('LOGIN_FAILED', { message: 'no' }));
    const harness = createHarness({ options: { transport: factory, login } });
    harness.connection.connect();
    const [sink] = sinks;
    sink?.open({ protocol: '', extensions: '' });
    await harness.clock.settle();
    expect(harness.closures[0]?.error).toMatchObject({ code: 'LOGIN_FAILED', message: 'no' });
    const before = [...harness.told];
    sink?.open({ protocol: '', extensions: '' });
    sink?.text('late');
    sink?.binary(new Uint8Array(1));
    sink?.pong(new Uint8Array(0));
    sink?.drain();
    sink?.close({ code: 1000, reason: '', wasClean: true });
    await harness.clock.settle();
    expect(harness.told).toEqual(before);
    await harness.finish();
  });

  it('is not heard between close() and its end on a line that was ready', async () => {
    const { sinks, factory } = lazyTransport();
    const echo = (): boolean => true;
    const harness = createHarness({
      options: { transport: factory, heartbeat: { ping: 'none' }, serverPings: { echo } },
    });
    harness.connection.connect();
    sinks[0]?.open({ protocol: '', extensions: '' });
    void harness.connection.close();
    const before = [...harness.told];
    sinks[0]?.text('late');
    sinks[0]?.close({ code: 1000, reason: '', wasClean: true });
    expect(harness.told.slice(before.length)).toEqual(['ended 1000', '> closed', 'closed by the caller']);
    await harness.finish();
  });

  it('does not deliver what comes between close() and its end', async () => {
    const { sinks, factory } = lazyTransport();
    const harness = createHarness({ options: { transport: factory } });
    harness.connection.connect();
    sinks[0]?.open({ protocol: '', extensions: '' });
    void harness.connection.close();
    sinks[0]?.text('late');
    expect(harness.told.at(-1)).toBe('> closing');
    await harness.finish();
  });

  it('is not heard between close() and its end, and opens no login then', async () => {
    const { sinks, factory } = lazyTransport();
    let logins = 0;
    const harness = createHarness({ options: { transport: factory, login: async () => void logins++ } });
    harness.connection.connect();
    void harness.connection.close();
    sinks[0]?.open({ protocol: '', extensions: '' });
    sinks[0]?.text('late');
    expect([harness.told, logins]).toEqual([['> connecting', '> closing'], 0]);
    await harness.finish();
  });
});

describe('a server that pings with messages and does not read', () => {
  it('gets the newest answer alone, once it reads again', async () => {
    const harness = createHarness({
      options: {
        heartbeat: { ping: 'none' },
        serverPings: { echo: (data) => String(data).startsWith('beat') },
      },
    });
    harness.connection.connect();
    await harness.clock.advance(0);
    const end = harness.server.last;
    end.bufferedAmount = 2 * 1024 * 1024;
    for (let beat = 1; beat <= 1_000; beat++) end.send(`beat ${beat}`);
    expect(end.received).toEqual([]);
    end.drain();
    end.drain();
    expect(end.received).toEqual(['beat 1000']);
    end.send('beat on');
    expect(end.received).toEqual(['beat 1000', 'beat on']);
    await harness.finish();
  });
});

it('credentials that are still asked for hear of the end by their signal', async () => {
  let signal: AbortSignal | undefined;
  const prepare = (info: { signal: AbortSignal }): Promise<never> => {
    signal = info.signal;
    return forEver();
  };
  const harness = createHarness({ options: { prepare } });
  harness.connection.connect();
  await harness.clock.settle();
  expect(signal?.aborted).toBe(false);
  void harness.connection.close();
  await harness.clock.settle();
  expect(signal?.aborted).toBe(true);
  await harness.finish();
});
