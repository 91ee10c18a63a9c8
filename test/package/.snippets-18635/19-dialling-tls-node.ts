import { readFileSync } from 'node:fs';
import { connect } from 'holdline';

const socket = await connect('wss://internal.example.com/', {
  tls: {
    ca: readFileSync('authority.pem'), // whom to trust, in place of Node's list
    cert: readFileSync('client.pem'), // who we are, where the server asks
    key: readFileSync('client-key.pem'),
  },
});

export {};
