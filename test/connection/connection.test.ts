import { describe, expect, it } from 'vitest';
import { HandshakeError, UsageError } from '../../src/base/errors.ts';
import { DEFAULT_BACKOFF } from '../../src/connection/backoff.ts';
import type { UrlSource } from '../../src/connection/connection-options.ts';
import type { Closure } from '../../src/protocol/closure.ts';
import { always, createHarness, type HarnessSetup } from '../tools/connection-harness.ts';

describe('connecting', () => {
  it('goes from idle to ready, once told of each change, and closes clean', async () => {
    const harness = createHarness();
    const { connection, clock, server, told } = harness;
    expect(connection.state).toMatchObject({ status: 'idle', reason: 'created', epoch: 0, attempt: 0 });
    connection.connect();
    expect(connection.state).toMatchObject({ status: 'connecting', reason: 'connect called', attempt: 1 });
    await clock.advance(0);
    expect(connection.state).toMatchObject({
      status: 'ready',
      reason: 'connection opened',
      epoch: 1,
      attempt: 1,
    });
    server.last.send('hello');
    server.last.bufferedAmount = 7;
    expect([connection.line?.bufferedAmount, connection.line?.send('hi'), server.last.received]).toEqual([
      7,
      true,
      ['hi'],
    ]);
    server.last.drain();
    const closed = connection.close(1000, 'bye');
    expect([connection.state.status, connection.line?.send('late')]).toEqual(['closing', false]);
    await clock.advance(0);
    expect(await closed).toMatchObject({ code: 1000, wasClean: true, sent: { code: 1000, reason: 'bye' } });
    expect(told).toEqual([
      '> connecting',
      '> ready',
      'ready 1',
      'message hello',
      'drain',
      '> closing',
      'ended 1000',
      '> closed',
      'closed by the caller',
    ]);
    expect(connection.line).toBeUndefined();
    await harness.finish();
  });

  it('tells previous and next state, immutable and stable by reference', async () => {
    const { connection, clock, changes, finish } = createHarness();
    const before = connection.state;
    connection.connect('first use');
    await clock.advance(0);
    expect(changes[0]).toEqual({ previous: before, current: changes[1]?.previous });
    expect(changes[0]?.current.reason).toBe('first use');
    expect(connection.state).toBe(changes[1]?.current);
    expect(Object.isFrozen(connection.state)).toBe(true);
    await finish();
  });

  it('gives each attempt longer, and tells when the handshake was not answered in time', async () => {
    const harness = createHarness({ server: { onConnect: () => {} }, chance: always(0) });
    harness.connection.connect();
    await harness.clock.advance(9_999);
    expect(harness.connection.state.status).toBe('connecting');
    await harness.clock.advance(1);
    expect(harness.closures[0]?.error).toMatchObject({ code: 'TIMEOUT' });
    await harness.clock.advance(15_000 + 22_500 + 33_750 + 50_625 + 60_000 + 60_000);
    expect(harness.server.connections.map(({ request }) => request.handshakeTimeout)).toEqual([
      10_000, 15_000, 22_500, 33_750, 50_625, 60_000, 60_000, 60_000,
    ]);
    await harness.finish();
  });

  it('connects by hand during a wait at once, and only once', async () => {
    const harness = createHarness();
    const { connection, clock, server } = harness;
    connection.connect();
    await clock.advance(0);
    server.last.drop();
    expect(connection.state.status).toBe('waiting');
    connection.connect();
    await clock.advance(60_000);
    expect(connection.state).toMatchObject({ status: 'ready', epoch: 2, attempt: 2 });
    expect(server.connections.length).toBe(2);
    await harness.finish();
  });

  it('begins a new life with connect() after the end', async () => {
    const harness = createHarness({
      reconnect: { maxAttempts: 1 },
      server: { onConnect: (end) => end.refuse(503) },
    });
    const { connection, clock } = harness;
    for (const life of [1, 2]) {
      connection.connect();
      await clock.advance(0);
      expect(connection.state).toMatchObject({ status: 'closed', reason: 'gave up', attempt: 1 });
      expect(harness.ends.length).toBe(life);
    }
    expect(connection.diagnosis).toMatchObject({ rule: '1 attempts in a row failed' });
    await harness.finish();
  });
});

