/** Where the transport cannot ping, as in a browser, the envelope asks something that every server must answer. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { jsonRpc } from '../../src/messaging/json-rpc.ts';
import { raw } from '../../src/messaging/raw.ts';
import { createScriptedRandom } from '../../src/testing/scripted-random.ts';
import { type Bench, halves, setUp } from '../client/set-up.ts';

let warn = vi.spyOn(console, 'warn');
beforeEach(() => {
  warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
});

const BROWSER = { features: { ping: false, pause: false, headers: false } } as const;
const random = () => createScriptedRandom({ numbers: halves() });
const HEARTBEAT = { heartbeat: { interval: 10_000, timeout: 4_000 } } as const;

async function over({ client, clock }: Bench): Promise<void> {
  const closed = client.close({ flush: false });
  await clock.advance(5_000);
  await closed;
  expect(clock.pendingTimers).toBe(0);
}

const notFound = (data: unknown): string => {
  const { id } = JSON.parse(data as string);
  return JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32_601, message: 'Method not found' } });
};

describe('a client whose transport cannot ping', () => {
  it('asks by a call, and "method not found" is an answer like any other', async () => {
    const bench = setUp(
      { ...HEARTBEAT, random: random() },
      { ...BROWSER, onMessage: (end, data) => end.send(notFound(data)) },
    );
    await bench.open();
    await bench.clock.advance(30_000);
    expect(bench.received().map(({ method }: any) => method)).toEqual(['rpc.ping', 'rpc.ping', 'rpc.ping']);
    expect(bench.client.state).toMatchObject({ status: 'ready', epoch: 1, rtt: 0 });
    expect([bench.of('lateReply'), bench.of('message')]).toEqual([[], []]);
    expect([bench.client.why().isWatched, warn.mock.calls]).toEqual([true, []]);
    await over(bench);
  });

  it('notices a dead line within interval and timeout, and with another method too', async () => {
    const bench = setUp({ ...HEARTBEAT, envelope: jsonRpc({ ping: 'echo' }) }, BROWSER);
    await bench.open();
    await bench.clock.advance(14_000);
    expect(bench.of('lost')).toMatchObject([{ closure: { error: { code: 'HEARTBEAT_TIMEOUT' } } }]);
    const [first] = bench.server.connections;
    expect(first?.received.map((data) => JSON.parse(data as string).method)).toEqual(['echo']);
    await over(bench);
  });

  it('asks at once when the page is looked at again', async () => {
    let tell: ((event: 'visible') => void) | undefined;
    const environment = {
      online: true,
      watch: (told: (event: 'visible') => void) => {
        tell = told;
        return () => {};
      },
    };
    const bench = setUp({ heartbeat: {}, environment }, BROWSER);
    await bench.open();
    tell?.('visible');
    await bench.clock.advance(5_000);
    expect(bench.of('lost')).toHaveLength(1);
    await over(bench);
  });

  it('and has no question says once that a dead line will not be noticed; why() knows it', async () => {
    const bench = setUp({ heartbeat: {}, envelope: raw() }, BROWSER);
    await bench.open();
    bench.server.last.drop();
    await bench.clock.advance(10_000);
    expect(bench.client.state.epoch).toBe(2);
    expect(warn.mock.calls).toEqual([[expect.stringContaining('heartbeat.ping')]]);
    expect(bench.client.why()).toMatchObject({
      isWatched: false,
      summary: expect.stringContaining('a dead line will not be noticed'),
    });
    await over(bench);
    expect(bench.client.why().isWatched).toBe(undefined);
  });

  it.each([false, { ping: 'none' } as const])(
    'says nothing where that was asked for: %j',
    async (heartbeat) => {
      const bench = setUp({ heartbeat, envelope: raw() }, BROWSER);
      await bench.open();
      expect([warn.mock.calls, bench.client.why().isWatched]).toEqual([[], false]);
      await over(bench);
    },
  );

  it('asks under a number that those who wait do not fall below: ids rise on every connection', async () => {
    const bench = setUp({ ...HEARTBEAT, maxBufferedBytes: 10 }, BROWSER);
    await bench.open();
    bench.server.last.bufferedAmount = 20;
    void bench.client.request('waits').catch(() => {});
    await bench.clock.advance(10_000);
    bench.server.last.drain();
    expect(bench.received().map(({ id, method }: any) => [id, method])).toEqual([
      [2, 'rpc.ping'],
      [3, 'waits'],
    ]);
    await over(bench);
  });
});
