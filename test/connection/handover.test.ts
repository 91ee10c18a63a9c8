import { describe, expect, it } from 'vitest';
import type { LoginLine } from '../../src/auth/authenticator.ts';
import { AuthError } from '../../src/base/errors.ts';
import type { Environment, EnvironmentEvent } from '../../src/connection/environment.ts';
import { MAX_OLD_LINES } from '../../src/connection/handover.ts';
import { STABLE_AFTER_MS } from '../../src/connection/next-attempt.ts';
import { createHandoverHarness, type HandoverHarness } from '../tools/handover-harness.ts';

/** What a promise came to, without waiting for it. */
function fateOf(promise: Promise<unknown>): { value: unknown } {
  const fate: { value: unknown } = { value: 'pending' };
  const settle = (value: unknown): void => {
    fate.value = value;
  };
  promise.then(settle, settle);
  return fate;
}

/** An open line, and a handover whose new line is dialled and not answered yet. */
async function begun(...given: Parameters<typeof createHandoverHarness>) {
  const harness = createHandoverHarness(...given);
  await harness.open();
  const fate = fateOf(harness.handover.begin());
  await harness.clock.settle();
  const [old, next] = harness.server.connections;
  return { ...harness, harness, fate, old: old!, next: next! };
}

const login = async (line: LoginLine): Promise<void> => {
  line.send('me');
  if ((await line.receive()) !== 'True') throw new AuthError('The server refused.');
};

/** Past the login of the first line. */
async function logIn({ server, clock, told, changes }: HandoverHarness): Promise<void> {
  server.last.send('True');
  await clock.settle();
  told.length = 0;
  changes.length = 0;
}

