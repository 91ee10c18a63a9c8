/** One renewal at a time: rotating refresh tokens are good once, and a server that sees one twice ends the session. */
import { describe, expect, it } from 'vitest';
import { bearer } from '../../src/auth/bearer.ts';
import type { ClientOptions } from '../../src/client/options.ts';
import type { Environment, EnvironmentEvent } from '../../src/connection/environment.ts';
import { handover } from '../../src/connection/handover.ts';
import { STABLE_AFTER_MS } from '../../src/connection/next-attempt.ts';
import type { ScriptedConnection } from '../../src/testing/scripted-server.ts';
import { createVirtualClock } from '../../src/testing/virtual-clock.ts';
import { type Bench, setUp } from '../client/set-up.ts';

const REFRESH_MS = 2_000;

/** Closes, and lets the server answer. */
async function end({ client }: Pick<Bench, 'client'>, clock: Bench['clock']): Promise<void> {
  const closed = client.close({ flush: false });
  await clock.advance(5_000);
  await closed;
}

interface Story extends Bench {
  /** Renewals that were begun, how many at once at most, and whether a refresh token was used twice. */
  readonly refreshes: { begun: number; atOnce: number; most: number; reused: boolean };
  readonly signals: AbortSignal[];
  tell(event: EnvironmentEvent): void;
  /** The access tokens that the server has seen, in order. */
  readonly shown: (string | undefined)[];
  /** What the server takes from now on in place of the present token. */
  expire(): void;
}

/** A client whose token has expired when its line is closed with 4401, and whose refresh takes 2 s and looks at no signal. */
async function story(options: Parameters<typeof setUp>[0] = {}): Promise<Story> {
  const clock = createVirtualClock();
  const refreshes = { begun: 0, atOnce: 0, most: 0, reused: false };
  const signals: AbortSignal[] = [];
  const shown: (string | undefined)[] = [];
  let access = 'a0';
  let valid = 'a0';
  let good = 0;
  let tell: ((event: EnvironmentEvent) => void) | undefined;
  const environment: Environment = {
    online: true,
    watch(told) {
      tell = told;
      return () => {};
    },
  };
  const auth = bearer({
    token: () => access,
    refresh: async ({ signal }) => {
      signals.push(signal);
      refreshes.begun++;
      refreshes.most = Math.max(refreshes.most, ++refreshes.atOnce);
      const mine = good;
      await new Promise((resolve) => clock.setTimer(() => resolve(undefined), REFRESH_MS));
      refreshes.atOnce--;
      refreshes.reused ||= mine !== good;
      good++;
      access = `a${good}`;
      valid = access;
      return access;
    },
  });
  const onConnect = (end: ScriptedConnection): void => {
    const token = end.request.headers[0]?.[1].replace('Bearer ', '');
    shown.push(token);
    if (token === valid) end.accept();
    else end.refuse(401);
  };
  const bench = setUp({ clock, auth, environment, use: [handover()], ...options }, { onConnect });
  bench.client.connect();
  await clock.advance(0);
  expect(bench.client.state.status).toBe('ready');
  return Object.assign(bench, {
    clock,
    refreshes,
    signals,
    shown,
    tell: (event: EnvironmentEvent) => tell?.(event),
    expire: () => {
      valid = 'another';
    },
  });
}

const STORIES: readonly [string, (told: Story) => Promise<void> | void, Partial<ClientOptions>][] = [
  ['nothing else happens', () => {}, {}],
  ['the network comes', ({ tell }) => tell('online'), {}],
  [
    'the machine wakes, and the network comes',
    async ({ tell, clock }) => {
      tell('resume');
      await clock.advance(50);
      tell('online');
    },
    {},
  ],
  [
    'the attempt takes too long',
    ({ clock }) => clock.advance(1_600),
    { reconnect: { connectTimeout: 1_500, firstDelay: 50, baseDelay: 50 } },
  ],
  [
    'the client is closed, and connects',
    ({ client }) => {
      void client.close({ flush: false });
      client.connect();
    },
    {},
  ],
  ['somebody asks for another line', ({ client }) => client.reconnect(), {}],
  [
    'the page is put away, and comes back',
    async ({ tell, clock }) => {
      tell('leave');
      await clock.advance(50);
      tell('return');
    },
    {},
  ],
];

describe('while credentials are renewed', () => {
  it.each(STORIES)('%s: no second renewal is begun', async (_name, happen, options) => {
    const told = await story(options);
    const { clock, client, refreshes, server, expire, shown } = told;
    expire();
    server.last.close(4401);
    await clock.advance(400);
    await happen(told);
    await clock.advance(10_000);
    expect(refreshes).toEqual({ begun: 1, atOnce: 0, most: 1, reused: false });
    expect([client.state.status, shown]).toEqual(['ready', ['a0', 'a1']]);
    await end(told, clock);
    expect(clock.pendingTimers).toBe(0);
  });

  it('the renewal is not aborted by what ends the attempt, but by the end of the client', async () => {
    const { clock, client, server, expire, signals, tell } = await story();
    expire();
    server.last.close(4401);
    await clock.advance(400);
    tell('online');
    void client.close({ flush: false });
    client.connect();
    await clock.settle();
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    await client.close({ flush: false });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    await clock.advance(REFRESH_MS);
  });
});

