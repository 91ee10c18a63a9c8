import { createClient, raw } from 'holdline';

const bare = createClient({
  url: 'wss://example.com/socket',
  envelope: raw(), // messages as they are, no requests
  reconnect: false,
  heartbeat: false,
});

export {};