describe('make before break', () => {
  it('the new line is ready before the old one is let go; the state stays ready', async () => {
    const { connection, clock, told, changes, fate, old, next, harness } = await begun();
    expect([connection.state.epoch, connection.state.status, told]).toEqual([1, 'ready', []]);
    expect([old.state, next.state]).toEqual(['open', 'connecting']);
    connection.line?.send('to the old');
    next.accept();
    await clock.settle();
    expect(told).toEqual(['> ready: handed over', 'ready 2']);
    expect(changes[0]?.previous).toMatchObject({ status: 'ready', epoch: 1 });
    expect(connection.state).toMatchObject({ status: 'ready', epoch: 2, reason: 'handed over' });
    expect(connection.state).toBe(changes[0]?.current);
    expect(fate.value).toBe(connection.state);
    connection.line?.send('to the new');
    expect([old.received, next.received]).toEqual([['to the old'], ['to the new']]);
    await clock.advance(0);
    expect([old.state, told.at(-1)]).toEqual(['closed', 'parted 1']);
    await harness.finish();
  });

  it('the old line stays until what is under way on it is finished', async () => {
    const { connection, clock, told, busy, old, next, harness } = await begun();
    const oldLine = connection.line;
    busy.add(1);
    next.accept();
    await clock.advance(9_000);
    old.send('a late answer');
    next.send('news');
    expect(told.slice(2)).toEqual(['message a late answer on 1', 'message news on 2']);
    expect([oldLine?.isReady, connection.line?.isReady]).toEqual([true, true]);
    expect([oldLine?.send('an answer'), connection.line?.send('more')]).toEqual([true, true]);
    expect([old.received, next.received]).toEqual([['an answer'], ['more']]);
    harness.handover.review();
    expect(old.state).toBe('open');
    busy.clear();
    harness.handover.review();
    await clock.advance(0);
    expect([old.state, oldLine?.isReady, oldLine?.send('late')]).toEqual(['closed', false, false]);
    await harness.finish();
  });

  it('but no longer than the deadline', async () => {
    const { clock, told, busy, old, next, harness } = await begun({}, { deadline: 3_000 });
    busy.add(1);
    next.accept();
    await clock.advance(2_999);
    expect(old.state).toBe('open');
    await clock.advance(1);
    expect([old.state, told.at(-1)]).toEqual(['closed', 'parted 1']);
    await harness.finish();
  });

  it('an old line that is lost before it has finished is told of, and not replaced', async () => {
    const { connection, clock, told, busy, server, old, next, harness } = await begun();
    busy.add(1);
    next.accept();
    old.drop();
    await clock.advance(60_000);
    expect(told.slice(2)).toEqual(['parted 1']);
    expect([connection.state.status, server.connections.length]).toEqual(['ready', 2]);
    await harness.finish();
  });

  it('logs in on the new line first; a login is told of to nobody', async () => {
    const harness = createHandoverHarness({ login });
    await harness.open();
    await logIn(harness);
    const { server, clock, told } = harness;
    const fate = fateOf(harness.handover.begin());
    await clock.settle();
    const next = server.last;
    next.accept();
    await clock.settle();
    expect([next.received, harness.connection.state.epoch, told]).toEqual([['me'], 1, []]);
    next.send('True');
    next.send('right behind it');
    await clock.settle();
    expect(told).toEqual(['> ready: handed over', 'ready 2', 'message right behind it on 2']);
    expect(fate.value).toMatchObject({ epoch: 2 });
    await harness.finish();
  });

  it('again and again: three lines, one after the other', async () => {
    const { connection, clock, server, told, next, harness } = await begun();
    next.accept();
    await clock.advance(STABLE_AFTER_MS);
    const third = harness.handover.begin();
    await clock.settle();
    server.last.accept();
    await expect(third).resolves.toMatchObject({ epoch: 3 });
    await clock.advance(0);
    expect(told.filter((name) => name.startsWith('parted'))).toEqual(['parted 1', 'parted 2']);
    server.last.drop();
    expect(connection.state).toMatchObject({ status: 'waiting', epoch: 3, attempt: 1 });
    await clock.advance(6_000);
    server.last.accept();
    expect(connection.state).toMatchObject({ status: 'ready', epoch: 4 });
    await harness.finish();
  });

  it('a second call meanwhile is the same handover', async () => {
    const { server, next, harness } = await begun();
    const [first, second] = [harness.handover.begin(), harness.handover.begin()];
    next.accept();
    expect(await first).toBe(await second);
    expect(server.connections.length).toBe(2);
    await harness.finish();
  });

  it('measures and drains on the present line alone', async () => {
    const heartbeat = { interval: 1_000, timeout: 500 };
    const { connection, clock, told, busy, old, next, harness } = await begun({ heartbeat });
    await clock.advance(1_100);
    expect(told).toContain('measured');
    expect(connection.state.rtt).toBe(0);
    old.drain();
    expect(told.at(-1)).toBe('drain');
    busy.add(1);
    next.accept();
    await clock.settle();
    expect(connection.state.rtt).toBeUndefined();
    told.length = 0;
    old.drain();
    expect(told).toEqual([]);
    next.bufferedAmount = 7;
    expect(connection.line?.bufferedAmount).toBe(7);
    next.drain();
    await clock.advance(1_100);
    expect(told[0]).toBe('drain');
    expect(connection.state).toMatchObject({ rtt: 0, epoch: 2 });
    await harness.finish();
  });
});

