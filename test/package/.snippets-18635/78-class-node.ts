import { WebSocket } from 'holdline/node';

const socket = new WebSocket('wss://example.com/echo', ['chat.v2', 'chat.v1']);
socket.binaryType = 'arraybuffer'; // as in a browser the default is 'blob'
socket.onopen = () => socket.send('Hello');
socket.onmessage = ({ data }) => console.log(data);
socket.addEventListener('close', ({ code, reason, wasClean, error }) => {
  console.log(code, reason, wasClean); // 1006 '' false, as in a browser …
  console.log(error?.code, error?.message); // … and why: beyond the standard
});

export {};
