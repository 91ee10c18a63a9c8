import { Agent, type AgentOptions } from 'node:https';
import { connect as connectTcp } from 'node:net';
import { connect } from 'holdline';
import type { CreateConnection } from 'holdline/node';

await connect('wss://example.com/', {
  createConnection: ({ host, port }) => connectTcp({ host, port, localPort: 40_000 }),
});

// That of an agent. @types/node does not show the method; the agent's options go along by hand, as in Node itself.
const agent = new Agent({ keepAlive: false }) as unknown as {
  options: AgentOptions;
  createConnection: CreateConnection;
};
await connect('wss://example.com/', {
  createConnection: (request, callback) => agent.createConnection({ ...agent.options, ...request }, callback),
});

export {};