describe('when there is no new line', () => {
  it('the old one is not touched', async () => {
    const { connection, clock, told, fate, old, next, harness } = await begun();
    const { state } = connection;
    next.refuse(503);
    await clock.advance(60_000);
    expect(fate.value).toMatchObject({
      name: 'ConnectionError',
      code: 'HANDOVER_FAILED',
      cause: { code: 'HANDSHAKE_STATUS', status: 503 },
    });
    expect([connection.state, told, old.state]).toEqual([state, [], 'open']);
    const again = harness.handover.begin();
    await clock.settle();
    harness.server.last.accept();
    await expect(again).resolves.toMatchObject({ epoch: 2 });
    await harness.finish();
  });

  it('nor when the login is refused there', async () => {
    const harness = createHandoverHarness({ login, url: ['ws://a/', 'ws://b/'] });
    await harness.open();
    await logIn(harness);
    const { connection, server, clock } = harness;
    const fate = fateOf(harness.handover.begin());
    await clock.settle();
    server.last.accept();
    await clock.settle();
    server.last.send('False');
    await clock.advance(60_000);
    expect(fate.value).toMatchObject({ code: 'HANDOVER_FAILED', cause: { code: 'AUTH_REFUSED' } });
    expect([connection.state.epoch, server.connections.length]).toEqual([1, 2]);
    await harness.finish();
  });

  it.each<[string, (harness: HandoverHarness) => Promise<void> | void]>([
    ['idle', () => {}],
    ['connecting', ({ connection }) => connection.connect()],
    [
      'authenticating',
      async ({ connection, clock, server }) => {
        connection.connect();
        await clock.settle();
        server.last.accept();
      },
    ],
    [
      'waiting',
      async ({ connection, clock, server }) => {
        connection.connect();
        await clock.settle();
        server.last.drop();
      },
    ],
    [
      'closing',
      async ({ connection, clock, server }) => {
        connection.connect();
        await clock.settle();
        server.last.accept();
        void connection.close();
      },
    ],
    ['closed', ({ connection }) => void connection.close()],
  ])('a connection that is %s has nothing to hand over', async (status, lead) => {
    const harness = createHandoverHarness({ login });
    await lead(harness);
    const { state } = harness.connection;
    expect(state.status).toBe(status);
    const count = harness.server.connections.length;
    await expect(harness.handover.begin()).rejects.toMatchObject({
      code: 'INVALID_STATE',
      message: expect.stringContaining(status),
    });
    expect([harness.connection.state, harness.server.connections.length]).toEqual([state, count]);
    await harness.finish();
  });

  it('tries the other addresses first, each once, then the one in use', async () => {
    const { connection, clock, server, fate, harness } = await begun({
      url: ['ws://a/', 'ws://b/', 'ws://c/'],
    });
    for (let attempt = 0; attempt < 3; attempt++) {
      server.last.refuse(503);
      await clock.settle();
    }
    expect(server.connections.map(({ request }) => new URL(request.url).host)).toEqual(['a', 'b', 'c', 'a']);
    expect(fate.value).toMatchObject({ code: 'HANDOVER_FAILED' });
    expect([connection.options.failover?.index, connection.diagnosis.target]).toEqual([0, 'ws://a/']);
    await harness.finish();
  });

  it('stays at the address that it was handed over to', async () => {
    const { connection, clock, server, next, harness } = await begun({ url: ['ws://a/', 'ws://b/'] });
    next.accept();
    await clock.advance(10_000);
    expect([connection.options.failover?.index, connection.diagnosis.target]).toEqual([1, 'ws://b/']);
    next.drop();
    expect(connection.diagnosis).toMatchObject({
      lastClosure: { code: 1006 },
      lastError: { code: 'CONNECTION_LOST' },
    });
    await clock.advance(6_000);
    expect(new URL(server.last.request.url).host).toBe('b');
    await harness.finish();
  });
});

