import { createClient, serverPings } from 'holdline';

const asking = createClient({
  url: 'wss://example.com/socket',
  heartbeat: {
    interval: 20_000,
    timeout: 5_000,
    ping: { message: () => '{"type":"ping"}', isAnswer: (data) => data === '{"type":"pong"}' },
  },
});
const listening = createClient({
  url: 'wss://example.com/socket',
  heartbeat: { ping: 'none' },
  use: [
    serverPings({
      echo: (data) => typeof data === 'string' && data.startsWith('ping '), // true: the same back
      announced: (data) => (data === '{"interval":30000}' ? 30_000 : undefined),
    }),
  ],
});
await Promise.all([asking.close(), listening.close()]);

export {};
