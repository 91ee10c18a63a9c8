/** Every state x everything that can happen in it, on the real connection; and listeners that act while being told. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { STATE_TIMERS, type Status } from '../../src/connection/states.ts';
import { askToEnter, createHarness, type Harness, type HarnessSetup } from '../tools/connection-harness.ts';

/** Brings a fresh connection, whose server does nothing by itself, into a state. */
const REACH: Record<Status, (harness: Harness) => Promise<void> | void> = {
  idle: () => {},
  async connecting({ connection, clock }) {
    connection.connect();
    await clock.advance(0);
  },
  async authenticating(harness) {
    await REACH.connecting(harness);
    harness.server.last.accept();
  },
  async ready(harness) {
    await REACH.authenticating(harness);
    harness.server.last.send('True');
    await harness.clock.settle();
  },
  async waiting(harness) {
    await REACH.ready(harness);
    harness.server.last.drop();
  },
  async closing(harness) {
    await REACH.ready(harness);
    void harness.connection.close();
  },
  async closed(harness) {
    await REACH.closing(harness);
    await harness.clock.advance(5_000);
  },
};

const STATUSES = Object.keys(REACH) as Status[];

async function reach(status: Status, setup: HarnessSetup = {}): Promise<Harness> {
  const harness = createHarness({
    ...setup,
    server: { onConnect: () => {}, ...setup.server },
    options: { login: askToEnter, heartbeat: { interval: 1_000, timeout: 500 }, ...setup.options },
  });
  await REACH[status](harness);
  expect(harness.connection.state.status).toBe(status);
  harness.told.length = 0;
  return harness;
}

describe('close()', () => {
  it.each<[Status, string[]]>([
    ['idle', ['> closed', 'closed by the caller']],
    ['connecting', ['> closing', 'ended 1006', '> closed', 'closed by the caller']],
    ['authenticating', ['> closing', 'ended 1000', '> closed', 'closed by the caller']],
    ['ready', ['> closing', 'ended 1000', '> closed', 'closed by the caller']],
    ['waiting', ['> closed', 'closed by the caller']],
    ['closing', ['ended 1005', '> closed', 'closed by the caller']],
    ['closed', []],
  ])('in the state %s', async (status, told) => {
    const harness = await reach(status);
    const closed = harness.connection.close(1000);
    const again = harness.connection.close(1000);
    await harness.clock.advance(0);
    expect(harness.told).toEqual(told);
    expect(await closed).toBe(await again);
    expect(harness.connection.state).toMatchObject({ status: 'closed', retryAt: undefined });
    expect(harness.clock.pendingTimers).toBe(0);
    await harness.clock.advance(120_000);
    expect(harness.server.connections.length).toBe(status === 'idle' ? 0 : 1);
  });

  it.each(STATUSES)(
    'in the state %s ends within closeTimeout although the server is silent',
    async (status) => {
      const harness = await reach(status, { server: { answerClose: false } });
      const hasLine = ['authenticating', 'ready'].includes(status);
      const before = harness.clock.now();
      let endedAt: number | undefined;
      void harness.connection.close().then(() => {
        endedAt = harness.clock.now() - before;
      });
      await harness.clock.advance(5_000);
      if (status === 'closed') expect(endedAt).toBe(0);
      else if (status === 'closing') expect(endedAt).toBe(5_000);
      else expect(endedAt).toBe(hasLine ? 5_000 : 0);
      if (hasLine)
        expect(harness.closures[0]?.error).toMatchObject({ code: 'CLOSE_TIMEOUT', sent: { code: 1005 } });
      expect(harness.clock.pendingTimers).toBe(0);
    },
  );

  it('while the URL is awaited ends at once, and the URL is not used', async () => {
    const harness = createHarness({ options: { url: async () => 'ws://late/' } });
    harness.connection.connect();
    void harness.connection.close();
    expect(harness.told).toEqual([
      '> connecting',
      '> closing',
      'ended 1006',
      '> closed',
      'closed by the caller',
    ]);
    await harness.finish();
    expect(harness.server.connections).toEqual([]);
  });
});

describe('timers', () => {
  it.each(STATUSES)('run in the state %s only if the table says so', async (status) => {
    const harness = await reach(status);
    expect(harness.clock.pendingTimers > 0).toBe(STATE_TIMERS[status].length > 0);
    await harness.finish();
  });
});

