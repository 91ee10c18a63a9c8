/** ws, with bufferutil unless WS_NO_BUFFER_UTIL is set; the variant `corked` corks the socket by hand around a batch. */
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import WebSocket from 'ws';
import { type Adapter, DEFLATE_LEVEL, type Line } from './adapter.ts';
import { serve } from './serve.ts';

const { version } = createRequire(import.meta.url)('ws/package.json') as { version: string };

/** The socket under a connection, which ws keeps to itself. */
const sockets = new WeakMap<Line, Socket>();

const adapter: Adapter = {
  version,
  open: ({ url, ca, deflate }, handlers) =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(url, {
        ...(ca === undefined ? {} : { ca }),
        ...(deflate
          ? { perMessageDeflate: { threshold: 0, zlibDeflateOptions: { level: DEFLATE_LEVEL } } }
          : {}),
      });
      const line: Line = {
        send: (data) => socket.send(data),
        order: (text) => socket.send(text, { compress: false }),
        close: () => socket.close(1000),
      };
      socket.on('open', () => {
        sockets.set(line, (socket as unknown as { _socket: Socket })._socket);
        resolve(line);
      });
      socket.on('message', (data: Buffer, isBinary) => {
        if (isBinary) handlers.binary(data);
        else handlers.text(data.toString());
      });
      socket.on('error', reject);
      socket.on('close', () => handlers.closed());
    }),
};

await serve(({ variant }) => {
  if (variant !== 'corked') return adapter;
  return {
    ...adapter,
    batch: (line, sends) => {
      const socket = sockets.get(line) as Socket;
      socket.cork();
      sends();
      socket.uncork();
    },
  };
});
