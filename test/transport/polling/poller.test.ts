import { beforeEach, describe, expect, it } from 'vitest';
import { type Deferred, deferred } from '../../../src/base/deferred.ts';
import { HandshakeError } from '../../../src/base/errors.ts';
import type { PollAnswer } from '../../../src/polling.ts';
import { createVirtualClock, type VirtualClock } from '../../../src/testing/virtual-clock.ts';
import type { Exchange } from '../../../src/transport/polling/exchange.ts';
import {
  MAX_REPEAT_WAIT_MS,
  MIN_EMPTY_MS,
  Poller,
  REPEAT_AFTER_MS,
} from '../../../src/transport/polling/poller.ts';

let clock: VirtualClock;
let asked: Deferred<PollAnswer>[];
let ended: number;
let failures: unknown[];
let may: boolean;

const ANSWER: PollAnswer = { status: 200, headers: new Map(), text: '', isLast: true };

function polling(isNews: boolean, settings: { interval?: number; repeats?: boolean } = {}): Poller {
  const poller = new Poller({
    clock,
    interval: 0,
    repeats: false,
    ...settings,
    get mayAsk() {
      return may;
    },
    ask: () => {
      const answer = deferred<PollAnswer>();
      asked.push(answer);
      return { start: () => answer.promise, end: () => ended++ } as unknown as Exchange;
    },
    answered: () => {
      poller.goOn(); // as an inbox that is empty does
      return isNews;
    },
    failed: (error) => failures.push(error),
  });
  return poller;
}

async function answer(): Promise<void> {
  asked.at(-1)?.resolve(ANSWER);
  await clock.settle();
}

beforeEach(() => {
  clock = createVirtualClock();
  asked = [];
  ended = 0;
  failures = [];
  may = true;
});

describe('a poll that may be put again', () => {
  const refused = (retryAfter?: number): HandshakeError =>
    new HandshakeError('HANDSHAKE_STATUS', { phase: 'http', status: 503, retryAfter });

  it.each([
    [undefined, REPEAT_AFTER_MS],
    [MAX_REPEAT_WAIT_MS, MAX_REPEAT_WAIT_MS],
  ])('is, where the server asks to wait for %s ms', async (retryAfter, wait) => {
    polling(true, { repeats: true }).goOn();
    asked[0]?.reject(refused(retryAfter));
    await clock.settle();
    await clock.advance(wait);
    expect([asked.length, failures]).toEqual([2, []]);
  });

  it('is not, where the server asks for a longer wait: the connection is lost, and the next one waits', async () => {
    const refusal = refused(MAX_REPEAT_WAIT_MS + 1);
    polling(true, { repeats: true }).goOn();
    asked[0]?.reject(refusal);
    await clock.settle();
    expect(failures).toEqual([refusal]);
  });
});

describe('the lane for receiving', () => {
  it('asks once, however often it is told to go on', async () => {
    const poller = polling(true);
    poller.goOn();
    poller.goOn();
    poller.urge();
    expect(asked).toHaveLength(1);
    await answer();
    expect(asked).toHaveLength(2);
  });

  it('waits after an answer that says nothing, unless something was sent meanwhile', async () => {
    const poller = polling(false);
    poller.goOn();
    await answer();
    expect(asked).toHaveLength(1);
    await clock.advance(MIN_EMPTY_MS);
    expect(asked).toHaveLength(2);
    poller.urge();
    await answer();
    expect(asked).toHaveLength(3);
  });

  it('an urge cuts the interval short, but not the wait of a repetition', async () => {
    const poller = polling(true, { interval: 60_000, repeats: true });
    poller.goOn();
    expect(asked).toHaveLength(0);
    poller.urge();
    expect(asked).toHaveLength(1);
    await answer();
    poller.urge();
    expect(asked).toHaveLength(2);
    asked.at(-1)?.reject(new HandshakeError('HANDSHAKE_OPAQUE', { phase: 'unknown' }));
    await clock.settle();
    poller.urge();
    expect(asked).toHaveLength(2);
    await clock.advance(REPEAT_AFTER_MS);
    expect(asked).toHaveLength(3);
    expect(failures).toEqual([]);
  });

  it('asks nothing while it may not, and goes on when it may', async () => {
    const poller = polling(true);
    poller.goOn();
    may = false;
    await answer();
    expect(asked).toHaveLength(1);
    may = true;
    poller.goOn();
    expect(asked).toHaveLength(2);
  });

  it('stopped it ends what is under way, and asks no more', async () => {
    const poller = polling(true, { interval: 1_000 });
    poller.urge();
    poller.stop();
    expect(ended).toBe(1);
    await answer();
    poller.urge();
    poller.goOn();
    await clock.advance(5_000);
    expect([asked.length, clock.pendingTimers]).toEqual([1, 0]);
  });
});