it('a renewal that fails after the client was closed and connected is asked for again, if the server says no', async () => {
  let asked = 0;
  const clock = createVirtualClock();
  const auth = bearer({
    token: () => `t${asked}`,
    refresh: async () => {
      asked++;
      await new Promise((_, reject) => clock.setTimer(() => reject(new Error('down')), REFRESH_MS));
    },
  });
  const bench = setUp({ clock, auth }, { onConnect: (end) => end.refuse(401) });
  bench.client.connect();
  await clock.advance(0);
  void bench.client.close({ flush: false });
  bench.client.connect();
  await clock.advance(REFRESH_MS);
  expect([asked, bench.server.connections.length]).toEqual([2, 2]);
  await bench.client.close({ flush: false });
  await clock.advance(REFRESH_MS);
});

describe('clients that share a token source', () => {
  const together = (refresh: (signal: AbortSignal) => Promise<string>) => {
    let access = 'a0';
    const valid = { token: 'a0' };
    const auth = bearer({
      token: () => access,
      refresh: async ({ signal }) => {
        access = await refresh(signal);
        valid.token = access;
        return access;
      },
    });
    const clock = createVirtualClock();
    const onConnect = (end: ScriptedConnection): void => {
      if (end.request.headers[0]?.[1] === `Bearer ${valid.token}`) end.accept();
      else end.refuse(401);
    };
    const benches = [0, 1].map(() => setUp({ clock, auth }, { onConnect }));
    return { clock, valid, benches };
  };

  it('share its renewal, and no new line shows the old token meanwhile', async () => {
    let begun = 0;
    const { clock, valid, benches } = together(async () => {
      begun++;
      await new Promise((resolve) => clock.setTimer(() => resolve(undefined), REFRESH_MS));
      return 'a1';
    });
    const [one, two] = benches as [Bench, Bench];
    valid.token = 'another';
    one.client.connect();
    await clock.advance(10);
    two.client.connect();
    await clock.advance(REFRESH_MS);
    expect([begun, one.server.connections.length, two.server.connections.length]).toEqual([1, 2, 1]);
    expect([one.client.state.status, two.client.state.status]).toEqual(['ready', 'ready']);
    for (const bench of benches) await end(bench, clock);
  });

  it('abort it when the last of them is closed', async () => {
    const signals: AbortSignal[] = [];
    const { clock, benches, valid } = together((signal) => {
      signals.push(signal);
      return new Promise(() => {});
    });
    valid.token = 'another';
    for (const { client } of benches) client.connect();
    await clock.advance(10);
    const aborted: (boolean | undefined)[] = [];
    for (const { client } of benches) {
      await client.close({ flush: false });
      aborted.push(signals[0]?.aborted);
    }
    expect([signals.length, aborted]).toEqual([1, [false, true]]);
  });
});

