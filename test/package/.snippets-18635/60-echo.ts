import { createClient, raw, serverPings } from 'holdline';

const client = createClient({
  url: 'ws://127.0.0.1:8000/',
  envelope: raw(),
  heartbeat: { ping: 'none', interval: 10_000 },
  use: [serverPings({ echo: (data) => /^[0-9a-f]{16}$/.test(String(data)) })],
});

export {};
