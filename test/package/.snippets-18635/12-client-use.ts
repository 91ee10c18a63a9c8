import { createClient, failover, handover, storageOutbox } from 'holdline';

const client = createClient({
  url: ['wss://a.example.com/socket', 'wss://b.example.com/socket'],
  use: [failover(), handover(), storageOutbox(localStorage, { key: 'my-app', locks: navigator.locks })],
});
await client.close();

export {};