describe('one that never settles, and heeds no signal', () => {
  /** The refresh of each turn is settled by hand. */
  function hanging(options: Parameters<typeof setUp>[0] = {}) {
    const turns: { signal: AbortSignal; give: (token: string) => void }[] = [];
    const auth = bearer({
      token: () => 'at-hand',
      refresh: ({ signal }) =>
        new Promise<string>((give) => {
          turns.push({ signal, give });
        }),
    });
    const clock = createVirtualClock();
    const good = { token: 'another' };
    const shown: (string | undefined)[] = [];
    const onConnect = (end: ScriptedConnection): void => {
      shown.push(end.request.headers[0]?.[1]);
      if (end.request.headers[0]?.[1] === `Bearer ${good.token}`) end.accept();
      else end.refuse(401);
    };
    const open = (): Bench => setUp({ clock, auth, ...options }, { onConnect });
    return { turns, clock, good, shown, open };
  }

  it('is given up after the longest that an attempt may take, told, and asked for again', async () => {
    const { turns, clock, good, shown, open } = hanging();
    const bench = open();
    bench.client.connect();
    await clock.advance(59_999);
    expect([turns.length, turns[0]?.signal.aborted]).toEqual([1, false]);
    await clock.advance(1);
    expect(turns[0]?.signal).toMatchObject({ aborted: true, reason: { code: 'TIMEOUT' } });
    expect(bench.client.why().lastError).toMatchObject({
      code: 'TIMEOUT',
      phase: 'url',
      detail: 'renewing',
      message: expect.stringMatching(/^New credentials did not come within 60000 ms.*maxConnectTimeout\.$/),
    });
    await clock.advance(30_000);
    good.token = 'second';
    turns[1]?.give('second');
    await clock.advance(0);
    expect([bench.client.state.status, turns.length]).toEqual(['ready', 2]);
    // What the first brings after all does not take the place of that.
    turns[0]?.give('first');
    await clock.settle();
    bench.server.last.drop();
    await clock.advance(30_000);
    expect([bench.client.state.status, shown.at(-1)]).toEqual(['ready', 'Bearer second']);
    await end(bench, clock);
    expect(clock.pendingTimers).toBe(0);
  });

  it('keeps no other client that shares it from using the token at hand', async () => {
    const { turns, clock, good, open } = hanging();
    const [one, two, three] = [open(), open(), open()];
    one.client.connect();
    await clock.advance(50_000);
    two.client.connect();
    await clock.advance(5_000);
    good.token = 'at-hand';
    three.client.connect();
    await clock.advance(4_999);
    expect([two.client.state.status, three.client.state.status]).toEqual(['connecting', 'connecting']);
    await clock.advance(1);
    expect([two.client.state.status, three.client.state.status, turns.length]).toEqual(['ready', 'ready', 1]);
    for (const bench of [one, two, three]) await end(bench, clock);
    expect(clock.pendingTimers).toBe(0);
  });

  it('is given up when whoever asked for it is closed, and is late then', async () => {
    const { turns, clock, good, shown, open } = hanging();
    const [one, two] = [open(), open()];
    one.client.connect();
    await clock.advance(10);
    two.client.connect();
    await clock.advance(10);
    good.token = 'at-hand';
    await one.client.close({ flush: false });
    await clock.advance(0);
    expect([turns[0]?.signal.aborted, two.client.state.status]).toEqual([true, 'ready']);
    // Nothing newer has come: what a good refresh brings late is taken.
    good.token = 'late';
    turns[0]?.give('late');
    await clock.settle();
    two.server.last.drop();
    await clock.advance(6_000);
    expect([two.client.state.status, shown.at(-1)]).toEqual(['ready', 'Bearer late']);
    await end(two, clock);
  });

  it('has no more time in the next life of the client', async () => {
    const token = (): string => `Bearer ${good.token}`;
    let asked = 0;
    const auth = {
      prepare: () => ({ headers: { Authorization: asked === 0 ? 'Bearer old' : token() } }),
      renew: () => new Promise<void>(() => asked++),
    };
    const { clock, good, open } = hanging({ auth });
    const bench = open();
    bench.client.connect();
    await clock.advance(30_000);
    await bench.client.close({ flush: false });
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(20_000);
    bench.client.connect();
    await clock.advance(9_999);
    expect(bench.client.state.status).toBe('connecting');
    await clock.advance(1);
    expect([bench.client.state.status, asked]).toEqual(['ready', 1]);
    await end(bench, clock);
    expect(clock.pendingTimers).toBe(0);
  });

  it('counts for nothing when it is done too late: it is asked for again', async () => {
    const gives: (() => void)[] = [];
    const auth = {
      prepare: () => ({
        headers: { Authorization: gives.length < 2 ? 'Bearer old' : `Bearer ${good.token}` },
      }),
      renew: () => new Promise<void>((resolve) => gives.push(resolve)),
    };
    const { clock, good, open } = hanging({ auth });
    const bench = open();
    bench.client.connect();
    await clock.advance(60_000);
    expect([gives.length, bench.client.state.status]).toEqual([1, 'waiting']);
    gives[0]?.();
    await clock.advance(30_000);
    expect([gives.length, bench.client.state.status]).toEqual([2, 'connecting']);
    gives[1]?.();
    await clock.advance(0);
    expect(bench.client.state.status).toBe('ready');
    await end(bench, clock);
    expect(clock.pendingTimers).toBe(0);
  });

  it('is waited for as long as it takes where an attempt has no longest time', async () => {
    const { turns, clock, open } = hanging({ reconnect: { maxConnectTimeout: 0 } });
    const bench = open();
    bench.client.connect();
    await clock.advance(600_000);
    expect([turns.length, turns[0]?.signal.aborted]).toEqual([1, false]);
    await bench.client.close({ flush: false });
    expect(turns[0]?.signal.aborted).toBe(true);
  });
});

describe('a handover', () => {
  it('that is refused renews the credentials, and goes on', async () => {
    const told = await story();
    const { clock, client, refreshes, expire, shown } = told;
    await clock.advance(STABLE_AFTER_MS);
    expire();
    const moved = client.handover();
    await clock.advance(REFRESH_MS);
    expect(await moved).toMatchObject({ status: 'ready', epoch: 2 });
    expect([refreshes.begun, shown]).toEqual([1, ['a0', 'a0', 'a1']]);
    await end(told, clock);
  });

  it('renews once: refused again it fails, and the old line stays', async () => {
    const told = await story();
    const { clock, client, refreshes, expire } = told;
    await clock.advance(STABLE_AFTER_MS);
    expire();
    const moved = client.handover().catch((error: unknown) => error);
    await clock.advance(REFRESH_MS - 1);
    clock.setTimer(expire, 1); // right behind the answer of the refresh
    await clock.advance(1);
    expect([await moved, refreshes.begun]).toMatchObject([{ code: 'HANDOVER_FAILED' }, 1]);
    expect(client.state).toMatchObject({ status: 'ready', epoch: 1 });
    await end(told, clock);
  });
});
