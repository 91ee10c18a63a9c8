import { connect, createClient } from 'holdline';

const socket = await connect('wss://example.com', { compression: { threshold: 256, level: 6 } });
socket.send(JSON.stringify({ type: 'report', rows: [] }));
socket.send(JSON.stringify({ token: 'hush' }), { compress: false });

const client = createClient({ url: 'wss://example.com', compression: false });
await client.close();

export {};
