import { createClient } from 'holdline';

const client = createClient({ url: 'wss://example.com/socket' });
client.on('state', ({ current }) => console.log(current.status));
client.onEvent('tick', (tick) => console.log('the server says', tick));

const sum = await client.request('sum', [1, 2]); // JSON-RPC 2.0; connects on first use
console.log(sum);

export {};
