import { createClient } from 'holdline';

const client = createClient({
  url: 'wss://example.com/socket',
  heartbeat: {
    interval: 20_000,
    ping: {
      message: () => '{"type":"ping"}',
      isAnswer: (data) => data === '{"type":"pong"}',
    },
  },
});

export {};
