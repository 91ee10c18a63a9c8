import { createClient } from 'holdline';

const client = createClient({ url: 'wss://example.com/socket' });
client.on('state', () => console.log(client.why().summary));
// waiting, attempt 4 in 12 s: the server closed with 1012 (phase: ready)
// waiting, attempt 2 in 1 s: the attempt failed (CONNECT) (phase: tcp). No connection to 127.0.0.1:1 (ECONNREFUSED): nothing listens there
await client.close();

export {};