describe('when the old line dies meanwhile', () => {
  it('the new one takes over, and the handover is done when that is ready', async () => {
    const { connection, clock, told, fate, old, next, server, harness } = await begun();
    await clock.advance(6_000);
    old.drop();
    expect(told).toEqual(['ended 1006', '> connecting: connection lost']);
    expect(connection.state).toMatchObject({
      status: 'connecting',
      epoch: 1,
      attempt: 1,
      retryAt: undefined,
    });
    next.accept();
    await clock.settle();
    expect(told.slice(2)).toEqual(['> ready: connection opened', 'ready 2']);
    expect(fate.value).toBe(connection.state);
    expect(connection.diagnosis).toMatchObject({
      lastClosure: { code: 1006 },
      rule: 'the connection was lost',
    });
    await clock.advance(60_000);
    expect([server.connections.length, told.length]).toEqual([2, 4]);
    await harness.finish();
  });

  it('also in the middle of its login', async () => {
    const harness = createHandoverHarness({ login });
    await harness.open();
    await logIn(harness);
    const { server, clock, told } = harness;
    const fate = fateOf(harness.handover.begin());
    await clock.settle();
    const [old, next] = server.connections;
    next!.accept();
    await clock.settle();
    old!.drop();
    expect(told).toEqual([
      'ended 1006',
      '> connecting: connection lost',
      '> authenticating: connection opened',
    ]);
    next!.send('True');
    await clock.settle();
    expect(told.slice(3)).toEqual(['> ready: login accepted', 'ready 2']);
    expect(fate.value).toMatchObject({ status: 'ready', epoch: 2 });
    await harness.finish();
  });

  it('a new one that fails then is an attempt like any other', async () => {
    const { connection, clock, told, fate, old, next, server, harness } = await begun();
    old.drop();
    next.refuse(503);
    await clock.settle();
    expect(told).toEqual([
      'ended 1006',
      '> connecting: connection lost',
      'ended 1006',
      '> waiting: attempt failed',
    ]);
    expect(fate.value).toBe('pending');
    await clock.advance(30_000);
    server.last.accept();
    await clock.settle();
    expect(connection.state).toMatchObject({ status: 'ready', epoch: 2 });
    expect(fate.value).toBe(connection.state);
    await harness.finish();
  });

  it('a server that forbids to come back is obeyed', async () => {
    const { clock, told, fate, old, next, server, harness } = await begun();
    old.close(4400, '{"reconnect":false}');
    await clock.advance(60_000);
    expect(told).toEqual(['ended 4400', '> closed: gave up', 'closed CONNECTION_CLOSED']);
    expect([next.state, server.connections.length]).toEqual(['closed', 2]);
    expect(fate.value).toMatchObject({ code: 'HANDOVER_FAILED', cause: { code: 'CONNECTION_CLOSED' } });
    await harness.finish();
  });

  it('whoever is told of it may close everything', async () => {
    const harness = createHandoverHarness({ login });
    await harness.open();
    await logIn(harness);
    const { server, clock, told } = harness;
    const fate = fateOf(harness.handover.begin());
    await clock.settle();
    const [old, next] = server.connections;
    next!.accept();
    await clock.settle();
    harness.onTold = (name) => {
      if (name === '> connecting: connection lost') void harness.connection.close();
    };
    old!.drop();
    await clock.advance(5_000);
    expect(told.at(-1)).toBe('closed by the caller');
    expect([next!.state, fate.value]).toMatchObject(['closed', { code: 'HANDOVER_FAILED' }]);
    await harness.finish();
  });
});

describe('whatever happens to whichever line, at every stage of the new one', () => {
  const stages = ['dialled', 'logging in', 'ready, the old one busy', 'ready, the old one gone'] as const;
  const acts = ['old drops', 'old closes', 'next drops', 'next closes', 'both drop', 'close()'] as const;
  const cases = stages.flatMap((stage) => acts.map((act) => [stage, act] as const));

  it.each(cases)('%s: %s', async (stage, act) => {
    const harness = createHandoverHarness({ login });
    await harness.open();
    await logIn(harness);
    const { connection, clock, server, busy, changes } = harness;
    if (stage === 'ready, the old one busy') busy.add(1);
    let settled = 0;
    const fate = fateOf(harness.handover.begin().finally(() => settled++));
    await clock.settle();
    const [old, next] = server.connections;
    if (stage !== 'dialled') {
      next!.accept();
      await clock.settle();
    }
    if (stage.startsWith('ready')) {
      next!.send('True');
      await clock.advance(0);
    }
    if (act === 'close()') void connection.close();
    if (act === 'old drops' || act === 'both drop') old!.drop();
    if (act === 'old closes') old!.close(1_012);
    if (act === 'next drops' || act === 'both drop') next!.drop();
    if (act === 'next closes') next!.close(1_001);
    await clock.settle();
    // Whatever attempt is under way now, or follows, is let in.
    for (let round = 0; round < 4 && act !== 'close()'; round++) {
      server.last.accept();
      await clock.settle();
      server.last.send('True');
      await clock.advance(connection.state.status === 'ready' ? 0 : 31_000);
    }
    await clock.advance(10_000);
    expect(settled).toBe(1);
    expect(connection.state.status).toBe(act === 'close()' ? 'closed' : 'ready');
    // Every change goes on from the one before, and every line has a number of its own.
    for (const [index, change] of changes.entries()) {
      if (index > 0) expect(change.previous).toMatchObject({ status: changes[index - 1]!.current.status });
      const isReady = change.current.status === 'ready';
      expect(change.current.epoch - change.previous.epoch).toBe(isReady ? 1 : 0);
    }
    const alive = server.connections.filter(({ state }) => state !== 'closed').length;
    expect(alive).toBe(act === 'close()' ? 0 : 1);
    expect(fate.value).not.toBe('pending');
    await harness.finish();
  });
});

