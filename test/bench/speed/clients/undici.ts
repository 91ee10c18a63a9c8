import { createRequire } from 'node:module';
import { Agent, WebSocket } from 'undici';
import { serve } from './serve.ts';
import { webSocketAdapter } from './web-socket.ts';

const { version } = createRequire(import.meta.url)('undici/package.json') as { version: string };
await serve(() =>
  webSocketAdapter(version, (url, ca) =>
    ca === undefined
      ? new WebSocket(url)
      : new WebSocket(url, { dispatcher: new Agent({ connect: { ca } }) }),
  ),
);
