import { readFileSync } from 'node:fs';
import { WebSocket } from 'holdline/node';

const socket = new WebSocket('chat', [], {
  baseUrl: 'https://internal.example.com/app/', // wss://internal.example.com/app/chat
  headers: { Authorization: 'Bearer …' },
  origin: 'https://internal.example.com',
  tls: { ca: readFileSync('authority.pem') },
  handshakeTimeout: 5_000,
  maxBufferedAmount: 16 * 1024 * 1024,
});
socket.addEventListener('pong', ({ data }) => console.log('still there', data.length));
socket.onopen = () => {
  socket.ping('are you?'); // up to 125 bytes; its answer is the `pong` event
  socket.send('token and text that others choose', { compress: false });
};
socket.onclose = () => socket.terminate(); // at any other time: drops the line at once, without a closing handshake

export {};
