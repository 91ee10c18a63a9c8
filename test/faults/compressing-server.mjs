// A server that compresses and ends its connections as the path says, in a process of its own: what its zlib leaves in
// memory is not its client's.
import { WebSocketServer } from 'ws';

const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: { threshold: 0 } });
server.once('listening', () =>
  console.log(`port ${/** @type {{ port: number }} */ (server.address()).port}`),
);
server.on('connection', (socket, request) => {
  socket.on('error', () => {});
  socket.on('message', (data, binary) => {
    socket.send(data, { binary });
    if (request.url === '/their-close') socket.close(1000);
    if (request.url === '/lost') socket.terminate();
  });
});
