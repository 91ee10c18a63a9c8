import { describe, expect, it } from 'vitest';
import { ConnectionError } from '../../src/base/errors.ts';
import { Attempt, type AttemptPort, type AttemptSetup } from '../../src/connection/attempt.ts';
import { DEFAULT_BACKOFF } from '../../src/connection/backoff.ts';
import type { ConnectionOptions } from '../../src/connection/connection-options.ts';
import { DEFAULT_LIMITS } from '../../src/protocol/limits.ts';
import { createScriptedRandom } from '../../src/testing/scripted-random.ts';
import { createScriptedServer } from '../../src/testing/scripted-server.ts';
import { createVirtualClock } from '../../src/testing/virtual-clock.ts';

function setUp(options: Partial<ConnectionOptions> = {}, setup: Partial<AttemptSetup> = {}) {
  const clock = createVirtualClock();
  const server = createScriptedServer();
  const told: string[] = [];
  const port: AttemptPort = {
    open: () => told.push('open'),
    ready: () => told.push('ready'),
    message: (data) => told.push(`message ${data}`),
    drain: () => told.push('drain'),
    measured: () => told.push('measured'),
    renewed: () => told.push('renewed'),
    ended: ({ closure, isLocal }) =>
      told.push(`ended ${closure.error?.code ?? closure.code}${isLocal ? ' local' : ''}`),
    unusable: (error) => told.push(`unusable ${error.code}`),
  };
  const all: ConnectionOptions = {
    url: 'ws://server/',
    protocols: [],
    transport: server.transport,
    reconnect: undefined,
    times: DEFAULT_BACKOFF,
    closeTimeout: 5_000,
    heartbeat: undefined,
    login: undefined,
    limits: DEFAULT_LIMITS,
    clock,
    random: createScriptedRandom({}),
    ...options,
  };
  return { clock, server, told, attempt: new Attempt(all, { attempt: 1, ...setup }, port) };
}

describe('an attempt', () => {
  it('becomes a line, carries messages, and ends', async () => {
    const { clock, server, told, attempt } = setUp();
    expect([attempt.send('early'), attempt.bufferedAmount]).toEqual([false, 0]);
    attempt.probe();
    attempt.start();
    await clock.advance(0);
    server.last.send('news');
    server.last.bufferedAmount = 5;
    expect([attempt.send('hi'), attempt.bufferedAmount]).toEqual([true, 5]);
    server.last.drain();
    attempt.close(1000);
    await clock.advance(0);
    expect(told).toEqual(['ready', 'message news', 'drain', 'ended 1000']);
    expect([attempt.send('late'), clock.pendingTimers]).toEqual([false, 0]);
    attempt.close();
    attempt.abandon(new ConnectionError('CONNECTION_LOST', { message: 'x' }));
    expect(told.length).toBe(4);
  });

  it.each([false, true])('that was let go tells nothing more; abandoned: %s', async (abandoned) => {
    const { clock, server, told, attempt } = setUp();
    attempt.start();
    await clock.advance(0);
    attempt.part();
    server.last.send('news');
    server.last.drain();
    if (abandoned) attempt.abandon(new ConnectionError('CONNECTION_LOST', { message: 'x' }));
    else attempt.close();
    await clock.advance(5_000);
    expect([told, server.last.state, clock.pendingTimers]).toEqual([['ready'], 'closed', 0]);
  });

  it('is abandoned at once, also while it waits for its address', () => {
    const { clock, told, attempt } = setUp({ url: () => new Promise(() => {}) });
    attempt.start();
    expect(clock.pendingTimers).toBe(1);
    attempt.abandon(new ConnectionError('CONNECTION_LOST', { message: 'x' }), true);
    expect([told, clock.pendingTimers]).toEqual([['ended CONNECTION_LOST local'], 0]);
  });

  it('tells of new credentials before it dials', async () => {
    const { clock, server, told, attempt } = setUp({ renew: async () => {} }, { refusal: new Error('401') });
    attempt.start();
    await clock.settle();
    expect([told, server.connections.length]).toEqual([['renewed'], 1]);
    attempt.close();
    await clock.advance(0);
  });

  it('drops the transport whose factory has closed it', async () => {
    const { clock, server, told, attempt } = setUp({
      transport: (request, sink) => {
        attempt.close();
        return server.transport(request, sink);
      },
    });
    attempt.start();
    await clock.advance(0);
    expect([told, server.last.state, clock.pendingTimers]).toEqual([['ended 1006'], 'closed', 0]);
  });

  it.each<[string, Partial<ConnectionOptions>, string]>([
    ['a wrong option', { url: 'http//x' }, 'unusable INVALID_URL'],
    [
      'a transport that fails',
      {
        transport: () => {
          throw new Error('x');
        },
      },
      'ended CONNECT',
    ],
    [
      'a url that fails',
      {
        url: () => {
          throw new Error('x');
        },
      },
      'ended URL_SOURCE',
    ],
    ['a url that is rejected', { url: () => Promise.reject(new Error('x')) }, 'ended URL_SOURCE'],
    [
      'credentials that fail',
      {
        prepare: () => {
          throw new Error('x');
        },
      },
      'ended CREDENTIALS',
    ],
  ])('cannot begin: %s', async (_name, options, end) => {
    const { clock, told, attempt } = setUp(options);
    attempt.start();
    await clock.settle();
    expect([told, clock.pendingTimers]).toEqual([[end], 0]);
  });
});