describe('closing', () => {
  it('during a handover closes both', async () => {
    const { connection, clock, told, fate, old, next, harness } = await begun();
    const closed = connection.close(3_000, 'bye');
    await clock.advance(0);
    await expect(closed).resolves.toMatchObject({ code: 3_000, wasClean: true });
    expect([old.state, next.state]).toEqual(['closed', 'closed']);
    expect(told).toEqual([
      '> closing: close called',
      'ended 3000',
      '> closed: closed',
      'closed by the caller',
    ]);
    expect(fate.value).toMatchObject({ code: 'HANDOVER_FAILED', message: expect.stringContaining('closed') });
    await harness.finish();
  });

  it('waits for an old line too, and says that all is over', async () => {
    const { connection, clock, told, busy, old, next, harness } = await begun();
    busy.add(1);
    next.accept();
    await clock.settle();
    const fate = fateOf(connection.close());
    await clock.advance(0);
    expect(fate.value).toMatchObject({ wasClean: true });
    expect([old.state, next.state]).toEqual(['closed', 'closed']);
    expect(told).toContain('parted 1 with all');
    await harness.finish();
  });

  it('waits for a new line that is not ready yet (simulated seed 101576)', async () => {
    const harness = createHandoverHarness({ login }, {}, {}, false);
    const { connection, clock, server, told } = harness;
    await harness.open();
    await logIn(harness);
    const old = server.last;
    const handing = fateOf(harness.handover.begin());
    await clock.settle();
    const next = server.last;
    next.accept(); // and its login is not answered
    await clock.settle();
    const fate = fateOf(connection.close());
    await clock.settle();
    expect(handing.value).toMatchObject({ code: 'HANDOVER_FAILED' });
    old.close(1000);
    await clock.advance(0);
    expect([connection.state.status, next.state, fate.value]).toEqual(['closed', 'closing', 'pending']);
    next.close(1000);
    await clock.advance(0);
    expect(fate.value).toMatchObject({ code: 1000 });
    expect([told.filter((name) => name.startsWith('parted')), next.state]).toEqual([[], 'closed']);
    await harness.finish();
  });

  it('waits for an old line however often it is called, and in every life (simulated seed 100755)', async () => {
    const { connection, clock, server, busy, harness } = await begun({}, {}, {}, false);
    busy.add(1).add(3);
    for (const life of [1, 2]) {
      if (life === 2) {
        connection.connect();
        await clock.settle();
        server.last.accept();
        await clock.advance(STABLE_AFTER_MS);
        harness.handover.begin().catch(() => {});
        await clock.settle();
      }
      const [old, present] = server.connections.slice(-2);
      present?.accept();
      await clock.settle();
      const fates = [fateOf(connection.close()), fateOf(connection.close())];
      await clock.settle();
      present?.close(1000);
      await clock.advance(0);
      expect([connection.state.status, old?.state]).toEqual(['closed', 'closing']);
      expect(fates.map(({ value }) => value)).toEqual(['pending', 'pending']);
      old?.close(1000);
      await clock.advance(0);
      expect(fates.map(({ value }) => value)).toEqual([
        expect.objectContaining({ code: 1000 }),
        expect.objectContaining({ code: 1000 }),
      ]);
    }
    await harness.finish();
  });

  it('by whoever is told that the line was handed over', async () => {
    const { connection, clock, told, fate, next, harness } = await begun();
    harness.onTold = (name) => {
      if (name === '> ready: handed over') void connection.close();
    };
    next.accept();
    await clock.advance(0);
    expect(told).not.toContain('ready 2');
    expect(connection.state.status).toBe('closed');
    expect(fate.value).not.toBe('pending');
    await harness.finish();
  });

  it('and connecting again begins anew', async () => {
    const { connection, clock, server, next, harness } = await begun();
    next.accept();
    await clock.advance(0);
    await harness.finish();
    connection.connect();
    await clock.settle();
    server.last.accept();
    expect(connection.state).toMatchObject({ status: 'ready', epoch: 3 });
    await harness.finish();
  });
});

