import { createClient, failover, handover } from 'holdline';

const client = createClient({
  url: ['wss://a.example.com/socket', 'wss://b.example.com/socket'],
  use: [
    failover(),
    handover({
      // The server's own message begins one, within 5 s at random: all clients hear it at once.
      when: (message) => (message as { method?: string }).method === 'restarting',
    }),
  ],
});

setInterval(() => client.handover().catch((error) => console.warn(error)), 23 * 3600 * 1000); // before a 24 h cut

export {};
