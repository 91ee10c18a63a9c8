/** Every state x everything that the surroundings may tell, on the real connection. */
import { describe, expect, it } from 'vitest';
import {
  ENVIRONMENT_RESPONSES,
  type EnvironmentEvent,
  NO_ENVIRONMENT,
  OFFLINE_WAIT_MS,
} from '../../src/connection/environment.ts';
import type { Status } from '../../src/connection/states.ts';
import { askToEnter, createHarness, type Harness, type HarnessSetup } from '../tools/connection-harness.ts';
import { createFakeEnvironment, type FakeEnvironment } from '../tools/fake-environment.ts';

const EVENTS: readonly EnvironmentEvent[] = ['offline', 'online', 'visible', 'resume', 'leave', 'return'];

const STATUSES: readonly Status[] = [
  'idle',
  'connecting',
  'authenticating',
  'ready',
  'waiting',
  'closing',
  'closed',
];

/** Written out by hand: what each event does in each state. */
const EXPECTED: Record<EnvironmentEvent, Partial<Record<Status, string>>> = {
  offline: { authenticating: 'probe', ready: 'probe', waiting: 'pause' },
  online: { connecting: 'restart', authenticating: 'probe', ready: 'probe', waiting: 'hurry' },
  visible: { authenticating: 'probe', ready: 'probe' },
  resume: { connecting: 'restart', authenticating: 'probe', ready: 'probe', waiting: 'hurry' },
  leave: { connecting: 'leave', authenticating: 'leave', ready: 'leave', waiting: 'leave' },
  return: { waiting: 'hurry' },
};

interface Bench extends Harness {
  readonly environment: FakeEnvironment;
}

async function reach(status: Status, setup: HarnessSetup = {}): Promise<Bench> {
  const environment = createFakeEnvironment();
  const harness = createHarness({
    ...setup,
    server: { onConnect: () => {}, answerPings: false, ...setup.server },
    options: {
      login: askToEnter,
      heartbeat: { interval: 25_000, timeout: 10_000 },
      environment,
      ...setup.options,
    },
  });
  const { connection, clock, server } = harness;
  const reached = async (wanted: Status): Promise<void> => {
    const order: Status[] = ['idle', 'connecting', 'authenticating', 'ready', 'waiting'];
    const steps = order.slice(1, order.indexOf(wanted) + 1);
    for (const step of steps) {
      if (step === 'connecting') connection.connect();
      else if (step === 'authenticating') server.last.accept();
      else if (step === 'ready') server.last.send('True');
      else server.last.drop();
      await clock.advance(0);
    }
  };
  await reached(status === 'closing' || status === 'closed' ? 'ready' : status);
  if (status === 'closing' || status === 'closed') void connection.close();
  if (status === 'closed') await clock.advance(5_000);
  expect(connection.state.status).toBe(status);
  harness.told.length = 0;
  return Object.assign(harness, { environment });
}

const PAIRS = EVENTS.flatMap((event) => STATUSES.map((status) => [event, status] as const));

it.each(PAIRS)('the table knows what to do about "%s" in the state %s', (event, status) => {
  expect(ENVIRONMENT_RESPONSES[event][status]).toBe(EXPECTED[event][status]);
});