describe('a handover so soon after another', () => {
  /** Handed over once, right now, and asked to do so again. */
  async function again() {
    const { next, harness } = await begun();
    next.accept();
    await harness.clock.settle();
    return { ...harness, harness, fate: fateOf(harness.handover.begin()) };
  }

  it('waits until 5 s have passed since then (attack 43)', async () => {
    const { connection, clock, server, harness, fate } = await again();
    await clock.advance(STABLE_AFTER_MS - 1);
    expect([fate.value, server.connections.length]).toEqual(['pending', 2]);
    const joined = fateOf(harness.handover.begin());
    await clock.advance(1);
    expect(server.connections.length).toBe(3);
    server.last.accept();
    await clock.settle();
    expect([fate.value, joined.value]).toEqual([connection.state, connection.state]);
    expect(connection.state).toMatchObject({ status: 'ready', epoch: 3 });
    await harness.finish();
  });

  it('or after one that failed, or whose old line was lost', async () => {
    const { clock, server, fate, next, old, harness } = await begun();
    next.refuse(503);
    await clock.settle();
    expect(fate.value).toMatchObject({ code: 'HANDOVER_FAILED' });
    void harness.handover.begin();
    await clock.advance(STABLE_AFTER_MS - 1);
    expect(server.connections.length).toBe(2);
    await clock.advance(1);
    expect(server.connections.length).toBe(3);
    old.drop();
    server.last.accept();
    await clock.settle();
    void harness.handover.begin();
    await clock.advance(STABLE_AFTER_MS - 1);
    expect([harness.connection.state.status, server.connections.length]).toEqual(['ready', 3]);
    await clock.advance(1);
    expect(server.connections.length).toBe(4);
    server.last.accept();
    await harness.finish();
  });

  it('waits too while lines are lost as soon as they are there: one that lives for 5 s first', async () => {
    const harness = createHandoverHarness();
    await harness.open();
    const { clock, server, connection } = harness;
    for (let lost = 0; lost < 2; lost++) {
      server.last.drop();
      await clock.advance(30_000);
      server.last.accept();
      await clock.settle();
    }
    expect(connection.state.status).toBe('ready');
    void harness.handover.begin();
    const { length } = server.connections;
    await clock.advance(STABLE_AFTER_MS - 1);
    expect(server.connections).toHaveLength(length);
    await clock.advance(1);
    expect(server.connections).toHaveLength(length + 1);
    server.last.accept();
    await harness.finish();
  });

  it('what a server says against two connections is no last word for 5 s', async () => {
    const { connection, clock, server, harness } = await again();
    server.last.close(4409);
    await clock.settle();
    expect(connection.state.status).toBe('waiting');
    await harness.finish();
  });

  it('is not done with the line on whose beginning it was called for', async () => {
    const { clock, server, next, old, harness } = await begun();
    next.refuse(503);
    await clock.settle();
    let fate = { value: undefined as unknown };
    harness.onTold = (name) => {
      if (name === 'ready 2') fate = fateOf(harness.handover.begin());
    };
    old.drop();
    await clock.advance(2_500);
    server.last.accept();
    await clock.settle();
    expect([harness.connection.state.epoch, fate.value]).toEqual([2, 'pending']);
    await clock.advance(2_500);
    server.last.accept();
    await clock.settle();
    expect(fate.value).toMatchObject({ epoch: 3 });
    await harness.finish();
  });

  it('is done with the line that takes the place of a lost one', async () => {
    const { connection, clock, server, harness, fate } = await again();
    server.last.drop();
    await clock.advance(6_000);
    server.last.accept();
    await clock.settle();
    expect([server.connections.length, fate.value]).toEqual([3, connection.state]);
    await clock.advance(6_000);
    expect(server.connections.length).toBe(3);
    await harness.finish();
  });

  it('fails when all is closed meanwhile', async () => {
    const { harness, fate } = await again();
    await harness.finish();
    expect(fate.value).toMatchObject({ code: 'HANDOVER_FAILED', detail: 'called-off' });
  });

  it('leaves few old lines, however long each may take', async () => {
    const harness = createHandoverHarness({}, { deadline: Number.POSITIVE_INFINITY });
    await harness.open();
    const { server, clock, busy, told } = harness;
    for (let epoch = 1; epoch <= MAX_OLD_LINES + 2; epoch++) {
      busy.add(epoch);
      void harness.handover.begin();
      await clock.advance(STABLE_AFTER_MS);
      server.last.accept();
      await clock.settle();
    }
    await clock.advance(0);
    expect(told.filter((name) => name.startsWith('parted'))).toEqual(['parted 1', 'parted 2']);
    expect(server.connections.filter(({ state }) => state === 'open')).toHaveLength(MAX_OLD_LINES + 1);
    await harness.finish();
  });
});