describe('connect()', () => {
  it.each<[Status, string[]]>([
    ['idle', ['> connecting']],
    ['connecting', []],
    ['authenticating', []],
    ['ready', []],
    ['waiting', ['> connecting']],
    ['closing', ['ended 1005', '> closed', 'closed by the caller', '> connecting']],
    ['closed', ['> connecting']],
  ])('in the state %s', async (status, told) => {
    const harness = await reach(status);
    harness.connection.connect();
    harness.connection.connect();
    await harness.clock.advance(0);
    expect(harness.told).toEqual(told);
    await harness.finish();
  });

  it('while closing is called off by another close()', async () => {
    const harness = await reach('closing');
    harness.connection.connect();
    void harness.connection.close();
    await harness.clock.advance(60_000);
    expect(harness.connection.state.status).toBe('closed');
    await harness.finish();
  });
});

describe('the server cuts the line', () => {
  it.each<[Status, string[]]>([
    ['connecting', ['ended 1006', '> waiting']],
    ['authenticating', ['ended 1006', '> waiting']],
    ['ready', ['ended 1006', '> waiting']],
    ['waiting', []],
    ['closing', ['ended 1006', '> closed', 'closed by the caller']],
    ['closed', []],
  ])('in the state %s', async (status, told) => {
    const harness = await reach(status);
    harness.server.last.drop();
    await harness.clock.advance(0);
    expect(harness.told).toEqual(told);
    await harness.finish();
  });

  it.each<[Status, string]>([
    ['connecting', 'connecting'],
    ['authenticating', 'closed'],
    ['ready', 'closed'],
    ['waiting', 'waiting'],
    ['closing', 'closed'],
    ['closed', 'closed'],
  ])('with a Close that stops, in the state %s: %s', async (status, next) => {
    const harness = await reach(status);
    harness.server.last.close(4400, 'no');
    await harness.clock.advance(0);
    expect(harness.connection.state.status).toBe(next);
    if (status === 'ready')
      expect(harness.told).toEqual(['ended 4400', '> closed', 'closed CONNECTION_CLOSED']);
    await harness.finish();
  });
});

