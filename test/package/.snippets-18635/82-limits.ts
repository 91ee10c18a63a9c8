import { createClient } from 'holdline';

const client = createClient({
  url: 'wss://example.com',
  limits: { maxBatch: 10_000, maxMessageBytes: 64 * 1024 * 1024, maxHeldBytes: 128 * 1024 * 1024 },
});

export {};
