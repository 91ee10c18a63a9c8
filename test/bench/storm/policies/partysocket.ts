import type { StormPolicy } from '../policy.ts';

/** partysocket 1.3.0, src/ws.ts: `DEFAULT` and `_getNextDelay`. */
export const partysocket: StormPolicy = {
  name: 'partysocket 1.3',
  source: '3 s x1.3, cap 10 s, no jitter; connect timeout 4 s',
  delay: (retry) => Math.min(10_000, 3_000 * 1.3 ** (retry - 1)),
  timeout: () => 4_000,
};
