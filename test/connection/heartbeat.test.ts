import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { setUp } from '../client/set-up.ts';
import { watch } from '../tools/watched-line.ts';

const uncaught: unknown[] = [];

beforeEach(() => {
  uncaught.length = 0;
});

afterEach(() => vi.unstubAllGlobals());

/** What a function of the user's throws is written down instead of ending the run. */
function catchUncaught(): void {
  vi.stubGlobal('queueMicrotask', (task: () => void) => {
    try {
      task();
    } catch (error) {
      uncaught.push((error as Error).message);
    }
  });
}

describe('protocol pings', () => {
  it('are sent every 25 s and give the line up after 10 s of silence, unless told otherwise', async () => {
    const { clock, log, heartbeat } = watch({});
    heartbeat.start();
    await clock.advance(60_000);
    expect(log).toEqual(['25000 ping', '35000 dead 10000']);
    expect(clock.pendingTimers).toBe(0);
  });

  it.each([
    [0, 1_000],
    [0.5, 900],
    [0.999, 800.2],
  ])('come up to a fifth earlier, at random: chance %f, after %f ms', async (chance, due) => {
    const { clock, heartbeat } = watch({ interval: 1_000, timeout: 100 }, { chance });
    heartbeat.start();
    expect(clock.nextTimerIn).toBeCloseTo(due, 9);
    heartbeat.stop();
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(1);
  });

  it('measure the round trip, last and smoothed', async () => {
    const { clock, log, heartbeat, pong } = watch({ interval: 1_000, timeout: 100 });
    heartbeat.start();
    await clock.advance(1_040);
    pong();
    await clock.advance(1_000 + 80);
    pong();
    await clock.advance(1_000 + 5);
    pong();
    expect(log).toEqual([
      '1000 ping',
      '1040 rtt 40 40',
      '2040 ping',
      '2120 rtt 80 45',
      '3120 ping',
      '3125 rtt 5 40',
    ]);
  });

  it('are not sent where the transport cannot: nothing is asked, nothing is dead', async () => {
    const { clock, log, heartbeat } = watch({}, { canPing: false });
    heartbeat.start();
    heartbeat.ready();
    await clock.advance(3_600_000);
    expect([log, clock.pendingTimers]).toEqual([[], 0]);
  });

  it('do not mind a Pong that nobody asked for', async () => {
    const { clock, log, heartbeat, pong } = watch({ interval: 1_000, timeout: 100 });
    heartbeat.start();
    pong();
    await clock.advance(1_010);
    pong();
    pong();
    expect(log).toEqual(['1000 ping', '1010 rtt 10 10']);
  });

  it('take any byte for life, and measure the answer when it comes late', async () => {
    const { clock, log, heartbeat, byte, pong } = watch({ interval: 1_000, timeout: 100 });
    heartbeat.start();
    await clock.advance(1_050);
    byte();
    await clock.advance(100);
    pong();
    expect(log).toEqual(['1000 ping', '1150 rtt 150 150']);
    await clock.advance(1_000);
    expect(log.at(-1)).toBe('2150 ping');
  });

  it.each([
    [1_000, 100],
    [1_000, 1_000],
    [1_000, 2_500],
    [1_000, 10_000],
  ])(
    'notice death within interval + timeout, whenever the last byte came: %i + %i',
    async (interval, timeout) => {
      for (let last = 0; last < 4 * interval + 2 * timeout; last += 137) {
        const { clock, log, heartbeat, byte } = watch({ interval, timeout });
        heartbeat.start();
        // Bytes, but never an answer, up to the last one; then silence.
        for (let at = last % 91; at <= last; at += 91) {
          await clock.advance(at - clock.now());
          byte();
        }
        await clock.advance(last - clock.now() + interval + timeout);
        expect(log.filter((line) => line.includes('dead')).length).toBe(1);
        const died = Number(log.at(-1)?.split(' ')[0]);
        expect(died - last).toBeGreaterThanOrEqual(Math.min(interval, timeout) - 91);
        expect(clock.pendingTimers).toBe(0);
      }
    },
  );
});

describe('at moments that no float hits exactly', () => {
  it.each<[string, Parameters<typeof watch>[0]]>([
    ['asking', { interval: 1_000, timeout: 500 }],
    ['listening', { interval: 1_000, timeout: 500, ping: 'none', echo: () => false }],
  ])('a dead line is noticed all the same, %s, and the clock never stands still', async (_, options) => {
    for (let share = 0; share < 300; share++) {
      const { clock, log, heartbeat } = watch(options, { chance: share / 300 });
      await clock.advance(share / 7);
      heartbeat.start();
      for (let steps = 0; steps < 40 && clock.pendingTimers > 0; steps++) await clock.advanceToNext();
      expect(log.at(-1)).toContain('dead');
      expect(clock.pendingTimers).toBe(0);
    }
  });
});

