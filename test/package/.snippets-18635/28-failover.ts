import { createClient, failover } from 'holdline';

const client = createClient({
  url: ['wss://a.example.com/socket', 'wss://b.example.com/socket'],
  use: [failover()],
});
client.on('state', ({ current }) => {
  // Where it was, what happened, when it is tried again.
  if (current.status === 'waiting') console.warn(client.why().target, client.why().summary);
});

export {};
