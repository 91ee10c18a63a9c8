import { expect, it } from 'vitest';
import { shownTime } from '../../src/base/shown-time.ts';

it('shows the time of the day in UTC', () => {
  expect(shownTime(Date.UTC(2026, 0, 1, 11, 20, 56, 120))).toBe('11:20:56.120');
});