describe('application pings', () => {
  const ping = { message: () => 'ping', isAnswer: (data: unknown) => data === 'pong' };

  it('begin after the login, and their answers go no further', async () => {
    const { clock, log, heartbeat, message } = watch(
      { interval: 1_000, timeout: 100, ping },
      { canPing: false },
    );
    heartbeat.start();
    await clock.advance(5_000);
    expect(log).toEqual([]);
    heartbeat.ready();
    await clock.advance(1_030);
    expect([message('news'), message('pong'), message('pong')]).toEqual([false, true, true]);
    expect(log).toEqual(['6000 send ping', '6030 rtt 30 30']);
    await clock.advance(1_100);
    expect(log.slice(2)).toEqual(['7030 send ping', '7130 dead 100']);
  });

  it('whose message cannot be made leave the line unproved', async () => {
    catchUncaught();
    const broken = {
      message: () => {
        throw new Error('no message');
      },
      isAnswer: () => false,
    };
    const { clock, log, heartbeat } = watch({ interval: 1_000, timeout: 100, ping: broken });
    heartbeat.ready();
    await clock.advance(1_100);
    expect([log, uncaught]).toEqual([['1100 dead 100'], ['no message']]);
  });

  it('whose matcher fails pass the message on', () => {
    catchUncaught();
    const broken = {
      message: () => 'ping',
      isAnswer: () => {
        throw new Error('no match');
      },
    };
    const { heartbeat, message } = watch({ ping: broken });
    heartbeat.ready();
    expect([message('news'), uncaught]).toEqual([false, ['no match']]);
  });
});

describe('the ping of the server', () => {
  it('is echoed: the same, another message, or not at all', () => {
    const echo = (data: string | Uint8Array): string | boolean =>
      data === 'same' ? true : data === 'empty' ? '' : data === 'other' ? 'answer' : false;
    const { log, message } = watch({ echo, ping: 'none' });
    expect(['same', 'other', 'empty', 'news'].map(message)).toEqual([true, true, true, false]);
    expect(log).toEqual(['0 send same', '0 send answer', '0 send ']);
  });

  it('keeps the line alive; without it the line is dead after interval + timeout', async () => {
    const { clock, log, heartbeat, message } = watch({
      interval: 1_000,
      timeout: 100,
      ping: 'none',
      echo: () => true,
    });
    heartbeat.start();
    heartbeat.ready();
    for (let beat = 0; beat < 5; beat++) {
      await clock.advance(1_099);
      message('beat');
    }
    await clock.advance(1_099);
    expect(log.filter((line) => line.includes('dead'))).toEqual([]);
    await clock.advance(1);
    expect(log.at(-1)).toBe(`${5 * 1_099 + 1_100} dead 1100`);
    expect(clock.pendingTimers).toBe(0);
  });

  it('may be a large message on its way: its bytes count, within a quarter of the timeout', async () => {
    for (let last = 1; last < 3_000; last += 37) {
      const { clock, log, heartbeat, byte } = watch({
        interval: 1_000,
        timeout: 100,
        ping: 'none',
        echo: () => true,
      });
      heartbeat.start();
      for (let at = last % 97; at <= last; at += 97) {
        await clock.advance(at - clock.now());
        byte();
      }
      await clock.advance(last - clock.now() + 1_100);
      const died = Number(log.at(-1)?.split(' ')[0]);
      expect(log.length).toBe(1);
      expect(died - last).toBeGreaterThanOrEqual(1_075);
    }
  });

  it('is not waited for where none was announced', async () => {
    const { clock, log, heartbeat } = watch({ ping: 'none' });
    heartbeat.start();
    heartbeat.ready();
    await clock.advance(3_600_000);
    expect([log, clock.pendingTimers]).toEqual([[], 0]);
  });
});

it('a Ping of the server is a sign of life, and no answer that measures a round trip', async () => {
  const heartbeat = { interval: 1_000, timeout: 100 };
  const { client, clock, server, of, open } = setUp({ heartbeat }, { answerPings: false });
  await open();
  while (server.last.pings === 0) await clock.advance(10);
  await clock.advance(50);
  server.last.ping();
  await clock.advance(100);
  expect([client.state.status, of('rtt')]).toEqual(['ready', []]);
  await clock.advance(1_100);
  expect(of('lost')).toMatchObject([{ closure: { error: { code: 'HEARTBEAT_TIMEOUT' } } }]);
});
