import type { StormPolicy } from '../policy.ts';

/** graphql-ws 6.4, src/client.ts: `retryAttempts` 5, `retryWait` `randomisedExponentialBackoff`; no connect timeout. */
export const graphqlWs: StormPolicy = {
  name: 'graphql-ws 6.4',
  source: '1 s x2 + U(0.3, 3 s), gives up after 5; no connect timeout',
  delay: (retry, uniform) =>
    retry > 5 ? Number.POSITIVE_INFINITY : 1_000 * 2 ** (retry - 1) + Math.floor(uniform() * 2_700 + 300),
  timeout: () => Number.POSITIVE_INFINITY,
};
