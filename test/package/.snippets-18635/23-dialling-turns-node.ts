import { createClient } from 'holdline';
import { tcpTransport } from 'holdline/node';

const transport = tcpTransport({ connectsPerHost: 64 }); // Infinity: no turns
const clients = Array.from({ length: 1000 }, () => createClient({ url: 'wss://example.com/', transport }));

export {};