describe('trying again', () => {
  it('waits longer and longer: half of 5, 4, 8, 16, 30, 30 s', async () => {
    const harness = createHarness({ server: { onConnect: (end) => end.drop() } });
    const { connection, clock } = harness;
    connection.connect();
    for (const [index, delay] of [2_500, 2_000, 4_000, 8_000, 15_000, 15_000].entries()) {
      await clock.advance(0);
      expect(connection.state).toMatchObject({
        status: 'waiting',
        reason: 'attempt failed',
        attempt: index + 1,
        retryAt: clock.wallTime() + delay,
      });
      await clock.advance(delay - 1);
      expect(connection.state.status).toBe('waiting');
      await clock.advance(1);
    }
    expect(harness.server.connections.length).toBe(7);
    expect(connection.diagnosis.rule).toBe('the attempt failed (HANDSHAKE_CLOSED)');
    expect(connection.diagnosis.lastError).toBe(harness.closures.at(-1)?.error);
    expect(connection.state.retryAt).toBe(clock.wallTime() + 15_000);
    connection.connect();
    expect(connection.state).toMatchObject({ reason: 'connect called', retryAt: undefined });
    await harness.finish();
  });

  it('gives up after as many attempts as it was told', async () => {
    const harness = createHarness({
      reconnect: { maxAttempts: 3 },
      server: { onConnect: (end) => end.drop() },
    });
    harness.connection.connect();
    await harness.clock.advance(120_000);
    expect(harness.server.connections.length).toBe(3);
    expect(harness.ends).toEqual([harness.closures.at(-1)?.error]);
    expect(harness.told.slice(-3)).toEqual(['ended 1006', '> closed', 'closed HANDSHAKE_CLOSED']);
    await harness.finish();
  });

  it('makes no second attempt where reconnecting is switched off', async () => {
    const harness = createHarness({ options: { reconnect: undefined } });
    harness.connection.connect();
    await harness.clock.advance(0);
    harness.server.last.close(1000, 'done');
    expect(harness.connection.state).toMatchObject({ status: 'closed', reason: 'gave up' });
    expect(harness.connection.diagnosis.rule).toBe('reconnect is switched off');
    expect(harness.ends[0]).toMatchObject({
      code: 'CONNECTION_CLOSED',
      received: { code: 1000, reason: 'done' },
      message: 'The server closed the connection with the code 1000, and no further attempt is made.',
    });
    expect(await harness.connection.close()).toBe(harness.closures[0]);
    await harness.finish();
  });

  it.each([
    [404, 'the server refused with HTTP 404'],
    [401, 'the server refused with HTTP 401'],
  ])('stops where the policy says so: HTTP %i', async (status, rule) => {
    const harness = createHarness({ server: { onConnect: (end) => end.refuse(status) } });
    harness.connection.connect();
    await harness.clock.advance(120_000);
    expect(harness.server.connections.length).toBe(1);
    expect(harness.connection.diagnosis).toMatchObject({ rule, lastError: { status } });
    expect(harness.ends).toEqual([harness.closures[0]?.error]);
    await harness.finish();
  });

  it.each<[string, HarnessSetup['server'], number]>([
    // Half of the spread above the wait that was named: 60 s + 12 s / 2.
    ['Retry-After', { onConnect: (end) => end.refuse(503, { retryAfter: 60_000 }) }, 66_000],
    [
      'advice in the close reason',
      { onConnect: (end) => [end.accept(), end.close(1000, '{"retryAfter":60000}')] },
      66_000,
    ],
    ['1012', { onConnect: (end) => [end.accept(), end.close(1012)] }, 17_500],
    ['a wait shorter than the backoff', { onConnect: (end) => end.refuse(503, { retryAfter: 0 }) }, 2_500],
  ])('obeys a hint of the server: %s', async (_name, server, delay) => {
    const harness = createHarness({ server: server ?? {} });
    harness.connection.connect();
    await harness.clock.advance(0);
    expect(harness.connection.state.retryAt).toBe(harness.clock.wallTime() + delay);
    await harness.clock.advance(delay - 1);
    expect(harness.server.connections.length).toBe(1);
    await harness.clock.advance(1);
    expect(harness.server.connections.length).toBe(2);
    await harness.finish();
  });

  it('stops on { "reconnect": false }', async () => {
    const harness = createHarness({
      server: { onConnect: (end) => [end.accept(), end.close(1012, '{"reconnect":false}')] },
    });
    harness.connection.connect();
    await harness.clock.advance(120_000);
    expect([harness.connection.state.status, harness.server.connections.length]).toEqual(['closed', 1]);
    await harness.finish();
  });

  it.each<[string, () => number]>([
    ['no number', () => Number.NaN],
    ['a negative one', () => -1],
    ['for ever', () => Number.POSITIVE_INFINITY],
  ])('a backoff that is %s does not turn into a loop', async (_name, backoff) => {
    const harness = createHarness({ reconnect: { backoff }, server: { onConnect: (end) => end.drop() } });
    harness.connection.connect();
    await harness.clock.advance(29_999);
    expect(harness.server.connections.length).toBe(1);
    await harness.clock.advance(1);
    expect(harness.server.connections.length).toBe(2);
    await harness.finish();
  });

  it('a policy that names no number as delay does not turn into a loop', async () => {
    const harness = createHarness({
      reconnect: {
        policy: () => ({ action: 'retry', rule: 'mine', delay: Number.NaN }),
        backoff: () => 1_000,
      },
      server: { onConnect: (end) => end.drop() },
    });
    harness.connection.connect();
    await harness.clock.advance(999);
    expect(harness.server.connections.length).toBe(1);
    await harness.clock.advance(1);
    expect(harness.server.connections.length).toBe(2);
    await harness.finish();
  });

  it('remembers the error that it ended with, also when the server only closed', async () => {
    const harness = createHarness({
      server: { onConnect: (end) => [end.accept(), end.close(4400, 'go away')] },
    });
    harness.connection.connect();
    await harness.clock.advance(0);
    expect(harness.connection.diagnosis.lastError).toMatchObject({
      code: 'CONNECTION_CLOSED',
      received: { code: 4400, reason: 'go away' },
    });
    expect(harness.connection.diagnosis.lastError).toBe(harness.ends[0]);
    await harness.finish();
  });

  it('takes another policy and another backoff', async () => {
    const seen: [Closure, number][] = [];
    const harness = createHarness({
      reconnect: {
        policy: (closure) => {
          seen.push([closure, 0]);
          return seen.length < 3 ? { action: 'retry', rule: 'mine' } : { action: 'stop', rule: 'enough' };
        },
        backoff: (failures) => failures * 10,
      },
      server: { onConnect: (end) => end.drop() },
    });
    harness.connection.connect();
    await harness.clock.advance(30);
    expect(seen.map(([closure]) => closure)).toEqual(harness.closures);
    expect([harness.connection.diagnosis.rule, harness.clock.now()]).toEqual(['enough', 30]);
    await harness.finish();
  });
});