describe('a word of the server', () => {
  const when = (message: unknown): boolean => message === 'restarting';

  it('begins a handover after a random delay', async () => {
    const harness = createHandoverHarness({}, { when, spread: 4_000 });
    const { connection, clock, server } = harness;
    await harness.open();
    harness.handover.advise('hello');
    harness.handover.advise('restarting');
    harness.handover.advise('restarting');
    await clock.advance(1_999);
    expect(server.connections.length).toBe(1);
    await clock.advance(1);
    expect(server.connections.length).toBe(2);
    server.last.accept();
    await clock.advance(0);
    expect([connection.state.epoch, server.connections.length]).toEqual([2, 2]);
    await harness.finish();
  });

  it('without a function nothing is a word', async () => {
    const harness = createHandoverHarness();
    await harness.open();
    harness.handover.advise('restarting');
    expect(harness.clock.pendingTimers).toBe(0);
    await harness.finish();
  });

  it('is followed at once, and 5 s after the last handover at the soonest (attack 43)', async () => {
    const harness = createHandoverHarness({}, { when, spread: 0 });
    await harness.open();
    const { server, handover, clock } = harness;
    const begun: number[] = [];
    for (let count = 0; count < 4; count++) {
      handover.advise('restarting');
      while (server.last.state !== 'connecting') await clock.advanceToNext();
      begun.push(clock.now());
      server.last.accept();
      await clock.settle();
    }
    expect(begun).toEqual([0, 5_000, 10_000, 15_000]);
    await harness.finish();
  });

  it('is followed once: while a handover is under way it asks for that', async () => {
    const { server, clock, next, fate, harness } = await begun({}, { when, spread: 60_000 });
    harness.handover.advise('restarting');
    next.accept();
    await clock.settle();
    expect(fate.value).toBe(harness.connection.state);
    await clock.advance(60_000);
    expect(server.connections.length).toBe(2);
    await harness.finish();
  });

  it('a handover that fails then is nobody’s error', async () => {
    const harness = createHandoverHarness({}, { when, spread: 0 });
    const { connection, clock, server } = harness;
    await harness.open();
    harness.handover.advise('restarting');
    await clock.advance(0);
    server.last.refuse(503);
    await clock.settle();
    expect([connection.state.status, connection.state.epoch]).toEqual(['ready', 1]);
    harness.handover.advise('restarting');
    await clock.advance(STABLE_AFTER_MS - 1);
    expect(server.connections.length).toBe(2);
    await clock.advance(1);
    expect(server.connections.length).toBe(3);
    await harness.finish();
  });

  it('is forgotten when the line is lost, the handover called for, or all closed', async () => {
    const harness = createHandoverHarness({}, { when, spread: 20_000 });
    const { connection, clock, server } = harness;
    await harness.open();
    harness.handover.advise('restarting');
    server.last.drop();
    await clock.advance(3_000);
    server.last.accept();
    await clock.advance(15_000);
    expect([server.connections.length, connection.state.status]).toEqual([2, 'ready']);
    harness.handover.advise('restarting');
    void harness.handover.begin();
    await clock.settle();
    server.last.accept();
    await clock.advance(10_000);
    expect(server.connections.length).toBe(3);
    harness.handover.advise('restarting');
    await harness.finish();
  });
});