describe('each event in each state', () => {
  it.each(PAIRS)('%s while %s', async (event, status) => {
    const { connection, clock, server, environment, told, ...harness } = await reach(status);
    const before = connection.state;
    const { pings } = status === 'idle' ? { pings: 0 } : server.last;
    environment.tell(event);
    const { state } = connection;
    switch (EXPECTED[event][status]) {
      case 'probe':
        expect([state, server.last.pings]).toEqual([before, pings + 1]);
        break;
      case 'restart':
        expect(told).toEqual(['ended 1006', '> waiting']);
        expect(state.retryAt).toBe(clock.wallTime() + 550);
        break;
      case 'hurry':
        expect(told).toEqual(['> waiting']);
        expect(state).toMatchObject({
          reason: event === 'online' ? 'network is back' : 'page is back',
          retryAt: clock.wallTime() + 550,
        });
        await clock.advance(550);
        expect(connection.state.status).toBe('connecting');
        break;
      case 'pause':
        expect([told, state.reason]).toEqual([['> waiting'], 'network is gone']);
        expect(state.retryAt).toBe(clock.wallTime() + OFFLINE_WAIT_MS);
        break;
      case 'leave':
        expect(state).toMatchObject({ status: 'waiting', reason: 'page was put away', retryAt: undefined });
        expect(told).toEqual(status === 'waiting' ? ['> waiting'] : ['ended 1006', '> waiting']);
        break;
      default:
        expect([connection.state, told]).toEqual([before, []]);
        expect(status === 'idle' ? 0 : server.last.pings).toBe(pings);
    }
    await harness.finish();
    expect(environment.listeners).toBe(0);
  });
});

describe('listeners', () => {
  it('are there from the first connect to the end, and again in the next life', async () => {
    const harness = await reach('idle', { server: { onConnect: (end) => end.accept() } });
    const { connection, clock, environment } = harness;
    expect(environment.listeners).toBe(0);
    connection.connect();
    await clock.advance(0);
    expect(environment.listeners).toBe(1);
    await harness.finish();
    expect(environment.listeners).toBe(0);
    connection.connect();
    expect(environment.listeners).toBe(1);
    await harness.finish();
    expect(environment.listeners).toBe(0);
  });

  it('are gone when the client gives up', async () => {
    const harness = await reach('connecting');
    harness.server.last.refuse(404);
    expect([harness.connection.state.status, harness.environment.listeners]).toEqual(['closed', 0]);
  });
});

describe('without a network', () => {
  it('a lost line is not chased every few seconds, but not for ever given up either', async () => {
    const harness = await reach('ready');
    harness.environment.online = false;
    harness.server.last.drop();
    expect(harness.connection.diagnosis).toMatchObject({ rule: 'there is no network' });
    await harness.clock.advance(OFFLINE_WAIT_MS - 1);
    expect(harness.server.connections.length).toBe(1);
    await harness.clock.advance(1);
    expect(harness.server.connections.length).toBe(2);
    await harness.finish();
  });

  it('is no longer the reason to wait when it is back', async () => {
    const harness = await reach('ready');
    harness.environment.online = false;
    harness.server.last.drop();
    harness.environment.online = true;
    harness.environment.tell('online');
    expect(harness.connection.diagnosis.rule).toBe('network is back');
    expect(harness.connection.diagnosis.summary).toContain('network is back');
    await harness.finish();
  });

  it('the caller may connect all the same', async () => {
    const harness = await reach('waiting');
    harness.environment.tell('offline');
    harness.connection.connect();
    expect(harness.connection.state.status).toBe('connecting');
    await harness.finish();
  });

  it('failures count no more once it is back', async () => {
    const lost = await reach('connecting');
    for (let failure = 0; failure < 6; failure++) {
      lost.server.last.drop();
      await lost.clock.advanceToNext();
      await lost.clock.advance(0);
    }
    lost.server.last.drop();
    expect(lost.connection.state.attempt).toBe(7);
    lost.environment.tell('online');
    await lost.clock.advance(550);
    expect(lost.connection.state.attempt).toBe(1);
    lost.server.last.drop();
    expect(lost.connection.state.retryAt).toBe(lost.clock.wallTime() + 2_500);
    await lost.finish();
  });

  it('going offline does not shorten a wait that the server has asked for', async () => {
    const harness = await reach('ready');
    harness.server.last.close(1000, '{"retryAfter":600000}');
    const { retryAt } = harness.connection.state;
    await harness.clock.advance(1_000);
    harness.environment.tell('offline');
    expect(harness.connection.state.retryAt).toBe(retryAt);
    await harness.finish();
  });

  it.each(['online', 'offline'] as const)(
    'never waits longer than the server has asked for, though the wall clock is set back (%s)',
    async (event) => {
      const harness = await reach('ready');
      harness.server.last.close(1000, '{"retryAfter":600000}');
      harness.clock.jump(-86_400_000);
      harness.environment.tell(event);
      const { retryAt = Number.NaN } = harness.connection.state;
      expect(retryAt - harness.clock.wallTime()).toBe(660_000);
      await harness.finish();
    },
  );

  it('an attempt that is begun anew does not count as a failed one', async () => {
    const harness = await reach('connecting', { reconnect: { maxAttempts: 1 } });
    harness.environment.tell('online');
    await harness.clock.advance(550);
    expect(harness.connection.state).toMatchObject({ status: 'connecting', attempt: 1 });
    await harness.finish();
  });

  it('what the server asked for is waited although the network is back', async () => {
    const harness = await reach('ready');
    harness.server.last.close(1012);
    expect(harness.connection.state.retryAt).toBe(harness.clock.wallTime() + 17_500);
    await harness.clock.advance(1_000);
    harness.environment.tell('online');
    expect(harness.connection.state.retryAt).toBe(harness.clock.wallTime() + 16_500);
    harness.connection.connect();
    await harness.clock.advance(0);
    harness.server.last.accept();
    harness.server.last.send('True');
    await harness.clock.settle();
    harness.server.last.drop();
    harness.environment.tell('online');
    expect(harness.connection.state.retryAt).toBe(harness.clock.wallTime() + 550);
    await harness.finish();
  });
});

