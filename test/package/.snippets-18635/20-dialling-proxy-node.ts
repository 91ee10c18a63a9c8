import { readFileSync } from 'node:fs';
import { connect } from 'holdline';

await connect('wss://example.com/', { proxy: 'http://user:password@proxy.example.com:3128' });
await connect('wss://example.com/', { proxy: 'socks5h://127.0.0.1:9050' });
await connect('wss://example.com/', { proxy: 'environment' });
await connect('wss://example.com/', {
  proxy: {
    url: 'https://proxy.example.com',
    headers: { 'Proxy-Authorization': 'Bearer …' },
    tls: { ca: readFileSync('proxy-authority.pem') }, // for the proxy; `tls` beside `proxy` is for the server
  },
});

export {};