describe('the surroundings', () => {
  function surroundings() {
    const listeners = new Set<(event: EnvironmentEvent) => void>();
    const environment: Environment = {
      online: true,
      watch: (tell) => {
        listeners.add(tell);
        return () => listeners.delete(tell);
      },
    };
    const tellAll = (event: EnvironmentEvent): void => {
      for (const tell of [...listeners]) tell(event);
    };
    return { environment, listeners, tellAll };
  }

  it('are told to the present line alone', async () => {
    const { environment, listeners, tellAll } = surroundings();
    const heartbeat = { interval: 1e6, timeout: 500 };
    const { connection, clock, busy, old, next, harness } = await begun({ environment, heartbeat });
    busy.add(1);
    next.accept();
    await clock.settle();
    const pings = [old.pings, next.pings];
    tellAll('online');
    expect([old.pings, next.pings]).toEqual([pings[0], (pings[1] as number) + 1]);
    next.drop();
    expect(connection.state.status).toBe('waiting');
    await harness.finish();
    expect(listeners.size).toBe(0);
  });

  it('a page that is put away takes all lines with it, and comes back with one', async () => {
    const { environment, tellAll } = surroundings();
    const { connection, clock, busy, server, next, harness } = await begun({ environment });
    busy.add(1);
    next.accept();
    await clock.advance(STABLE_AFTER_MS);
    const fate = fateOf(harness.handover.begin());
    await clock.settle();
    expect(server.connections.map(({ state }) => state)).toEqual(['open', 'open', 'connecting']);
    tellAll('leave');
    await clock.advance(0);
    expect(server.connections.map(({ state }) => state)).toEqual(['closed', 'closed', 'closed']);
    expect(fate.value).toMatchObject({ code: 'HANDOVER_FAILED' });
    expect(connection.state).toMatchObject({ status: 'waiting', retryAt: undefined });
    tellAll('return');
    await clock.advance(1_000);
    server.last.accept();
    expect([connection.state.status, connection.state.epoch, server.connections.length]).toEqual([
      'ready',
      3,
      4,
    ]);
    await harness.finish();
  });
});

it('that is called on hearing of a line is not done with that line', async () => {
  const harness = createHandoverHarness();
  const { connection, clock, server } = harness;
  let fate = { value: undefined as unknown };
  harness.onTold = (name) => {
    if (name === 'ready 1') fate = fateOf(harness.handover.begin());
  };
  await harness.open();
  await clock.settle();
  expect([fate.value, server.connections.length]).toEqual(['pending', 2]);
  server.last.accept();
  await clock.settle();
  expect([fate.value, connection.state.epoch]).toEqual([connection.state, 2]);
  await clock.advance(0);
  await harness.finish();
});

it('to an address that is none fails with what is wrong, and the line stays', async () => {
  const addresses = ['ws://test/', 'nowhere'];
  const harness = createHandoverHarness({ url: () => addresses.shift() as string, renew: () => {} });
  await harness.open();
  const fate = fateOf(harness.handover.begin());
  await harness.clock.settle();
  const usage = { name: 'UsageError', code: 'INVALID_URL' };
  expect([fate.value, (fate.value as Error).cause]).toContainEqual(expect.objectContaining(usage));
  expect(harness.connection.state).toMatchObject({ status: 'ready', epoch: 1 });
  await harness.finish();
});

describe('the present line ends for good while the next one is on its way', () => {
  it('a line for which credentials are renewed is what there is, and gets them', async () => {
    let renewed = (): void => {};
    const renew = (): Promise<void> =>
      new Promise((resolve) => {
        renewed = resolve;
      });
    const { connection, clock, old, next, server, harness } = await begun({ renew });
    next.refuse(401);
    await clock.settle();
    // The credentials of the present line are refused too: those on their way are for it as well.
    old.close(4401);
    await clock.settle();
    expect(connection.state.status).toBe('connecting');
    renewed();
    await clock.advance(0);
    server.last.accept();
    await clock.settle();
    expect([connection.state.status, server.connections.length]).toEqual(['ready', 3]);
    await harness.finish();
  });

  it('nothing comes to a client that has given up', async () => {
    const { connection, clock, told, old, next, harness } = await begun();
    old.close(1002);
    await clock.settle();
    expect(connection.state.status).toBe('closed');
    next.accept();
    await clock.advance(0);
    expect([connection.state.status, told.filter((name) => name.startsWith('ready'))]).toEqual([
      'closed',
      [],
    ]);
    expect(next.state).toBe('closed');
    await harness.finish();
  });
});
