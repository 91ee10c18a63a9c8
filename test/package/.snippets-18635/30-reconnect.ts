import { createClient } from 'holdline';

const client = createClient({ url: 'wss://example.com/socket' });
client.reconnect('new token');
await client.close();

export {};
