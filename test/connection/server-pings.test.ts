/** Intervals that the server decides: named by it, or learnt from its own pings. */
import { describe, expect, it } from 'vitest';
import { watch } from '../tools/watched-line.ts';

/** Lets the server ping at these times, then waits for long. */
async function pingedAt(times: readonly number[], options: Parameters<typeof watch>[0], canPing = true) {
  const line = watch(options, { canPing, learns: true });
  line.heartbeat.start();
  for (const time of times) {
    await line.clock.advance(time - line.clock.now());
    line.ping();
  }
  await line.clock.advance(3_600_000);
  return line.log;
}

describe('the interval of the server’s own pings', () => {
  it.each([
    ['two pings', [1_000, 31_000], []],
    ['three in step', [1_000, 31_000, 61_000], ['101000 dead 40000']],
    ['three nearly in step: the longer time counts', [1_000, 31_000, 56_000], ['96000 dead 40000']],
    ['three out of step', [1_000, 31_000, 46_000], []],
    ['out of step, then in', [1_000, 2_000, 32_000, 62_000], ['102000 dead 40000']],
  ])('is learnt where nothing is asked: %s', async (_name, times, log) => {
    expect(await pingedAt(times, { timeout: 10_000, ping: 'none' })).toEqual(log);
    expect(await pingedAt(times, { timeout: 10_000 }, false)).toEqual(log);
  });

  it('follows the server when that changes its mind', async () => {
    const log = await pingedAt([0, 10_000, 20_000, 25_000, 30_000, 35_000], { timeout: 1_000, ping: 'none' });
    expect(log).toEqual(['41000 dead 6000']);
  });

  it('does not overrule the one that was given, nor what is asked', async () => {
    const times = [1_000, 2_000, 3_000];
    expect(await pingedAt(times, { interval: 9_000, timeout: 1_000, ping: 'none' })).toEqual([]);
    expect((await pingedAt(times, { timeout: 1_000 }))[0]).toBe('25000 ping');
  });

  it('is learnt from pings that are messages, too', async () => {
    const line = watch({ timeout: 10_000, ping: 'none', echo: (data) => data === 'ping' });
    line.heartbeat.start();
    for (const time of [0, 30_000, 60_000]) {
      await line.clock.advance(time - line.clock.now());
      line.message('ping');
    }
    await line.clock.advance(100_000);
    expect(line.log.at(-1)).toBe('100000 dead 40000');
  });
});

describe('an interval that the server names', () => {
  it('is the one we ask at from then on', async () => {
    const { clock, log, heartbeat } = watch({ timeout: 1_000 });
    heartbeat.start();
    heartbeat.announce(5_000);
    await clock.advance(5_000);
    expect(log).toEqual(['5000 ping']);
    heartbeat.announce(3_000); // while the answer is awaited: from the next question on
    await clock.advance(1_000);
    expect(log.at(-1)).toBe('6000 dead 1000');
  });

  it('is the one we expect it to keep, where nothing is asked', async () => {
    const { clock, log, heartbeat } = watch({ timeout: 1_000 }, { canPing: false, learns: true });
    heartbeat.start();
    heartbeat.announce(5_000);
    await clock.advance(60_000);
    expect(log).toEqual(['6000 dead 6000']);
  });

  it('holds for our own messages too, once they may be sent', async () => {
    const ping = { message: () => 'hb', isAnswer: () => false };
    const { clock, log, heartbeat } = watch({ timeout: 1_000, ping });
    heartbeat.start();
    heartbeat.announce(5_000);
    expect(clock.pendingTimers).toBe(0);
    heartbeat.ready();
    await clock.advance(5_000);
    expect(log).toEqual(['5000 send hb']);
    heartbeat.stop();
  });

  it('may stand in a message, which is passed on', async () => {
    const announced = (data: string | Uint8Array): number | undefined =>
      typeof data === 'string' && data.startsWith('hello ') ? Number(data.slice(6)) : undefined;
    const { clock, log, heartbeat, message } = watch({ timeout: 1_000, announced });
    heartbeat.start();
    expect([message('hello 5000'), message('other')]).toEqual([false, false]);
    await clock.advance(5_000);
    expect(log).toEqual(['5000 ping']);
    heartbeat.stop();
  });

  it.each([1e-9, 0.5, 999])('is never less than a second: %d', (interval) => {
    const { clock, heartbeat } = watch({}, { chance: 0 });
    heartbeat.start();
    heartbeat.announce(interval);
    expect(clock.nextTimerIn).toBe(1_000);
    heartbeat.stop();
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, undefined, '5000'])(
    'that is none is ignored: %s',
    (no) => {
      const { clock, heartbeat } = watch({}, { chance: 0 });
      heartbeat.start();
      heartbeat.announce(no as number);
      expect(clock.nextTimerIn).toBe(25_000);
      heartbeat.stop();
    },
  );
});

