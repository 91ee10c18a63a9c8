import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/protocol/limits.ts';
import { createScriptedRandom } from '../../src/testing/scripted-random.ts';
import { createScriptedServer, type ScriptedConnection } from '../../src/testing/scripted-server.ts';
import { createVirtualClock } from '../../src/testing/virtual-clock.ts';
import { atInterval, atRate, awaitReply, type Pacing } from '../../src/transport/pacing.ts';
import type { Transport } from '../../src/transport/transport.ts';
import { PROPERTY_RUNS } from '../tools/property-runs.ts';

interface Setting {
  readonly isAwaited?: () => boolean;
  readonly answerPings?: boolean;
  readonly isOpen?: boolean;
}

/** A paced transport to a server in memory. */
async function setUp(
  pacing: Pacing,
  { isAwaited = () => false, answerPings = false, isOpen = true }: Setting = {},
) {
  const clock = createVirtualClock();
  const server = createScriptedServer({ answerPings, onConnect: isOpen ? undefined : () => {} });
  const told: string[] = [];
  const transport: Transport = pacing.wrap(server.transport, isAwaited)(
    {
      url: 'ws://test',
      protocols: [],
      headers: [],
      handshakeTimeout: 0,
      closeTimeout: 1_000,
      limits: DEFAULT_LIMITS,
      clock,
      random: createScriptedRandom({}),
    },
    {
      open: () => told.push('open'),
      text: (message) => told.push(message),
      binary: (message) => told.push(`bytes ${message}`),
      ping: () => told.push('ping'),
      pong: () => told.push('pong'),
      drain: () => told.push('drain'),
      close: ({ code }) => told.push(`close ${code}`),
    },
  );
  await clock.advance(0);
  told.length = 0;
  const line: ScriptedConnection = server.last;
  return { clock, line, told, transport };
}

const INFINITE = Number.POSITIVE_INFINITY;

