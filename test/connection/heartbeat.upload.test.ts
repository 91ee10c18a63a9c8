/** A line that moves is alive: what waits to be sent is ahead of the question, and gets on only if the other side reads. */
import { describe, expect, it } from 'vitest';
import { DEFAULT_HEARTBEAT } from '../../src/connection/heartbeat.ts';
import { setUp, watch as watchFate } from '../client/set-up.ts';
import { watch } from '../tools/watched-line.ts';

const TIMES = { interval: 10_000, timeout: 4_000 } as const;

describe('while bytes wait to be sent', () => {
  it('a line on which they get on is alive, and the deadline counts from when they were last seen to', async () => {
    const { clock, log, heartbeat, port } = watch(TIMES);
    heartbeat.start();
    port.bufferedAmount = 40_000;
    for (let second = 0; second < 40; second++) {
      await clock.advance(1_000);
      port.bytesSent += 1_000;
      port.bufferedAmount -= 1_000;
    }
    expect(log).toEqual(['10000 ping']);
    await clock.advance(TIMES.timeout + 2_000);
    expect(log).toEqual(['10000 ping', '45000 dead 4000']);
  });

  it('also where as much is added as leaves', async () => {
    const { clock, log, heartbeat, port } = watch(TIMES);
    heartbeat.start();
    port.bufferedAmount = 1_000_000;
    for (let second = 0; second < 40; second++) {
      await clock.advance(1_000);
      port.bytesSent += 1_000;
    }
    expect(log).toEqual(['10000 ping']);
  });

  it('a line on which they stand still is dead in time', async () => {
    const { clock, log, heartbeat, port } = watch(TIMES);
    heartbeat.start();
    port.bufferedAmount = 40_000;
    await clock.advance(14_000);
    expect(log).toEqual(['10000 ping', '14000 dead 4000']);
  });

  it('what the system takes at once proves nothing: it does so on a dead line too', async () => {
    const { clock, log, heartbeat, port } = watch(TIMES);
    heartbeat.start();
    for (let second = 0; second < 14; second++) {
      await clock.advance(1_000);
      port.bytesSent += 1_000;
    }
    expect(log).toEqual(['10000 ping', '14000 dead 4000']);
  });
});

describe('a strict heartbeat', () => {
  it('takes nothing but the answer for a sign of life', async () => {
    const { clock, log, heartbeat, byte, pong } = watch({ ...TIMES, strict: true });
    heartbeat.start();
    await clock.advance(10_500);
    byte();
    pong();
    await clock.advance(10_000);
    for (let second = 0; second < 5; second++) {
      byte();
      await clock.advance(1_000);
    }
    expect(log).toEqual(['10000 ping', '10500 rtt 500 500', '20500 ping', '24500 dead 4000']);
  });
});

describe('a client on a slow uplink', () => {
  it('keeps its line through an upload that takes longer than the timeout of the heartbeat', async () => {
    const bench = setUp({ heartbeat: {} }, { answerPings: false });
    await bench.open();
    const { clock, server, client } = bench;
    server.last.bufferedAmount = 24_000_000;
    for (let second = 0; second < 90; second++) {
      await clock.advance(1_000);
      server.last.bufferedAmount -= 200_000;
    }
    expect(client.state).toMatchObject({ status: 'ready', epoch: 1 });
    await clock.advance(DEFAULT_HEARTBEAT.interval + DEFAULT_HEARTBEAT.timeout);
    expect(bench.of('lost')).toHaveLength(1);
  });

  it('does not drop for its age what waits for its turn while the line gets on; a time to live holds', async () => {
    const bench = setUp({ outbox: { maxAge: 10_000 }, maxBufferedBytes: 1_000 });
    await bench.open();
    const { clock, server, client } = bench;
    server.last.bufferedAmount = 1_000_000;
    const patient = watchFate(client.send('patient'));
    const hasty = watchFate(client.send('hasty', { ttl: 10_000 }));
    for (let second = 0; second < 35; second++) {
      await clock.advance(1_000);
      server.last.bufferedAmount -= 1_000;
    }
    expect([patient.value, hasty.value]).toMatchObject([
      'pending',
      { code: 'OUTBOX_EXPIRED', detail: 'line-full' },
    ]);
    await clock.advance(20_000);
    expect(patient.value).toMatchObject({ code: 'OUTBOX_EXPIRED', detail: 'line-full' });
    expect((patient.value as Error).message).toContain('the connection is ready');
  });

  it('says of a full outbox whether the line is full or there is none', async () => {
    const bench = setUp({ outbox: { maxMessages: 0 }, maxBufferedBytes: 65_536 });
    expect(await client(bench).catch((error: unknown) => error)).toMatchObject({ detail: 'no-line' });
    await bench.open();
    bench.server.last.bufferedAmount = 65_537;
    expect(await client(bench).catch((error: unknown) => error)).toMatchObject({
      code: 'OUTBOX_FULL',
      detail: 'line-full',
      message: expect.stringContaining('takes less than is sent'),
    });
    bench.server.last.bufferedAmount = 65_536;
    expect(await client(bench)).toMatchObject({ outcome: 'handed-off' });
  });
});

function client(bench: { readonly client: { send(message: unknown): Promise<unknown> } }): Promise<unknown> {
  return bench.client.send('x');
}

describe('a gap', () => {
  it('lasts from the last byte that was heard, not from when the silence was noticed', async () => {
    const bench = setUp({ heartbeat: { interval: 3_000, timeout: 1_000 } }, { answerPings: false });
    await bench.open();
    const { clock, server, of } = bench;
    await clock.advance(500);
    server.last.send('{}');
    while (of('gap').length === 0) await clock.advance(100);
    expect(of('gap')).toMatchObject([{ duration: clock.now() - 500 }]);
  });
});