describe('an answer', () => {
  it('is a Pong with the payload of our own last ping; any other is a sign of life only', async () => {
    const { clock, log, heartbeat, byte } = watch({ interval: 1_000, timeout: 100 });
    heartbeat.start();
    await clock.advance(1_010);
    for (const payload of [[], [0], [0, 2], [1, 1], [0, 1, 0]]) {
      byte();
      heartbeat.onPong(Uint8Array.from(payload));
    }
    expect(log).toEqual(['1000 ping']);
    heartbeat.onPong(Uint8Array.of(0, 1));
    expect(log.at(-1)).toBe('1010 rtt 10 10');
    heartbeat.onPong(Uint8Array.of(0, 1)); // once more
    expect(log.length).toBe(2);
    heartbeat.stop();
  });
});

it('a message that is a ping and more is answered, and passed on', async () => {
  const echo = (data: unknown) =>
    String(data).includes('ping') && ({ answer: data === 'ping' ? true : 'pong', passOn: true } as const);
  const { heartbeat, log, message } = watch({ echo, ping: 'none' });
  heartbeat.start();
  expect([message('ping'), message('ping\nMSG'), message('MSG'), heartbeat.isWatching]).toEqual([
    false,
    false,
    false,
    true,
  ]);
  expect(log).toEqual(['0 send ping', '0 send pong']);
  heartbeat.stop();
});

describe('a beat of ours that nobody answers', () => {
  const beat = { message: () => 'b', interval: 10_000 };

  it('begins when the connection is ready, and goes on whatever the server says', async () => {
    const { clock, log, heartbeat, message } = watch({ ping: 'none', beat }, { chance: 0.5 });
    heartbeat.start();
    await clock.advance(20_000);
    expect(log).toEqual([]);
    heartbeat.ready();
    await clock.advance(9_000);
    message('hello');
    await clock.advance(9_000);
    expect(log).toEqual(['29000 send b', '38000 send b']);
    heartbeat.stop();
    await clock.advance(60_000);
    expect(log).toHaveLength(2);
    expect(clock.pendingTimers).toBe(0);
  });

  it.each([
    [0, undefined],
    [1, '1000 send b'],
    [4_000, '4000 send b'],
    [Number.NaN, '10000 send b'],
    [undefined, '10000 send b'],
  ])('is as often as the login says: %d', async (interval, first) => {
    const { clock, log, heartbeat } = watch({ ping: 'none', beat });
    heartbeat.start();
    heartbeat.announce(60_000, interval);
    heartbeat.ready();
    await clock.advance(10_000);
    expect(log[0]).toBe(first);
    heartbeat.stop();
  });

  it('is none where no interval is known, and nothing else is said', async () => {
    const silent = watch({ ping: 'none', beat: { ...beat, interval: 0 } });
    silent.heartbeat.ready();
    expect(silent.clock.pendingTimers).toBe(0);
  });
});
