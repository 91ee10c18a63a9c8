import { readFileSync } from 'node:fs';
import { connect } from 'holdline';

const socket = await connect('wss://internal.example.com/', {
  headers: { Authorization: 'Bearer …' },
  tls: { ca: readFileSync('authority.pem') },
});
await socket.close();

export {};
