// A few seconds of `npm run soak`: what ten minutes would find is not for here, what they need to run is. Half a minute
// of it in `npm run test:nightly`.
import { expect, it } from 'vitest';
import { startGauge } from '../soak/measure.ts';
import { soak } from '../soak/soak.ts';
import { IN_FULL } from '../tools/campaign.ts';
import { HANG_MS } from '../tools/patience.ts';

const LEAST_MESSAGES = 100;

/** What must have happened to messages, so that it was no idle time: on a busy machine a round lasts until it has. */
const OUTCOMES = ['outcome handed-off', 'outcome not-sent'];

it('clients under random faults leave no promise, listener, timer or socket behind, and tell no lie', {
  timeout: 5 * HANG_MS,
}, async () => {
  const { ledger, last } = await soak({
    seed: 1,
    rounds: IN_FULL ? 10 : 1,
    warmUp: IN_FULL ? 1 : 0,
    time: IN_FULL ? 30_000 : 2_500,
    isEnough: ({ messages, endings }) =>
      messages > LEAST_MESSAGES && OUTCOMES.every((outcome) => endings.has(outcome)),
    clients: 15,
    shortLives: 3,
    tolerance: Number.POSITIVE_INFINITY, // so short a time says nothing about memory
  });
  if (ledger.faults.length > 0) console.error(ledger.faults.join('\n'));
  expect(ledger.faults).toEqual([]);
  expect(ledger.unsettled).toEqual([]);
  expect(last.counts).toMatchObject({ 'listeners of emitters': 0, 'listeners of the signal': 0 });
  // It was no idle time.
  expect(ledger.messages).toBeGreaterThan(LEAST_MESSAGES);
  for (const outcome of OUTCOMES) expect(ledger.endings.get(outcome), outcome).toBeGreaterThan(0);
});

it('a timer of the test runner is none that was left behind', async () => {
  // The server's, which goes on at rest.
  const ticking = setInterval(() => {}, 1_000);
  // Longer than it takes to count.
  setTimeout(() => {}, 1_000);
  const gauge = startGauge(new AbortController().signal);
  try {
    expect((await gauge.measure()).counts.Timeout).toBe(1);
  } finally {
    gauge.stop();
    clearInterval(ticking);
  }
});
