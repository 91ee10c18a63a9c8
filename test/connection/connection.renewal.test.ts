/** Refused credentials: renewed once, tried once more at once, then the end. No loop, no secret told. */
import { describe, expect, it } from 'vitest';
import { bearer } from '../../src/auth/bearer.ts';
import { firstMessage } from '../../src/auth/first-message.ts';
import { AuthError, UsageError } from '../../src/base/errors.ts';
import type { ScriptedConnection } from '../../src/testing/scripted-server.ts';
import { createHarness, type Harness, type HarnessSetup } from '../tools/connection-harness.ts';

const SECRET = 's3cret';

interface Bench extends Harness {
  /** What went wrong each time that a renewal was asked for. */
  readonly renewals: unknown[];
}

interface Setup {
  readonly onConnect: (end: ScriptedConnection) => void;
  /** What each renewal does. Default: succeeds. */
  readonly renew?: (count: number) => void | Promise<void>;
  readonly options?: HarnessSetup['options'];
}

async function start({ onConnect, renew = () => {}, options }: Setup): Promise<Bench> {
  const renewals: unknown[] = [];
  const harness = createHarness({
    server: { onConnect },
    options: {
      prepare: async () => ({ headers: { Authorization: `Bearer ${SECRET}` } }),
      renew: (cause) => renew(renewals.push(cause)),
      ...options,
    },
  });
  harness.connection.connect();
  await harness.clock.advance(0);
  return Object.assign(harness, { renewals });
}

const REFUSALS: readonly (readonly [string, (end: ScriptedConnection) => void])[] = [
  ['HTTP 401', (end) => end.refuse(401)],
  [
    'close code 4401',
    (end) => {
      end.accept();
      end.close(4401, 'expired');
    },
  ],
];

describe.each(REFUSALS)('%s', (_name, refuse) => {
  it('renews once, and the next attempt follows at once', async () => {
    let asked = 0;
    const harness = await start({ onConnect: (end) => (asked++ === 0 ? refuse(end) : end.accept()) });
    expect(harness.connection.state).toMatchObject({ status: 'ready', attempt: 2 });
    expect(harness.clock.now()).toBe(0);
    expect(harness.renewals).toMatchObject([{ code: 'AUTH_REFUSED' }]);
    expect(harness.statuses.slice(-3)).toEqual(['waiting', 'connecting', 'ready']);
    expect(harness.changes.at(-2)?.current.reason).toBe('credentials refused');
    await harness.finish();
  });

  it('refused again, ends in an AuthError: no loop', async () => {
    const harness = await start({ onConnect: refuse });
    await harness.clock.advance(600_000);
    expect([harness.server.connections.length, harness.renewals.length]).toEqual([2, 1]);
    expect(harness.connection.state).toMatchObject({ status: 'closed', reason: 'gave up' });
    expect(harness.ends).toMatchObject([{ code: 'AUTH_REFUSED', cause: expect.any(Error) }]);
    expect(harness.clock.pendingTimers).toBe(0);
    await harness.finish();
  });

  it('ends at once where there is no way to renew', async () => {
    const harness = await start({ onConnect: refuse, options: { renew: undefined } });
    expect([harness.server.connections.length, harness.ends[0]?.code]).toEqual([1, 'AUTH_REFUSED']);
    await harness.finish();
  });

  it('is told as it is where no credentials were given', async () => {
    const harness = await start({ onConnect: refuse, options: { renew: undefined, prepare: undefined } });
    expect([harness.server.connections.length, harness.connection.state.status]).toEqual([1, 'closed']);
    expect(harness.ends[0]?.name).toMatch(/^(Handshake|Connection)Error$/);
    await harness.finish();
  });

  it('begins anew with connect() after the end', async () => {
    const harness = await start({ onConnect: refuse });
    harness.connection.connect();
    await harness.clock.advance(0);
    expect([harness.server.connections.length, harness.renewals.length]).toEqual([4, 2]);
    await harness.finish();
  });
});

