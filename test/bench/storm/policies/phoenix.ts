import type { StormPolicy } from '../policy.ts';

/** Milliseconds before each try. */
const STEPS: readonly number[] = [10, 50, 100, 150, 200, 250, 500, 1_000, 2_000];

/** phoenix 1.8, assets/js/phoenix/socket.js: `reconnectAfterMs`; a WebSocket that opens late is waited for. */
export const phoenix: StormPolicy = {
  name: 'phoenix 1.8',
  source: '10, 50, 100 ... 2,000 ms, then 5 s, no jitter; no connect timeout',
  delay: (retry) => STEPS[retry - 1] ?? 5_000,
  timeout: () => Number.POSITIVE_INFINITY,
};
