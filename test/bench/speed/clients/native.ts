/** The WebSocket that the runtime brings: Node's from 22 on, Bun's, Deno's. */
import { serve } from './serve.ts';
import { webSocketAdapter } from './web-socket.ts';

type Class = new (url: string, options?: unknown) => unknown;

const isBun = 'Bun' in globalThis;
await serve(() => {
  const { WebSocket } = globalThis as unknown as { WebSocket: Class };
  // Node and Deno take the certificate from the environment.
  return webSocketAdapter('', (url, ca) =>
    isBun && ca !== undefined ? new WebSocket(url, { tls: { ca } }) : new WebSocket(url),
  );
});
