import { createClient } from 'holdline';

const client = createClient({
  url: 'wss://example.com/socket',
  headers: { Authorization: 'Bearer …' },
});
await client.close();

export {};
