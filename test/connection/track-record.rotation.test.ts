import { expect, it } from 'vitest';
import { FIRST_TARGET } from '../../src/connection/failover.ts';
import { TrackRecord } from '../../src/connection/track-record.ts';
import { createVirtualClock } from '../../src/testing/virtual-clock.ts';

it('counts whole rounds as failures, and stays at its address when all is forgotten', () => {
  const record = new TrackRecord(createVirtualClock());
  record.begin();
  record.ended();
  record.goOn({ index: 1, tried: 1, rounds: 0, hint: 7 });
  expect([record.failures, record.attempts]).toEqual([0, 1]);
  record.goOn({ index: 2, tried: 0, rounds: 3, hint: 0 });
  expect(record.failures).toBe(3);
  record.forget();
  expect(record.rotation).toEqual({ ...FIRST_TARGET, index: 2 });
});
