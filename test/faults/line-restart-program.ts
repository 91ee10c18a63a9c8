/**
 * A program of its own: many clients to one server. Says `ready` when all are connected, and when all have been lost and
 * are back prints how many attempts that took. Arguments: the server's port, the number of clients.
 */
import { createClient } from '../../src/client/create-client.node.ts';

/** The default policy as a whole, a fifth of its times. */
const SCALED = {
  firstDelay: 1_000,
  baseDelay: 400,
  maxDelay: 6_000,
  connectTimeout: 2_000,
  maxConnectTimeout: 12_000,
};

const port = Number(process.argv[2]);
const count = Number(process.argv[3]);

async function main(): Promise<void> {
  const clients = Array.from({ length: count }, () =>
    createClient({ url: `ws://127.0.0.1:${port}/`, reconnect: SCALED, heartbeat: false }),
  );
  let lost = 0;
  let attempts = 0;
  const took: number[] = [];
  let began = 0;
  for (const client of clients) {
    client.on('lost', () => {
      began ||= performance.now();
      lost++;
    });
    client.on('state', ({ current }) => {
      if (current.status === 'connecting' && lost > 0) attempts++;
    });
  }
  // One after the other: that they come is not what is measured.
  for (const client of clients) await client.ready();
  const back = Promise.all(
    clients.map((client) =>
      new Promise((resolve) => client.once('reconnected', resolve)).then(() =>
        took.push(performance.now() - began),
      ),
    ),
  );
  console.log('ready');
  await back;
  const perClient = clients.map(({ state }) => state.attempt);
  console.log(JSON.stringify({ lost, attempts, most: Math.max(...perClient), took: Math.max(...took) }));
  await Promise.all(clients.map((client) => client.close()));
}

void main();