describe('a probe', () => {
  it('that is not answered gives the line up, and the next attempt follows at once', async () => {
    const harness = await reach('ready');
    harness.environment.tell('visible');
    harness.environment.tell('online');
    expect(harness.server.last.pings).toBe(1);
    await harness.clock.advance(5_000);
    expect(harness.closures[0]?.error).toMatchObject({ code: 'HEARTBEAT_TIMEOUT' });
    expect(harness.connection.state).toMatchObject({
      status: 'waiting',
      reason: 'connection lost',
      retryAt: harness.clock.wallTime() + 550,
    });
    await harness.finish();
  });

  it('that is answered leaves everything as it was', async () => {
    const harness = await reach('ready', { server: { answerPings: true } });
    harness.environment.tell('resume');
    await harness.clock.advance(20_000);
    expect([harness.connection.state.status, harness.connection.state.rtt]).toEqual(['ready', 0]);
    await harness.finish();
  });

  it('needs a heartbeat that may ask', async () => {
    const harness = await reach('ready', { options: { heartbeat: undefined } });
    harness.environment.tell('visible');
    await harness.clock.advance(10_000);
    expect([harness.connection.state.status, harness.server.last.pings]).toEqual(['ready', 0]);
    await harness.finish();
  });
});

describe('a line that is lost right after the page was thawed, or while there is a doubt', () => {
  const wait = ({ connection, clock }: Bench): number => (connection.state.retryAt ?? 0) - clock.wallTime();

  it('was lost to the sleep: another is begun at once, also without a heartbeat', async () => {
    const harness = await reach('ready', { options: { heartbeat: undefined } });
    harness.environment.tell('resume');
    await harness.clock.advance(4_999);
    harness.server.last.drop();
    expect(wait(harness)).toBe(550);
    await harness.clock.advance(550);
    harness.server.last.accept();
    harness.server.last.send('True');
    await harness.clock.settle();
    harness.server.last.drop();
    expect(wait(harness)).toBeGreaterThan(550);
    await harness.finish();
  });

  it('but not later, nor if the server has closed it', async () => {
    const late = await reach('ready', { options: { heartbeat: undefined } });
    late.environment.tell('resume');
    await late.clock.advance(5_000);
    late.server.last.drop();
    expect(wait(late)).toBe(2_500);
    await late.finish();
    const closed = await reach('ready');
    closed.environment.tell('resume');
    closed.server.last.close(1001);
    expect(wait(closed)).toBe(2_500);
    await closed.finish();
  });

  it('is lost to the change while its probe is not answered', async () => {
    const harness = await reach('ready');
    harness.environment.tell('online');
    await harness.clock.advance(1_000);
    harness.server.last.drop();
    expect(wait(harness)).toBe(550);
    await harness.finish();
  });
});