describe('a listener', () => {
  /** Everything that a connection tells from first to last, and which life may begin from there. */
  const MOMENTS = [
    '> connecting',
    '> authenticating',
    '> ready',
    'ready 1',
    'message news',
    'measured',
    'ended 1006',
    '> waiting',
  ];

  async function live(harness: Harness): Promise<void> {
    const { connection, clock, server } = harness;
    connection.connect();
    await clock.advance(0);
    if (server.connections.length === 0) return;
    server.last.accept();
    server.last.send('True');
    server.last.send('news');
    await clock.advance(1_000);
    server.last.drop();
    await clock.advance(0);
  }

  const SETUP: HarnessSetup = {
    server: { onConnect: () => {} },
    options: { login: askToEnter, heartbeat: { interval: 1_000, timeout: 500 } },
  };

  it('is told all of it', async () => {
    const harness = createHarness(SETUP);
    await live(harness);
    expect(harness.told).toEqual(MOMENTS);
    await harness.finish();
  });

  it.each(MOMENTS)('may close at "%s": nothing follows but the end, once', async (moment) => {
    const harness = createHarness(SETUP);
    let closed: Promise<unknown> | undefined;
    harness.onTold = (name) => {
      if (name === moment) closed ??= harness.connection.close();
    };
    await live(harness);
    await harness.clock.advance(120_000);
    const after = harness.told.slice(harness.told.indexOf(moment) + 1);
    const isLineOver = moment === 'ended 1006' || moment === '> waiting';
    const code = moment === '> connecting' ? 1006 : 1005;
    expect(after).toEqual(
      isLineOver
        ? [...(moment === '> waiting' ? [] : ['> closing']), '> closed', 'closed by the caller']
        : ['> closing', `ended ${code}`, '> closed', 'closed by the caller'],
    );
    await closed;
    expect([harness.connection.state.status, harness.clock.pendingTimers]).toEqual(['closed', 0]);
    expect(harness.server.connections.length).toBe(moment === '> connecting' ? 0 : 1);
  });

  it.each(MOMENTS)('may close and connect at "%s": one new life, one line', async (moment) => {
    const harness = createHarness(SETUP);
    let done = false;
    harness.onTold = (name) => {
      if (name !== moment || done) return;
      done = true;
      void harness.connection.close();
      harness.connection.connect();
    };
    await live(harness);
    await harness.clock.advance(0);
    expect(harness.told.filter((name) => name === 'closed by the caller').length).toBe(1);
    expect(harness.server.connections.filter(({ state }) => state !== 'closed').length).toBeLessThanOrEqual(
      1,
    );
    const begun = harness.statuses.filter((status) => status === 'connecting').length;
    expect(begun).toBe(2);
    expect(harness.connection.state.attempt).toBe(1);
    await harness.finish();
  });

  it('may connect when told of the wait: one attempt, no second timer', async () => {
    const harness = createHarness(SETUP);
    harness.onTold = (name) => name === '> waiting' && harness.connection.connect();
    await live(harness);
    await harness.clock.advance(5_000);
    expect(harness.statuses.slice(-2)).toEqual(['waiting', 'connecting']);
    expect(harness.server.connections.length).toBe(2);
    await harness.finish();
  });

  it('may connect when told of the wait although that fails at once: still one timer', async () => {
    let asked = 0;
    const url = (): string => {
      asked++;
      throw new Error('no ticket');
    };
    const harness = createHarness({ options: { url } });
    let done = false;
    harness.onTold = (name) => {
      if (name !== '> waiting' || done) return;
      done = true;
      harness.connection.connect();
    };
    harness.connection.connect();
    expect([asked, harness.connection.state.status, harness.clock.pendingTimers]).toEqual([2, 'waiting', 1]);
    await harness.finish();
  });

  it.each(['> closed', 'closed by the caller'])(
    'may connect at "%s": everybody is told of the end first',
    async (moment) => {
      const harness = createHarness(SETUP);
      harness.onTold = (name) => name === moment && harness.connection.connect();
      await live(harness);
      const closed = harness.connection.close();
      expect(harness.told.slice(-3)).toEqual(['> closed', 'closed by the caller', '> connecting']);
      await closed;
      await harness.finish();
    },
  );

  it('may close again at the very end', async () => {
    const harness = createHarness(SETUP);
    const closures: unknown[] = [];
    harness.onTold = (name) => {
      if (name.includes('closed')) void harness.connection.close().then((closure) => closures.push(closure));
    };
    harness.connection.connect();
    await harness.clock.advance(0);
    const closed = await Promise.all([harness.connection.close(), harness.clock.advance(0)]);
    await harness.clock.settle();
    expect(closures).toEqual([closed[0], closed[0]]);
    await harness.finish();
  });
});

describe('a function of the user', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('may close the connection while it is asked for the URL', async () => {
    for (const target of [
      'ws://x/',
      Promise.resolve('ws://x/'),
      Promise.reject(new Error('late')),
      undefined,
    ]) {
      const harness: Harness = createHarness({
        options: {
          url: () => {
            void harness.connection.close();
            if (target === undefined) throw new Error('thrown');
            return target;
          },
        },
      });
      harness.connection.connect();
      expect(harness.statuses).toEqual(['connecting', 'closing', 'closed']);
      await harness.finish();
      expect([harness.server.connections.length, harness.statuses.length]).toEqual([0, 3]);
    }
  });

  it('that fails as a policy or a backoff is reported, and the defaults rule', async () => {
    const uncaught: unknown[] = [];
    vi.stubGlobal('queueMicrotask', (task: () => void) => {
      try {
        task();
      } catch (error) {
        uncaught.push((error as Error).message);
      }
    });
    const broken = (what: string) => (): never => {
      throw new Error(what);
    };
    const harness = createHarness({
      reconnect: { policy: broken('policy'), backoff: broken('backoff') },
      server: { onConnect: (end) => end.drop() },
    });
    harness.connection.connect();
    await harness.clock.advance(0);
    expect(uncaught).toEqual(['policy', 'backoff']);
    expect(harness.connection.diagnosis.rule).toBe('the attempt failed (HANDSHAKE_CLOSED)');
    expect(harness.connection.state.retryAt).toBe(harness.clock.wallTime() + 30_000);
    await harness.finish();
  });
});
