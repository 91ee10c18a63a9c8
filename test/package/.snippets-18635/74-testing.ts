import { createClient } from 'holdline';
import { createScriptedRandom, createScriptedServer, createVirtualClock } from 'holdline/testing';

const clock = createVirtualClock();
const server = createScriptedServer({
  onMessage: (connection, message) => {
    const { id } = JSON.parse(String(message)) as { id: number };
    connection.send(JSON.stringify({ jsonrpc: '2.0', id, result: 'pong' }));
  },
});
const client = createClient({
  url: 'ws://test',
  transport: server.transport,
  clock,
  heartbeat: false,
  random: createScriptedRandom({ numbers: [0.5] }), // the jitter: half of the 5 s that the first retry may wait
});

const reply = client.request('ping');
await clock.advance(0);
console.log(await reply); // 'pong'

server.last.drop(); // the connection breaks
console.log(client.state.status); // 'waiting'
await clock.advance(2_500);
console.log(client.state.epoch); // 2

const closed = client.close();
await clock.advance(0);
await closed;

export {};
