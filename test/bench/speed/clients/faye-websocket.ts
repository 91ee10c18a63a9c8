import { createRequire } from 'node:module';
import { serve } from './serve.ts';

interface Socket {
  on(event: 'message', listener: (event: { data: string | Buffer }) => void): void;
  on(event: 'open' | 'close', listener: () => void): void;
  on(event: 'error', listener: (event: { message: string }) => void): void;
  send(data: string | Buffer): void;
  close(code: number): void;
}

const require = createRequire(import.meta.url);
const { Client } = require('faye-websocket') as {
  Client: new (url: string, protocols: string[], options: object) => Socket;
};
const { version } = require('faye-websocket/package.json') as { version: string };

await serve(() => ({
  version,
  open: ({ url, ca }, handlers) =>
    new Promise((resolve, reject) => {
      const socket = new Client(url, [], ca === undefined ? {} : { tls: { ca } });
      socket.on('open', () =>
        resolve({
          send: (data) =>
            socket.send(
              typeof data === 'string' ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength),
            ),
          close: () => socket.close(1000),
        }),
      );
      socket.on('message', ({ data }) => {
        if (typeof data === 'string') handlers.text(data);
        else handlers.binary(data);
      });
      socket.on('error', ({ message }) => reject(new Error(message)));
      socket.on('close', () => handlers.closed());
    }),
}));