describe('a page that is put away', () => {
  it('that comes back and is told so twice waits once', async () => {
    const harness = await reach('waiting');
    harness.environment.tell('return');
    harness.environment.tell('resume');
    expect(harness.told).toEqual(['> waiting']);
    await harness.finish();
  });

  it('closes its line cleanly, hears nothing of it any more, and connects when it is back', async () => {
    const harness = await reach('ready');
    const [line] = harness.server.connections;
    harness.environment.tell('leave');
    expect(line?.state).toBe('closing');
    line?.send('too late');
    await harness.clock.advance(120_000);
    expect(line?.state).toBe('closed');
    expect(harness.told).toEqual(['ended 1006', '> waiting']);
    expect(harness.connection.diagnosis.rule).toBe('the page was put away');
    expect([harness.server.connections.length, harness.clock.pendingTimers]).toEqual([1, 0]);
    harness.environment.tell('return');
    await harness.clock.advance(550);
    expect(harness.connection.state).toMatchObject({
      status: 'connecting',
      reason: 'retry is due',
      attempt: 1,
    });
    await harness.finish();
  });

  it('comes back at once although the server had once asked for a wait, before this line', async () => {
    const harness = await reach('ready');
    harness.server.last.close(1000, '{"retryAfter":600000}');
    harness.connection.connect();
    await harness.clock.advance(0);
    harness.server.last.accept();
    harness.server.last.send('True');
    await harness.clock.settle();
    harness.environment.tell('leave');
    harness.environment.tell('return');
    expect(harness.connection.state.retryAt).toBe(harness.clock.wallTime() + 550);
    await harness.finish();
  });

  it('gives up an attempt that still waits for its address', async () => {
    const harness = await reach('idle', { options: { url: () => new Promise(() => {}) } });
    harness.connection.connect();
    harness.environment.tell('leave');
    expect(harness.connection.state).toMatchObject({ status: 'waiting', retryAt: undefined });
    expect(harness.clock.pendingTimers).toBe(0);
    await harness.finish();
  });

  it('that is closed meanwhile drops the line that has not finished closing', async () => {
    const harness = await reach('ready', { server: { answerClose: false } });
    harness.environment.tell('leave');
    const closed = harness.connection.close();
    await harness.clock.advance(0);
    await closed;
    expect([harness.clock.pendingTimers, harness.server.last.state]).toEqual([0, 'closed']);
  });

  it('does not come back where reconnect is switched off', async () => {
    const harness = await reach('ready', { options: { reconnect: undefined } });
    harness.environment.tell('leave');
    expect(harness.told).toEqual(['ended 1006', '> closed', 'closed CONNECTION_LOST']);
    expect(harness.environment.listeners).toBe(0);
    await harness.finish();
  });

  it('may close or connect when told', async () => {
    const harness = await reach('ready');
    harness.onTold = (name) => name === 'ended 1006' && void harness.connection.close();
    harness.environment.tell('leave');
    expect(harness.told).toEqual(['ended 1006', '> closing', '> closed', 'closed by the caller']);
    await harness.finish();
    const other = await reach('ready');
    other.onTold = (name) => name === '> waiting' && other.connection.connect();
    other.environment.tell('leave');
    expect(other.connection.state.status).toBe('connecting');
    await other.finish();
  });
});

it('surroundings that never change tell nothing', () => {
  NO_ENVIRONMENT.watch(() => expect.unreachable())();
  expect(NO_ENVIRONMENT.online).toBe(true);
});
