import type { StormPolicy } from '../policy.ts';

/** What most hand-written clients do: 1 s, doubled, at most 30 s, all of them at the same moment. */
export const plainExponential: StormPolicy = {
  name: 'exponential, no jitter',
  source: 'hand-written: 1 s x2, cap 30 s; connect timeout 10 s',
  delay: (retry) => Math.min(30_000, 1_000 * 2 ** Math.min(retry - 1, 30)),
  timeout: () => 10_000,
};
