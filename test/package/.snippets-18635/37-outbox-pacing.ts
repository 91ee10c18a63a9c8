import { atInterval, awaitReply, createClient, raw } from 'holdline';

const talkative = createClient({
  url: 'ws://127.0.0.1:8003/',
  envelope: raw(),
  heartbeat: false, // it would take a Ping for a message
  use: [awaitReply({ timeout: 5_000 })],
});
const silent = createClient({ url: 'ws://127.0.0.1:8004/', envelope: raw(), use: [atInterval(50)] });

export {};
