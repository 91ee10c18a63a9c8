import type { StormPolicy } from '../policy.ts';

/** centrifuge-js 5.8, src/utils.ts: `backoff`; src/centrifuge.ts: 0.5 s to 20 s, `timeout` 5 s. */
export const centrifuge: StormPolicy = {
  name: 'centrifuge 5.8',
  source: '0.5 s + U(0, 0.5 s x2), cap 20 s; connect timeout 5 s',
  delay(retry, uniform) {
    const range = Math.min(20_000, 500 * 2 ** Math.min(retry - 1, 31));
    return Math.min(20_000, 500 + Math.floor(uniform() * (range + 1)));
  },
  timeout: () => 5_000,
};
