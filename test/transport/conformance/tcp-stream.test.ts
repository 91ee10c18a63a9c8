// The suite once more over a stream written in JavaScript, as a user's `createConnection` may give.
import { connect } from 'node:net';
import { Duplex } from 'node:stream';
import { inject } from 'vitest';
import { tcpTransport } from '../../../src/transport/tcp/tcp-transport.ts';
import { describeTransport } from './describe-transport.ts';

/** A socket behind a stream that is none: what is read is pushed, what is written is passed on. */
function wrapped(port: number): Duplex {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const stream = new Duplex({
    allowHalfOpen: false,
    read: () => socket.resume(),
    write: (chunk, _encoding, done) => socket.write(chunk, done),
    final: (done) => socket.end(done),
    destroy: (error, done) => {
      socket.destroy();
      done(error);
    },
  });
  socket.on('data', (chunk) => {
    if (!stream.push(chunk)) socket.pause();
  });
  socket.once('end', () => stream.push(null));
  socket.on('error', (error) => stream.destroy(error));
  socket.once('close', () => stream.destroy());
  return stream;
}

const transport = tcpTransport({ createConnection: ({ port }) => wrapped(port) });
describeTransport('a stream of the user’s', transport, inject('conformanceUrl'), {
  ping: true,
  pause: true,
  headers: true,
  evidence: true,
  seesCloseBeforeFin: true,
  keepsLeadingBom: true,
  survivesForeignSubprotocol: true,
  // A stream that says nothing of connecting is taken for connected.
  faults: { refused: 'HANDSHAKE_CLOSED', unknown: 'HANDSHAKE_CLOSED' },
});
