import type { StormPolicy } from '../policy.ts';

/**
 * socket.io-client 4.8, lib/contrib/backo2.ts with the defaults of lib/manager.ts: half of the delay is jitter, but the
 * cap comes after it, so from the fifth try on the delay is always 5 s.
 */
export const socketIo: StormPolicy = {
  name: 'socket.io 4.8',
  source: '1 s x2 +-50 %, cap 5 s after the jitter; connect timeout 20 s',
  delay(retry, uniform) {
    const base = 1_000 * 2 ** Math.min(retry - 1, 30);
    const chance = uniform();
    const deviation = Math.floor(chance * 0.5 * base);
    const isShorter = Math.floor(chance * 10) % 2 === 0;
    return Math.min(5_000, isShorter ? base - deviation : base + deviation);
  },
  timeout: () => 20_000,
};