describe('a renewal', () => {
  it('may be made again once the credentials have proved good', async () => {
    const harness = await start({ onConnect: (end) => end.accept() });
    for (let line = 1; line <= 3; line++) {
      await harness.clock.advance(5_000);
      harness.server.last.close(4401);
      await harness.clock.advance(0);
      expect([harness.connection.state.status, harness.renewals.length]).toEqual(['ready', line]);
    }
    harness.server.last.close(4401);
    expect(harness.connection.state.status).toBe('closed');
    await harness.finish();
  });

  it('is not made again for a line that did not last and was refused: no loop', async () => {
    const harness = await start({ onConnect: (end) => end.accept() });
    for (const status of ['ready', 'closed']) {
      await harness.clock.advance(4_999);
      harness.server.last.close(4401);
      await harness.clock.advance(0);
      expect(harness.connection.state.status).toBe(status);
    }
    expect([harness.renewals.length, harness.ends[0]?.code]).toEqual([1, 'AUTH_REFUSED']);
    await harness.finish();
  });

  it('that succeeded is not made again because the next step of the attempt fails', async () => {
    let asked = 0;
    const harness = await start({
      onConnect: (end) => end.refuse(401),
      options: {
        prepare: async () => {
          asked++;
          if (asked > 1 && asked < 4) throw new Error('no network');
          return {};
        },
      },
    });
    await harness.clock.advance(120_000);
    expect([asked, harness.renewals.length, harness.connection.state.status]).toEqual([4, 1, 'closed']);
    await harness.finish();
  });

  it('that fails is an attempt that failed, and is made again in the next', async () => {
    const fault = new Error('the refresh server is down');
    let isRenewed = false;
    const harness = await start({
      onConnect: (end) => (isRenewed ? end.accept() : end.refuse(401)),
      renew: async (count) => {
        if (count === 1) throw fault;
        isRenewed = true;
      },
    });
    expect(harness.connection.state.status).toBe('waiting');
    expect(harness.connection.diagnosis.lastError).toMatchObject({
      code: 'CREDENTIALS',
      phase: 'url',
      cause: fault,
    });
    await harness.clock.advance(30_000);
    expect([harness.connection.state.status, harness.renewals.length]).toEqual(['ready', 2]);
    expect(harness.server.connections.length).toBe(2);
    await harness.finish();
  });

  it('that was still to be made is forgotten by close(): the next life begins with what it has', async () => {
    const harness = await start({
      onConnect: (end) => end.refuse(401),
      renew: () => Promise.reject(new Error('down')),
    });
    expect(harness.connection.state.status).toBe('waiting');
    void harness.connection.close();
    harness.connection.connect();
    expect(harness.renewals.length).toBe(1);
    await harness.clock.advance(0);
    expect([harness.server.connections.length, harness.renewals.length]).toEqual([2, 2]);
    await harness.finish();
  });

  it.each([
    ['an AuthError', new AuthError('The account is closed.'), 'AUTH_REFUSED'],
    ['a UsageError', new UsageError('INVALID_OPTION', { message: 'wrong' }), 'INVALID_OPTION'],
  ])('that fails with %s ends it', async (_name, error, code) => {
    const harness = await start({ onConnect: (end) => end.refuse(401), renew: () => Promise.reject(error) });
    expect([harness.connection.state.status, harness.ends[0]?.code, harness.renewals.length]).toEqual([
      'closed',
      code,
      1,
    ]);
    await harness.finish();
  });

  it('that takes too long is an attempt that failed', async () => {
    const harness = await start({
      onConnect: (end) => end.refuse(401),
      renew: () => new Promise(() => {}),
    });
    expect(harness.connection.state.status).toBe('connecting');
    await harness.clock.advance(15_000);
    expect(harness.connection.diagnosis.lastError).toMatchObject({ code: 'TIMEOUT', phase: 'url' });
    await harness.finish();
  });

  it('is told when the client is closed', async () => {
    let signal: AbortSignal | undefined;
    const harness = await start({
      onConnect: (end) => end.refuse(401),
      options: {
        renew: (_cause, info) => {
          signal = info.signal;
          return new Promise(() => {});
        },
      },
    });
    expect(signal?.aborted).toBe(false);
    void harness.connection.close();
    await harness.clock.settle();
    expect([signal?.aborted, harness.connection.state.status]).toEqual([true, 'closed']);
    await harness.finish();
  });

  it('does not follow where reconnect is switched off', async () => {
    const harness = await start({
      onConnect: (end) => end.accept(),
      options: { reconnect: undefined, login: () => Promise.reject(new AuthError('no')) },
    });
    expect([harness.connection.state.status, harness.renewals]).toEqual(['closed', []]);
    expect(harness.ends[0]?.code).toBe('AUTH_REFUSED');
    await harness.finish();
  });

  it('of a refused login: the new token is sent, on a line of its own', async () => {
    const auth = firstMessage({
      token: 'old',
      refresh: () => 'new',
      accepted: (reply) => reply === 'welcome',
    });
    const harness = createHarness({
      server: { onMessage: (end, token) => end.send(token === 'new' ? 'welcome' : 'go away') },
      options: { login: auth.login?.talk, renew: auth.renew },
    });
    harness.connection.connect();
    // A "no" might be a greeting, and the "yes" come right behind it.
    await harness.clock.advance(1_000);
    expect(harness.server.connections.map(({ received }) => received)).toEqual([['old'], ['new']]);
    expect(harness.connection.state).toMatchObject({ status: 'ready', reason: 'login accepted' });
    await harness.finish();
  });
});

