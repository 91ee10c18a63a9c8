import { describe, expect, it } from 'vitest';
import { holdline } from './policies/holdline.ts';
import { POLICIES } from './policies/index.ts';
import { mqttJs } from './policies/mqtt-js.ts';
import { partysocket } from './policies/partysocket.ts';
import { perSecond, simulateStorm } from './simulation.ts';

const MINUTES = 60_000;

describe('a simulated storm', () => {
  it.each(POLICIES)('is the same under the same seed: $name', (policy) => {
    const run = (seed: number) =>
      simulateStorm({ policy, server: 'queue', clients: 2_000, seed, limit: MINUTES });
    expect(run(3)).toEqual(run(3));
    const isRandom = policy.delay(2, () => 0) !== policy.delay(2, () => 0.9);
    expect(JSON.stringify(run(3).series) !== JSON.stringify(run(4).series)).toBe(isRandom);
  });

  it('tells every attempt in the order of time, and counts each in its 100 ms', () => {
    const times: number[] = [];
    const { attempts, series, peak, back } = simulateStorm({
      policy: holdline,
      server: 'shed',
      clients: 2_000,
      seed: 1,
      onAttempt: (_client, time) => times.push(time),
    });
    expect(times).toHaveLength(attempts);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    const bins = new Uint32Array(series.length);
    for (const time of times) bins[Math.floor(time / 100)]!++;
    expect(series).toEqual(bins);
    const busiest = Math.max(
      ...times.map(
        (_, index) => times.filter((time) => time >= times[index]! && time < times[index]! + 1_000).length,
      ),
    );
    expect(peak).toBeGreaterThan(busiest * 0.9);
    expect(peak).toBeLessThanOrEqual(busiest);
    expect(back).toBe(2_000);
  });

  it('knows what can be known without it: a fixed second, no jitter, a server that takes 5,000 at a time', () => {
    const { peak, t50, t999, attempts } = simulateStorm({
      policy: mqttJs,
      server: 'shed',
      clients: 100_000,
      seed: 1,
    });
    // 4 rounds into the outage, then 20 rounds of 1,050 ms, 5,000 clients each.
    expect(peak).toBe(100_000);
    expect(attempts).toBe(4 * 100_000 + ((20 * 21) / 2) * 5_000);
    expect(t999).toBeCloseTo(5 * 1_050 - 50 + 19 * 1_050 + 50 - 5_000, 6);
    expect(t50).toBeCloseTo(5 * 1_050 - 50 + 9 * 1_050 + 50 - 5_000, 6);
  });

  it('shows a slow server collapse under a short connect timeout', () => {
    const { back, t50 } = simulateStorm({
      policy: partysocket,
      server: 'queue',
      clients: 100_000,
      seed: 1,
      limit: 3 * MINUTES,
    });
    expect(back).toBeLessThan(21_000);
    expect(t50).toBe(Number.POSITIVE_INFINITY);
  });

  it.each([
    ['shed', 40_000],
    ['queue', 30_000],
  ] as const)(
    'keeps our promise for 100,000 clients: %s, all but 100 back within %i ms',
    (server, most) => {
      for (const seed of [1, 2]) {
        const { peak, t999, attempts } = simulateStorm({ policy: holdline, server, clients: 100_000, seed });
        expect(peak).toBeLessThanOrEqual(50_000);
        expect(t999).toBeLessThanOrEqual(most);
        expect(attempts / 100_000).toBeLessThanOrEqual(4);
      }
    },
    30_000,
  );
});

describe('attempts per second', () => {
  it('are summed from each bin on over a second', () => {
    const series = new Uint32Array(25);
    series[0] = 1;
    series[9] = 2;
    series[10] = 4;
    series[24] = 8;
    const sums = perSecond(series);
    expect([sums[0], sums[1], sums[9], sums[10], sums[11], sums[15]]).toEqual([3, 6, 6, 4, 0, 8]);
  });
});