describe('the counter of attempts', () => {
  const flap = async (life: number): Promise<{ attempts: number[]; delays: number[] }> => {
    const harness = createHarness();
    const delays: number[] = [];
    harness.connection.connect();
    for (let line = 0; line < 4; line++) {
      await harness.clock.advance(0);
      await harness.clock.advance(life);
      harness.server.last.close(1001);
      delays.push((harness.connection.state.retryAt ?? 0) - harness.clock.wallTime());
      await harness.clock.advance(delays.at(-1) ?? 0);
    }
    const attempts = harness.changes
      .map(({ current }) => current)
      .filter(({ status }) => status === 'connecting')
      .map(({ attempt }) => attempt);
    await harness.finish();
    return { attempts, delays };
  };

  it('goes on counting over lines that lived less than 5 s', async () => {
    expect(await flap(4_999)).toEqual({ attempts: [1, 2, 3, 4, 5], delays: [2_500, 3_000, 6_000, 12_000] });
  });

  it('begins anew after a line that was ready for 5 s', async () => {
    expect(await flap(5_000)).toEqual({ attempts: [1, 1, 1, 1, 1], delays: [2_500, 2_500, 2_500, 2_500] });
  });

  it('counts on the outside as it does within: a lost stable line is followed by attempt 1', async () => {
    const harness = createHarness();
    harness.connection.connect();
    await harness.clock.advance(5_000);
    harness.server.last.drop();
    expect(harness.connection.diagnosis).toMatchObject({
      attempts: 0,
      summary:
        'waiting, attempt 1 in 3 s: the connection was lost (phase: ready). ' +
        'The server, or something between, ended the connection without a Close frame.',
    });
    await harness.clock.advance(2_500);
    expect(harness.changes.map(({ current }) => `${current.status} ${current.attempt}`)).toEqual([
      'connecting 1',
      'ready 1',
      'waiting 0',
      'connecting 1',
      'ready 1',
    ]);
    await harness.finish();
  });

  it('does not take time spent connecting or logging in for life', async () => {
    const harness = createHarness({ options: { login: () => new Promise(() => {}) } });
    harness.connection.connect();
    await harness.clock.advance(9_000);
    harness.server.last.drop();
    await harness.clock.advance(2_500);
    expect(harness.connection.state.attempt).toBe(2);
    await harness.finish();
  });

  it('counts the failures after a stable line: its merit is spent', async () => {
    const harness = createHarness();
    harness.connection.connect();
    await harness.clock.advance(5_000);
    const delays: number[] = [];
    for (let line = 0; line < 3; line++) {
      harness.server.last.drop();
      delays.push((harness.connection.state.retryAt ?? 0) - harness.clock.wallTime());
      // The next line is cut while connecting: it is not stable.
      await harness.clock.advance((delays.at(-1) ?? 0) - 1);
      await harness.clock.advanceToNext();
    }
    expect(delays).toEqual([2_500, 2_000, 4_000]);
    await harness.finish();
  });

  it.each([
    [0, 4],
    [0.5, 3],
    [0.999, 2],
  ])(
    'leaves a server that accepts and closes in peace: at most 4 lines in 8 s (chance %f)',
    async (chance, lines) => {
      const harness = createHarness({
        server: { onConnect: (end) => [end.accept(), end.close(1000)] },
        chance: always(chance),
      });
      harness.connection.connect();
      await harness.clock.advance(8_000);
      expect(harness.server.connections.length).toBe(lines);
      await harness.finish();
    },
  );
});