it('a listener may close between the refusal and the renewal', async () => {
  const harness = createHarness({
    server: { onConnect: (end) => end.refuse(401) },
    options: { renew: () => expect.unreachable(), login: async () => {} },
  });
  harness.onTold = (name) => name === '> waiting' && void harness.connection.close();
  harness.connection.connect();
  await harness.clock.advance(0);
  expect(harness.statuses).toEqual(['connecting', 'waiting', 'closed']);
  await harness.finish();
});

describe('credentials in the handshake', () => {
  it('are asked for before every attempt', async () => {
    const attempts: number[] = [];
    const harness = await start({
      onConnect: (end) => end.drop(),
      options: {
        prepare: ({ attempt }) => {
          attempts.push(attempt);
          return { headers: { A: `${attempt}` }, query: { q: 'a b', r: '&' }, protocols: ['p'] };
        },
        protocols: ['chat'],
        url: 'ws://server/path?x=1',
      },
    });
    await harness.clock.advance(2_500);
    expect(attempts).toEqual([1, 2]);
    expect(harness.server.last.request).toMatchObject({
      url: 'ws://server/path?x=1&q=a%20b&r=%26',
      headers: [['A', '2']],
      protocols: ['chat', 'p'],
    });
    await harness.finish();
  });

  it('that cannot be got are an attempt that failed; an AuthError ends it', async () => {
    const harness = await start({
      onConnect: (end) => end.accept(),
      options: { prepare: () => Promise.reject(new Error('offline')), renew: undefined },
    });
    expect(harness.connection.diagnosis).toMatchObject({ lastError: { code: 'CREDENTIALS' }, phase: 'url' });
    await harness.finish();
    const refused = await start({
      onConnect: (end) => end.accept(),
      options: { prepare: () => Promise.reject(new AuthError('nobody is logged in')), renew: undefined },
    });
    expect([refused.ends[0]?.code, refused.server.connections.length]).toEqual(['AUTH_REFUSED', 0]);
    await refused.finish();
  });

  it('cannot be sent as headers by a platform that has none: the client stops and says so', async () => {
    const auth = bearer({ token: SECRET });
    const harness = createHarness({
      server: { features: { headers: false } },
      options: { prepare: auth.prepare },
    });
    harness.connection.connect();
    await harness.clock.advance(0);
    expect(harness.ends).toMatchObject([{ code: 'UNSUPPORTED' }]);
    await harness.finish();
  });

  it('are told nowhere: not in states, errors, closures, nor in the diagnosis (attack 25)', async () => {
    const harness = await start({
      onConnect: (end) => end.refuse(401),
      options: {
        url: `ws://server/?token=${SECRET}`,
        prepare: async () => ({
          headers: { Authorization: `Bearer ${SECRET}` },
          query: { ticket: SECRET },
          protocols: [`token.${SECRET}`],
        }),
      },
    });
    const told = [
      harness.changes,
      harness.closures,
      harness.ends,
      harness.connection.diagnosis,
      harness.renewals,
    ];
    const errors = [...harness.ends, ...harness.renewals].flatMap((error) => [
      String(error),
      (error as Error).stack,
      String((error as Error).cause),
    ]);
    expect(JSON.stringify([told, errors])).not.toContain(SECRET);
    await harness.finish();
  });
});
