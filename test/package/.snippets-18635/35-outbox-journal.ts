import { createClient, storageOutbox } from 'holdline';

const client = createClient({
  url: 'wss://example.com/socket',
  outbox: { maxAge: 24 * 3_600_000 },
  use: [storageOutbox(localStorage, { key: 'my-app', identity: 'ada', locks: navigator.locks })],
});
client.on('error', (error) => console.warn(error.code)); // STORAGE_FAILED: no room, or no access
client.connect(); // sends what an earlier page left

export {};