describe('the URL', () => {
  const urls = async (url: UrlSource, setup: HarnessSetup = {}): Promise<string[]> => {
    const harness = createHarness({ server: { onConnect: (end) => end.drop() }, ...setup, options: { url } });
    harness.connection.connect();
    await harness.clock.advance(4_500);
    await harness.finish();
    return harness.server.connections.map(({ request }) => request.url);
  };

  it('is a string, a URL, a function of the attempt, or a promise of one', async () => {
    expect(await urls('ws://a/')).toEqual(Array(3).fill('ws://a/'));
    expect(await urls(new URL('ws://b/'))).toEqual(Array(3).fill('ws://b/'));
    expect(await urls((attempt) => `ws://c/${attempt}`)).toEqual(['ws://c/1', 'ws://c/2', 'ws://c/3']);
    expect(await urls(async (attempt) => new URL(`ws://d/${attempt}`))).toEqual([
      'ws://d/1',
      'ws://d/2',
      'ws://d/3',
    ]);
  });

  it.each<[string, (attempt: number) => string | Promise<string>]>([
    [
      'throws',
      (attempt) => {
        if (attempt < 3) throw new Error('no ticket');
        return 'ws://late/';
      },
    ],
    [
      'rejects',
      async (attempt) => {
        if (attempt < 3) throw new Error('no ticket');
        return 'ws://late/';
      },
    ],
  ])('that %s is asked for again, with backoff', async (_name, url) => {
    const harness = createHarness({ options: { url } });
    harness.connection.connect();
    await harness.clock.advance(0);
    expect(harness.closures[0]).toMatchObject({
      code: 1006,
      error: { code: 'URL_SOURCE', phase: 'url', cause: { message: 'no ticket' } },
    });
    expect(harness.closures[0]?.error).toBeInstanceOf(HandshakeError);
    await harness.clock.advance(4_500);
    expect(harness.statuses).toEqual([
      'connecting',
      'waiting',
      'connecting',
      'waiting',
      'connecting',
      'ready',
    ]);
    await harness.finish();
  });

  it('that does not come in time is asked for again; the late one is not used', async () => {
    const answers: ((url: string) => void)[] = [];
    const url = (): Promise<string> => new Promise((resolve) => answers.push(resolve));
    const harness = createHarness({ options: { url } });
    harness.connection.connect();
    await harness.clock.advance(9_999);
    expect(harness.connection.state.status).toBe('connecting');
    await harness.clock.advance(1);
    expect(harness.closures[0]?.error).toMatchObject({ code: 'TIMEOUT', phase: 'url' });
    answers[0]?.('ws://stale/');
    await harness.clock.advance(2_500);
    answers[0]?.('ws://stale/');
    answers[1]?.('ws://fresh/');
    await harness.clock.advance(0);
    expect(harness.server.connections.map(({ request }) => request.url)).toEqual(['ws://fresh/']);
    await harness.finish();
  });

  it('is awaited without end where the connect timeout is switched off', async () => {
    const times = { ...DEFAULT_BACKOFF, connectTimeout: 0 };
    const harness = createHarness({ options: { url: () => new Promise(() => {}), times } });
    harness.connection.connect();
    await harness.clock.advance(3_600_000);
    expect([harness.connection.state.status, harness.clock.pendingTimers]).toEqual(['connecting', 0]);
    await harness.finish();
  });

  it('of a life that is over is not dialled in the next one', async () => {
    const answers: ((url: string) => void)[] = [];
    const url = (): Promise<string> => new Promise((resolve) => answers.push(resolve));
    const harness = createHarness({ options: { url } });
    harness.connection.connect();
    void harness.connection.close();
    harness.connection.connect();
    answers[0]?.('ws://stale/');
    await harness.clock.advance(0);
    expect(harness.server.connections).toEqual([]);
    answers[1]?.('ws://fresh/');
    await harness.clock.advance(0);
    expect(harness.server.connections.map(({ request }) => request.url)).toEqual(['ws://fresh/']);
    await harness.finish();
  });

  it.each<[string, UrlSource]>([
    ['fixed', 'http//nowhere'],
    ['of a function', () => 'ws://host/#fragment'],
    ['promised', async () => 'ftp://host/'],
    ['missing', () => undefined as never],
  ])('that is wrong ends everything: %s', async (_name, url) => {
    const harness = createHarness({ options: { url } });
    harness.connection.connect();
    await harness.clock.advance(60_000);
    expect(harness.statuses).toEqual(['connecting', 'closed']);
    expect(harness.ends[0]).toBeInstanceOf(UsageError);
    expect(harness.ends[0]).toMatchObject({ code: 'INVALID_URL' });
    expect(harness.connection.diagnosis).toMatchObject({
      rule: 'the options are wrong',
      lastError: harness.ends[0],
    });
    await harness.finish();
  });

  it('may be right and the transport fail to start: tried again', async () => {
    const harness = createHarness({
      options: {
        transport: () => {
          throw new RangeError('no sockets left');
        },
      },
    });
    harness.connection.connect();
    expect(harness.connection.state.status).toBe('waiting');
    expect(harness.closures[0]?.error).toMatchObject({
      code: 'CONNECT',
      phase: 'tcp',
      cause: { message: 'no sockets left' },
    });
    await harness.finish();
  });
});
