/** A machine that slept, a page that was throttled, a network that changed: ask before judging, and do not ask long. */
import { describe, expect, it } from 'vitest';
import { watch } from '../tools/watched-line.ts';

describe('a timer that comes late by the clock on the wall', () => {
  it('asks first: the answer may not have been read yet', async () => {
    const { clock, log, heartbeat, pong } = watch({ interval: 25_000, timeout: 10_000 });
    heartbeat.start();
    await clock.advance(30_000);
    clock.jump(3_600_000);
    await clock.advance(5_000);
    expect(log).toEqual(['25000 ping', '35000 ping']);
    await clock.advance(40);
    pong();
    expect(log.at(-1)).toBe('35040 rtt 40 40');
    await clock.advance(25_000);
    expect(log.at(-1)).toBe('60040 ping');
    heartbeat.stop();
  });

  it('gives the line up when that is not answered within 5 s, as a local cause', async () => {
    const { clock, log, heartbeat } = watch({ interval: 25_000, timeout: 10_000 });
    heartbeat.start();
    clock.jump(3_600_000);
    await clock.advance(60_000);
    expect(log).toEqual(['25000 ping', '30000 dead 5000 in doubt']);
    expect(clock.pendingTimers).toBe(0);
  });

  it('does so once: a page that is throttled for good is not asked for ever', async () => {
    const { clock, log, heartbeat } = watch({ interval: 25_000, timeout: 10_000 });
    heartbeat.start();
    await clock.advance(25_000);
    clock.jump(60_000);
    await clock.advance(10_000);
    clock.jump(60_000);
    await clock.advance(10_000);
    expect(log).toEqual(['25000 ping', '35000 ping', '40000 dead 5000 in doubt']);
  });

  it('waits no longer than the timeout, where that is shorter', async () => {
    const { clock, log, heartbeat } = watch({ interval: 1_000, timeout: 500 });
    heartbeat.start();
    clock.jump(501);
    await clock.advance(1_500);
    expect(log).toEqual(['1000 ping', '1500 dead 500 in doubt']);
  });

  it.each([2_000, -3_600_000])('is not one that is late by %i ms', async (jump) => {
    const { clock, log, heartbeat } = watch({ interval: 25_000, timeout: 10_000 });
    heartbeat.start();
    await clock.advance(25_000);
    clock.jump(jump);
    await clock.advance(10_000);
    expect(log).toEqual(['25000 ping', '35000 dead 10000']);
  });

  it('gives a server that pings by itself one more timeout', async () => {
    const heard = watch({ interval: 1_000, timeout: 400, ping: 'none', echo: (data) => data === 'ping' });
    heard.heartbeat.start();
    await heard.clock.advance(1_350);
    heard.clock.jump(60_000);
    await heard.clock.advance(50); // looked at 1,400: late, so until 1,800
    await heard.clock.advance(399);
    expect(heard.log).toEqual([]);
    heard.message('ping');
    await heard.clock.advance(1_399);
    expect(heard.log).toEqual(['1799 send ping']);
    await heard.clock.advance(1);
    expect(heard.log.at(-1)).toBe('3199 dead 1400');
  });

  it('then gives up, as a local cause', async () => {
    const heard = watch({ interval: 1_000, timeout: 400, ping: 'none', echo: () => false });
    heard.heartbeat.start();
    await heard.clock.advance(1_350);
    heard.clock.jump(60_000);
    await heard.clock.advance(1_000);
    expect(heard.log).toEqual(['1800 dead 1400 in doubt']);
  });
});

describe('a probe', () => {
  it('asks at once, and goes on as before when it is answered', async () => {
    const { clock, log, heartbeat, pong } = watch({ interval: 25_000, timeout: 10_000 });
    heartbeat.start();
    await clock.advance(3_000);
    heartbeat.probe();
    await clock.advance(20);
    pong();
    await clock.advance(25_000);
    expect(log).toEqual(['3000 ping', '3020 rtt 20 20', '28020 ping']);
    heartbeat.stop();
  });

  it('asks once, however often it is called for', async () => {
    const { clock, log, heartbeat } = watch({ interval: 25_000, timeout: 10_000 });
    heartbeat.start();
    heartbeat.probe();
    await clock.advance(4_999);
    heartbeat.probe();
    await clock.advance(1);
    expect(log).toEqual(['0 ping', '5000 dead 5000 in doubt']);
  });

  it('takes the place of a question that was asked before: its answer may be lost', async () => {
    const { clock, log, heartbeat } = watch({ interval: 25_000, timeout: 10_000 });
    heartbeat.start();
    await clock.advance(26_000);
    heartbeat.probe();
    await clock.advance(5_000);
    expect(log).toEqual(['25000 ping', '26000 ping', '31000 dead 5000 in doubt']);
  });

  it('asks with a message of our own after the login, and not before', async () => {
    const ping = { message: () => 'are you there?', isAnswer: (data: unknown) => data === 'yes' };
    const { clock, log, heartbeat, message } = watch({ interval: 25_000, timeout: 10_000, ping });
    heartbeat.start();
    heartbeat.probe();
    expect(log).toEqual([]);
    heartbeat.ready();
    heartbeat.probe();
    await clock.advance(7);
    expect(message('yes')).toBe(true);
    expect(log).toEqual(['0 send are you there?', '7 rtt 7 7']);
    heartbeat.stop();
  });

  it('is none after the end', async () => {
    const { clock, log, heartbeat } = watch({});
    heartbeat.start();
    heartbeat.stop();
    heartbeat.probe();
    expect([log, clock.pendingTimers]).toEqual([[], 0]);
  });

  it.each([
    ['before it starts', {}, true],
    ['with nothing to ask', { ping: 'none', echo: () => false }, true],
    ['with no way to ask', {}, false],
  ] as const)('does nothing %s, nor after the end', async (name, options, canPing) => {
    const { clock, log, heartbeat } = watch(options, { canPing });
    if (name !== 'before it starts') heartbeat.start();
    heartbeat.probe();
    heartbeat.stop();
    heartbeat.probe();
    expect([log, clock.pendingTimers]).toEqual([[], 0]);
  });
});
