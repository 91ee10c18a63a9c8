import { connect, createClient } from 'holdline';

const proxy = 'http://user:password@proxy.example.com:3128';
await using socket = await connect('wss://example.com/', { proxy });

await using client = createClient({ url: 'wss://example.com/', proxy });

export {};