describe('awaitReply', () => {
  it('lets the next message go when something came, and says so', async () => {
    const { transport, line, told, clock } = await setUp(awaitReply());
    expect(transport.bufferedAmount).toBe(0);
    expect(transport.send('a')).toBe(true);
    expect(transport.bufferedAmount).toBe(INFINITE);
    line.send('answer');
    expect(told).toEqual(['answer', 'drain']);
    expect(transport.bufferedAmount).toBe(0);
    expect(clock.pendingTimers).toBe(0);
    line.send(Uint8Array.of(1)); // unasked: nobody's turn
    expect(told).toEqual(['answer', 'drain', 'bytes 1']);
  });

  it('waits for the reply of a request, whatever else comes', async () => {
    let isAwaited = true;
    const { transport, line, told } = await setUp(awaitReply(), { isAwaited: () => isAwaited });
    transport.send('request');
    line.send('event');
    expect(transport.bufferedAmount).toBe(INFINITE);
    isAwaited = false;
    line.send('reply');
    expect(told).toEqual(['event', 'reply', 'drain']);
    expect(transport.bufferedAmount).toBe(0);
  });

  it('goes on after its timeout', async () => {
    const { transport, told, clock } = await setUp(awaitReply({ timeout: 50 }), { isAwaited: () => true });
    transport.send('a');
    await clock.advance(49);
    expect(told).toEqual([]);
    await clock.advance(1);
    expect(told).toEqual(['drain']);
    expect(transport.bufferedAmount).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  it('waits 10 s unless it is told otherwise', async () => {
    const { transport, clock } = await setUp(awaitReply());
    transport.send('a');
    expect(clock.nextTimerIn).toBe(10_000);
  });

  it('keeps what a login sends without waiting, in order and as it was', async () => {
    const { transport, line } = await setUp(awaitReply());
    const bytes = Uint8Array.of(1);
    transport.send('name');
    expect(transport.send(bytes, { compress: false })).toBe(true);
    transport.send('last');
    bytes[0] = 9;
    expect(() => transport.send({} as never)).toThrow(expect.objectContaining({ code: 'INVALID_DATA' }));
    expect(line.received).toEqual(['name']);
    line.send('ok');
    expect(line.received).toEqual(['name', Uint8Array.of(1)]);
    line.send('ok');
    expect(line.received).toEqual(['name', Uint8Array.of(1), 'last']);
  });

  it('holds a ping back, the first of them, and lets its Pong end its turn', async () => {
    const { transport, line, clock } = await setUp(awaitReply(), { answerPings: true });
    transport.send('a');
    transport.ping();
    transport.ping();
    expect(line.pings).toBe(0);
    line.send('answer');
    expect(line.pings).toBe(1);
    expect(transport.bufferedAmount).toEqual(INFINITE);
    await clock.advance(0);
    expect(transport.bufferedAmount).toBe(0);
    transport.ping();
    expect(line.pings).toBe(2);
    expect(transport.bufferedAmount).toEqual(INFINITE);
  });

  it('holds the Close back until the answer, which is told to nobody', async () => {
    const { transport, line, told, clock } = await setUp(awaitReply(), { isAwaited: () => true });
    transport.send('a');
    transport.close(1000);
    transport.close(1000);
    expect(line.state).toBe('open');
    expect(transport.send('b')).toBe(false);
    transport.ping();
    line.send('answer');
    expect(line.state).toBe('closing');
    expect(told).toEqual([]);
    await clock.advance(0);
    expect(told).toEqual(['close 1000']);
    expect(clock.pendingTimers).toBe(0);
    expect(line.pings).toBe(0);
  });

  it('closes at once when it is nobody’s turn', async () => {
    const { transport, line } = await setUp(awaitReply());
    expect(() => transport.close(1)).toThrow(expect.objectContaining({ code: 'INVALID_CLOSE' }));
    transport.close();
    expect(line.state).toBe('closing');
  });

  it('takes no turn for what does not leave', async () => {
    const { transport, clock } = await setUp(awaitReply(), { isOpen: false });
    expect(transport.send('a')).toBe(false);
    expect(transport.bufferedAmount).toBe(0);
    expect(clock.pendingTimers).toBe(0);
  });

  it('passes on a real drain only when it is nobody’s turn', async () => {
    const { transport, line, told } = await setUp(awaitReply());
    transport.send('a');
    line.bufferedAmount = 5;
    line.drain();
    expect(told).toEqual([]);
    line.send('answer');
    line.bufferedAmount = 5;
    expect(transport.bufferedAmount).toBe(5);
    line.drain();
    expect(told).toEqual(['answer', 'drain', 'drain']);
  });

  it.each(['abandon', 'drop'] as const)('leaves no timer behind on %s', async (how) => {
    const { transport, line, told, clock } = await setUp(awaitReply());
    transport.send('a');
    transport.send('b');
    if (how === 'abandon') transport.abandon();
    else line.drop();
    await clock.advance(0);
    expect(told).toEqual(['close 1006']);
    expect(clock.pendingTimers).toBe(0);
    expect(line.received).toEqual(['a']);
  });

  it('passes everything else through', async () => {
    const { transport, line, told } = await setUp(awaitReply());
    expect(transport.features).toEqual({ ping: true, pause: true, headers: true });
    const before = transport.bytesReceived;
    line.send('four');
    expect(transport.bytesReceived - before).toBe(6);
    transport.pause();
    expect(line.paused).toBe(true);
    transport.resume();
    expect(line.paused).toBe(false);
    expect(told).toEqual(['four']);
    line.ping();
    expect(told).toEqual(['four', 'ping']);
  });
});

describe('atInterval', () => {
  it('lets the next message go after a while, whatever comes', async () => {
    const { transport, line, told, clock } = await setUp(atInterval(50));
    transport.send('a');
    line.send('answer');
    await clock.advance(49);
    expect(told).toEqual(['answer']);
    expect(transport.bufferedAmount).toEqual(INFINITE);
    await clock.advance(1);
    expect(told).toEqual(['answer', 'drain']);
    expect(transport.bufferedAmount).toBe(0);
  });
});

it.each([0, -1, Number.NaN, INFINITE, '5' as unknown as number])('refuses %s ms', (delay) => {
  for (const make of [() => awaitReply({ timeout: delay }), () => atInterval(delay)]) {
    expect(make).toThrow(expect.objectContaining({ name: 'UsageError', code: 'INVALID_OPTION' }));
  }
});

describe('atRate', () => {
  it('lets half go at once and the others one by one', async () => {
    const { transport, line, told, clock } = await setUp(atRate(6, 3_000));
    for (const text of ['1', '2', '3']) expect(transport.send(text)).toBe(true);
    expect([line.received, transport.bufferedAmount]).toEqual([['1', '2', '3'], INFINITE]);
    line.send('an answer'); // changes nothing
    transport.ping();
    transport.close(1000);
    await clock.advance(999);
    expect([line.pings, told]).toEqual([0, ['an answer']]);
    await clock.advance(1);
    expect([line.pings, line.state]).toEqual([1, 'open']);
    await clock.advance(1_000);
    expect(line.state).toBe('closed');
  });

  it('fills again while nothing is sent, and lets what waits go as far as that reaches', async () => {
    const { transport, line, told, clock } = await setUp(atRate(4, 2_000));
    for (const text of ['1', '2']) transport.send(text);
    await clock.advance(1_000);
    expect([told, transport.bufferedAmount]).toEqual([['drain'], 0]);
    await clock.advance(60_000);
    for (const text of ['3', '4', '5', '6']) transport.send(text);
    expect(line.received).toEqual(['1', '2', '3', '4']);
    await clock.advance(2_000);
    expect(line.received).toEqual(['1', '2', '3', '4', '5', '6']);
  });

  it('takes nothing of the budget for what does not leave', async () => {
    const { transport, line } = await setUp(atRate(4, 2_000), { isOpen: false });
    for (let at = 0; at < 10; at++) expect(transport.send('x')).toBe(false);
    line.accept();
    expect([transport.send('1'), transport.send('2'), line.received]).toEqual([true, true, ['1', '2']]);
  });

  it('never sends more than the budget in any window, however greedy', async () => {
    const numbers = fc.record({
      messages: fc.integer({ min: 1, max: 40 }),
      window: fc.integer({ min: 10, max: 5_000 }),
    });
    const pauses = fc.array(fc.integer({ min: 0, max: 3_000 }), { maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(numbers, pauses, async ({ messages, window }, waits) => {
        const { transport, line, clock } = await setUp(atRate(messages, window));
        const sentAt: number[] = [];
        const send = (): void => {
          while (transport.bufferedAmount === 0 && sentAt.length < 200) {
            transport.send('x');
            sentAt.push(clock.now());
          }
        };
        for (const wait of [...waits, ...Array.from({ length: 8 }, () => window)]) {
          for (let part = 0; part < 20; part++) {
            send();
            await clock.advance(wait / 20);
          }
        }
        expect(line.received).toHaveLength(sentAt.length);
        sentAt.forEach((first, index) => {
          const inWindow = sentAt.slice(index).filter((at) => at < first + window - 0.001);
          expect(inWindow.length).toBeLessThanOrEqual(messages);
        });
      }),
      { numRuns: PROPERTY_RUNS / 20 },
    );
  });

  it('refuses what is no number', () => {
    expect(() => atRate(0, 1_000)).toThrow(/messages/);
    expect(() => atRate(5, -1)).toThrow(/window/);
  });
});
