import { createClient, nativeTransport } from 'holdline';

const client = createClient({ url: 'wss://example.com/socket', transport: nativeTransport() });

export {};
