import type { StormPolicy } from '../policy.ts';

/** mqtt.js 5, src/lib/client.ts: `reconnectPeriod` 1,000 ms after every close, `connectTimeout` 30 s. */
export const mqttJs: StormPolicy = {
  name: 'mqtt.js 5',
  source: 'fixed 1 s; connect timeout 30 s',
  delay: () => 1_000,
  timeout: () => 30_000,
};
