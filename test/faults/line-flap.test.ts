// A server that accepts and hangs up at once, again and again: it must be left in peace.
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { createClient } from '../../src/client/create-client.node.ts';
import type { ClientOptions } from '../../src/client/options.ts';
import { createScriptedServer, type ScriptedConnection } from '../../src/testing/scripted-server.ts';
import { createVirtualClock } from '../../src/testing/virtual-clock.ts';
import { Chance } from '../bench/storm/chance.ts';
import { PROPERTY_RUNS, PROPERTY_TIMEOUT } from '../tools/property-runs.ts';

const WINDOW_MS = 8_000;
const MOST_IN_WINDOW = 4;

const WAYS: Readonly<Record<string, (connection: ScriptedConnection) => void>> = {
  'drops the line': (connection) => connection.drop(),
  'closes with 1000': (connection) => connection.close(1_000),
  'closes with 1001': (connection) => connection.close(1_001),
  'closes without a code': (connection) => connection.close(),
};

describe('a server that accepts and hangs up', () => {
  it.each(Object.keys(WAYS))(
    'is met at most 4 times in any 8 s, whatever chance says (attack 27, #88): %s',
    async (way) => {
      const property = fc.asyncProperty(
        fc.integer(),
        fc.integer({ min: 0, max: 4_999 }),
        async (seed, life) => {
          const times = await meet(WAYS[way]!, seed, life);
          expect(times.length).toBeGreaterThan(4);
          expect(mostWithin(times, WINDOW_MS)).toBeLessThanOrEqual(MOST_IN_WINDOW);
        },
      );
      await fc.assert(property, { numRuns: Math.ceil(PROPERTY_RUNS / 20) });
    },
    PROPERTY_TIMEOUT,
  );

  it('is met at most 4 times in 8 s over real sockets, by each of 50 clients (attack 27)', async () => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    server.on('connection', (socket) => socket.close(1_000));
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const clients = Array.from({ length: 50 }, (_, index) =>
      createClient({ url: `ws://127.0.0.1:${port}/${index}` }),
    );
    // When each of them tried, by its own clock: a busy machine brings some attempts later to the server than others.
    const times = clients.map((client) => {
      const tried: number[] = [];
      client.on('state', ({ current }) => {
        if (current.status === 'connecting') tried.push(performance.now());
      });
      client.connect();
      return tried;
    });
    await new Promise((resolve) => setTimeout(resolve, WINDOW_MS));
    await Promise.all(clients.map((client) => client.close()));
    await new Promise((resolve) => server.close(resolve));
    for (const tried of times) {
      expect(tried.length).toBeGreaterThan(1);
      expect(mostWithin(tried, WINDOW_MS)).toBeLessThanOrEqual(MOST_IN_WINDOW);
    }
  });
});

/** When a client with default options begins its connections, within two minutes. */
async function meet(
  hangUp: (connection: ScriptedConnection) => void,
  seed: number,
  life: number,
): Promise<number[]> {
  const clock = createVirtualClock();
  const chance = new Chance(1, seed);
  const times: number[] = [];
  const server = createScriptedServer({
    onConnect: (connection) => {
      times.push(clock.now());
      connection.accept();
      clock.setTimer(() => hangUp(connection), life);
    },
  });
  const options: ClientOptions = {
    url: 'ws://server/',
    transport: server.transport,
    clock,
    random: { uniform: () => chance.next(0), fill: () => {} },
  };
  const client = createClient(options);
  client.connect();
  await clock.advance(120_000);
  const closed = client.close();
  await clock.advance(5_000);
  await closed;
  return times;
}

function mostWithin(times: readonly number[], window: number): number {
  return Math.max(
    ...times.map((from) => times.filter((time) => time >= from && time < from + window).length),
  );
}
