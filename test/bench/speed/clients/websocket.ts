/** The package `websocket`. */
import { createRequire } from 'node:module';
import type { Handlers } from './adapter.ts';
import { serve } from './serve.ts';

interface Connection {
  on(
    event: 'message',
    listener: (message: { type: string; utf8Data?: string; binaryData?: Buffer }) => void,
  ): void;
  on(event: 'close', listener: () => void): void;
  on(event: 'error', listener: (error: Error) => void): void;
  sendUTF(text: string): void;
  sendBytes(bytes: Buffer): void;
  close(code: number): void;
}
interface Client {
  on(event: 'connect', listener: (connection: Connection) => void): void;
  on(event: 'connectFailed', listener: (error: Error) => void): void;
  connect(url: string): void;
}

const require = createRequire(import.meta.url);
const { client: WebSocketClient } = require('websocket') as { client: new (config: object) => Client };
const { version } = require('websocket/package.json') as { version: string };
const MAX_BYTES = 64 * 1024 * 1024;

function listen(connection: Connection, handlers: Handlers): void {
  connection.on('message', ({ type, utf8Data, binaryData }) => {
    if (type === 'utf8') handlers.text(utf8Data as string);
    else handlers.binary(binaryData as Buffer);
  });
  connection.on('close', () => handlers.closed());
}

await serve(() => ({
  version,
  open: ({ url, ca }, handlers) =>
    new Promise((resolve, reject) => {
      const client = new WebSocketClient({
        maxReceivedFrameSize: MAX_BYTES,
        maxReceivedMessageSize: MAX_BYTES,
        // Messages of any length in one frame, as everyone else sends them.
        fragmentOutgoingMessages: false,
        ...(ca === undefined ? {} : { tlsOptions: { ca } }),
      });
      client.on('connectFailed', reject);
      client.on('connect', (connection) => {
        listen(connection, handlers);
        resolve({
          send: (data) => {
            if (typeof data === 'string') connection.sendUTF(data);
            else connection.sendBytes(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
          },
          close: () => connection.close(1000),
        });
      });
      client.connect(url);
    }),
}));
